"""Reading the text of ``python -m torch.utils.collect_env`` and ``vllm collect-env``."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from doctor import __version__
from doctor.core.errors import TargetError
from doctor.core.packages.distribution import MOST_DISTRIBUTIONS
from doctor.core.snapshot import Snapshot, snapshot_of
from doctor.intake.collect_env_devices import accelerator_of, gpus_of
from doctor.intake.collect_env_grammar import Entry, entries_of
from doctor.intake.collect_env_packages import conda_of, listed_packages, with_named
from doctor.intake.collect_env_variables import LISTED, variables_of
from doctor.intake.pasted import LARGEST, Pasted, read_pasted
from doctor.intake.stated import Stated, StatedPackage
from doctor.intake.stated_cpu import cpu_of
from doctor.intake.stated_facts import facts_of
from doctor.intake.stated_platform import Said
from doctor.intake.target import StatedTarget, complete_stated

NOTHING = frozenset({"", "n/a", "none", "no cuda", "no xpu", "could not collect", "no relevant packages", "..."})
"""What the scripts write in place of a value, in lower case."""

_ANCHORS = ("PyTorch version", "OS", "Python version", "GPU models and configuration", "vLLM Version")
"""Entries of which one text has one: a second one begins another text."""

# A list alone, as people post it, is text of collect_env too.
_BEGINNINGS = (*_ANCHORS[::2], "OS:", "OS  ", "Versions of relevant libraries", "[pip3] ", "[pip] ", "Is debug build")

_BELOW = ("CPU", "Intel GPU models")

_NAMED = (
    "PyTorch version",
    "OS",
    "Libc version",
    "Python version",
    "CUDA runtime version",
    "GPU models and configuration",
    "Nvidia driver version",
    "vLLM Version",
)
"""Entries whose value a rule reads: where the text names one without a value, the report says so."""


@dataclass(slots=True)
class _Text:
    """The first collect_env text in a paste: its entries by name."""

    entries: list[Entry] = field(default_factory=list)
    second: int | None = None

    def find(self, name: str) -> Entry | None:
        """The entry of a label that has a value, else the first of that label."""
        found = [entry for entry in self.entries if entry.kind == "label" and entry.name == name]
        return next((entry for entry in found if entry.value.lower() not in NOTHING), found[0] if found else None)

    def said(self, name: str) -> Said | None:
        """The value of a label, None where the text has none; some stand on the line below."""
        entry = self.find(name)
        if entry is None:
            return None
        value = entry.value or next(iter(entry.values if name in _BELOW else ()), "")
        if value.lower().rstrip(". ") in NOTHING:
            return None
        return Said(value.removesuffix("...").strip(), entry.line)


def read_collect_env(path: Path, target: StatedTarget | None = None) -> Snapshot:
    """Read the file `path`; `target` states what the text leaves out.

    Raises:
        TargetError: it cannot be read, is not such a text, or contradicts the target.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise TargetError(f"{path}: {error.strerror}") from error
    return decode_collect_env(content, str(path), target)


def decode_collect_env(content: bytes, name: str, target: StatedTarget | None = None) -> Snapshot:
    """Decode a pasted text; `name` is what errors and sources call it.

    Raises:
        TargetError: it holds nothing that collect_env writes, or contradicts the target.
    """
    pasted = read_pasted(content, name, _BEGINNINGS)
    text = _first_text(entries_of(pasted))
    known = {entry.name for entry in text.entries if entry.kind == "label"}
    if len(known & set(_ANCHORS)) < 2 and not any(entry.kind == "list" for entry in text.entries):
        raise TargetError(
            f"{name} holds no text of collect_env",
            hint="`python -m torch.utils.collect_env` and `vllm collect-env` write it",
        )
    stated = complete_stated(_stated(text, pasted, name), target or StatedTarget())
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    return snapshot_of(name, taken_at=now, version=__version__, facts=facts_of(stated))


def _first_text(entries: Iterable[Entry]) -> _Text:
    text = _Text()
    seen: set[str] = set()
    for entry in entries:
        if entry.kind == "fence" and len(seen) > 1:
            break  # the block of code ends: what follows are the user's own words
        if entry.kind == "label" and entry.name in _ANCHORS:
            if entry.name in seen and len(seen) > 1:
                text.second = entry.line
                break
            seen.add(entry.name)
        text.entries.append(entry)
    return text


def _stated(text: _Text, pasted: Pasted, name: str) -> Stated:
    torch_version = text.said("PyTorch version")
    compiled = text.find("CUDA used to build PyTorch")
    hip = text.said("ROCM used to build PyTorch")
    accelerator = accelerator_of(text.entries, text.said)
    gpus = None if accelerator else gpus_of(text.entries)
    named = text.find("GPU models and configuration")
    variables = variables_of(text.entries)
    listed = listed_packages(text.entries)
    if len(listed) > MOST_DISTRIBUTIONS:
        raise TargetError(f"{name} lists more than {MOST_DISTRIBUTIONS:,} distributions: no environment has as many")
    foreign = _is_foreign(listed, pasted, torch_version)
    packages = with_named(() if foreign else listed, torch_version, text.said("vLLM Version"))
    nvcc = text.said("CUDA runtime version")
    return Stated(
        where=name,
        python=text.said("Python version"),
        python_platform=text.said("Python platform"),
        system=text.said("OS"),
        libc=text.said("Libc version"),
        packages=packages or None,
        torch_version=torch_version,
        torch_cuda=_torch_cuda(torch_version, compiled, hip),
        torch_hip=hip,
        debug=(said.value.lower() in ("true", "yes") if (said := text.said("Is debug build")) else False),
        gpus=gpus,
        accelerator=accelerator,
        no_gpu=named.value if named and gpus is None else "",
        driver=_number(text.said("Nvidia driver version") or text.said("Driver Version") or text.said("KMD Version")),
        driver_cuda=_number(text.said("CUDA Version") or text.said("CUDA UMD Version")),
        cuda_works=text.said("Is CUDA available"),
        nvcc=_number(nvcc),
        variables=variables,
        listed=LISTED if variables is not None else (),
        cpu=cpu_of(text.said),
        conda=conda_of(text.entries, variables or {}),
        form=_form(text),
        unread=(
            *_unread(text, pasted, gpus is not None or accelerator is not None),
            *(("the list of packages, which is of another environment: it has no torch",) if foreign else ()),
        ),
    )


def _is_foreign(listed: Sequence[StatedPackage], pasted: Pasted, torch: Said | None) -> bool:
    """Whether uv has listed another environment than that of the interpreter.

    vLLM's script calls ``uv pip list`` where there is no pip, and uv takes the active environment.
    """
    by_uv = "uv is set" in pasted.text
    return by_uv and torch is not None and bool(listed) and not any(item.name == "torch" for item in listed)


def _torch_cuda(torch: Said | None, compiled: Entry | None, hip: Said | None) -> Said | None:
    """What torch says that it was built for; None (the word) is a build without CUDA.

    "N/A" is written where torch could not be imported, and for a build for ROCm.
    """
    if compiled is None or torch is None:
        return None
    value = compiled.value.lower()
    if value in ("none", "could not collect") or (value == "n/a" and hip is not None):
        return Said("", compiled.line)
    if value in NOTHING:
        return None
    return Said(".".join(compiled.value.split()[0].split(".")[:2]), compiled.line)


def _number(said: Said | None) -> Said | None:
    """The version that a value begins with: tables of nvidia-smi go on behind it."""
    word = said.value.split()[0].strip("|,;") if said and said.value.split() else ""
    if said is None or not word[:1].isdigit():
        return None
    return Said(word, said.line)


def _form(text: _Text) -> str:
    vllm = any(entry.kind == "label" and entry.name in ("vLLM Version", "vLLM Build Flags") for entry in text.entries)
    headed = any(entry.kind == "heading" for entry in text.entries)
    return "vllm collect-env" if vllm or headed else "torch.utils.collect_env"


def _unread(text: _Text, pasted: Pasted, has_devices: bool) -> Iterable[str]:
    silent: dict[str, list[str]] = {}
    for name in _NAMED:
        entry = text.find(name)
        if entry is None or text.said(name) or (name == "GPU models and configuration" and has_devices):
            continue
        silent.setdefault(entry.value, []).append(name)
    for entry in text.entries:
        if entry.kind == "list" and entry.name != "conda" and entry.value.lower() in NOTHING:
            silent.setdefault(entry.value, []).append(f"list of {entry.name}")
    for value, names in silent.items():
        named = ", ".join(dict.fromkeys(names))
        yield f'{named} ("{value}")' if value else named
    if not any(entry.kind == "list" for entry in text.entries):
        yield "the list of packages is not in the text"
    if pasted.cut:
        yield f"what follows {len(pasted.text)} characters behind its beginning"
    if text.second is not None:
        yield f"a second text begins in line {text.second}; only the first one is judged"

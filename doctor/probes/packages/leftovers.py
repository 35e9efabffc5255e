"""What installers and removals leave behind in the folders of the search path."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from doctor.core.interpreter import Interpreter
from doctor.core.packages.distribution import Distribution, Leftover
from doctor.probes.packages.folders import Folder, may_exist, printable
from doctor.probes.packages.installed import is_metadata, record_of
from doctor.probes.packages.records import LARGEST, parse_record
from doctor.probes.regular_file import read_regular

_CODE = (".py", ".so", ".pyc", ".pyd", ".pyi", ".pyx")
_STACK = frozenset({
    "accelerate", "bitsandbytes", "compressed_tensors", "datasets", "deepspeed", "flash_attn", "flashinfer",
    "huggingface_hub", "numpy", "outlines", "peft", "ray", "safetensors", "sglang", "tokenizers", "torch",
    "torchaudio", "torchvision", "transformers", "triton", "trl", "unsloth", "unsloth_zoo", "vllm", "xformers",
    "xgrammar"
})  # fmt: skip
"""The modules of the stack: a folder of another name that nobody owns may be anybody's own."""
_DEEPEST = 4
_MOST = 500


def remains(folders: Iterable[Folder]) -> Iterator[Leftover]:
    """Yield pip's renamed folders and the metadata folders that hold no METADATA."""
    for folder in folders:
        for name in sorted(folder.entries):
            path = f"{folder.path}/{name}"
            if name.startswith("~"):
                # pip renames what it removes, and deletes it at the end
                # (pip/_internal/utils/temp_dir.py, AdjacentTempDirectory).
                yield Leftover(kind="renamed", name=printable(name), path=printable(path))
            elif is_metadata(name) and folder.entries[name] and not _has_metadata(path):
                stem = name.removesuffix(".dist-info").removesuffix(".egg-info")
                yield Leftover(kind="no-metadata", name=printable(stem.partition("-")[0]), path=printable(path))


def _has_metadata(path: str) -> bool:
    return may_exist(f"{path}/{'METADATA' if path.endswith('.dist-info') else 'PKG-INFO'}")


def missing_sources(distributions: Iterable[Distribution]) -> Iterator[Leftover]:
    """Yield the distributions in editable mode whose folder with the code is not there.

    The address is the one of direct_url.json (PEP 610), percent-encoded. Where that is there, the code may still
    have been moved inside of it: Python finds it by what the installation wrote into site-packages.
    """
    for item in distributions:
        if item.origin != "editable" or item.shadowed or not item.origin_detail.startswith("file:"):
            continue
        path = unquote(urlsplit(item.origin_detail).path)
        lost = next(_lost_code(item), "") if may_exist(path) else path
        if lost:
            yield Leftover(kind="no-source", name=item.name, path=printable(lost))


def _lost_code(item: Distribution) -> Iterator[str]:
    """Yield the places that an editable installation leads to and that are not there.

    A ``.pth`` file names folders; the module beside it that setuptools writes for other layouts maps packages to theirs
    (https://setuptools.pypa.io/en/latest/userguide/development_mode.html).
    """
    record, folder = record_of(item), Path(item.path).parent
    names = [line.path for line in parse_record(read_regular(str(record), LARGEST)).lines] if record else []
    for name in names:
        if "/" in name:
            continue
        if name.endswith(".pth"):
            found = [str(folder / line) for line in _lines(folder / name) if not line.startswith(("#", "import "))]
            # Of several folders some may have been optional.
            yield from () if any(map(may_exist, found)) else found
        elif name.startswith("__editable___") and name.endswith("_finder.py"):
            yield from (path for path in _mapped(folder / name) if not _is_module(path))


def _lines(file: Path) -> list[str]:
    try:
        content = read_regular(str(file), 1 << 20)
    except OSError:
        return []  # PKG005 tells that it is gone
    return [line for line in content.decode("utf-8", "replace").splitlines() if line.strip()]


def _mapped(file: Path) -> Iterator[str]:
    """The paths in ``MAPPING``, the dictionary from package to place that setuptools writes out."""
    for line in _lines(file):
        if line.startswith("MAPPING"):
            try:
                mapping = ast.literal_eval(line.partition("=")[2].strip())
            except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
                return  # another writer's
            yield from map(str, mapping.values() if isinstance(mapping, dict) else ())


def _is_module(path: str) -> bool:
    """Whether a package or, with any ending, a module is there."""
    place = Path(path)
    return may_exist(path) or any(place.parent.glob(f"{place.name}.*"))


def other_pythons(interpreter: Interpreter) -> Iterator[Leftover]:
    """Yield the site-packages of a virtual environment that its interpreter does not look into.

    They stay behind, unseen, when the Python that the environment was made from is replaced by another
    minor version, or when its pyvenv.cfg is lost: the link in it starts the Python that it leads to then
    (https://docs.python.org/3/library/site.html).
    """
    if interpreter.virtual:
        kind, home, pattern = "other-python", interpreter.prefix, "python3.*/site-packages"
    else:
        kind, home, pattern = "out-of-reach", _home(interpreter), f"python{interpreter.minor}/site-packages"
    own = {os.path.realpath(path) for path in (*interpreter.search_path, *interpreter.site_packages)}
    for folder in sorted(Path(home, "lib").glob(pattern)):
        if os.path.realpath(folder) not in own and next(folder.glob("*.dist-info"), None) is not None:
            yield Leftover(kind=kind, name=folder.parent.name, path=printable(str(folder)))


def _home(interpreter: Interpreter) -> str:
    """The folder above the one that the interpreter was started from."""
    return str(Path(interpreter.executable).parent.parent)


def abandoned_packages(folders: Iterable[Folder], distributions: Iterable[Distribution]) -> Iterator[Leftover]:
    """Yield the folders that would be imported and that no distribution owns.

    One without code is imported as an empty namespace package; one with code is told where it has the name of a module
    of the stack. Only folders that hold distributions are looked at, and only names that no distribution
    owns: what an installed one has lost is a matter of its RECORD.
    """
    owned: dict[str, set[str]] = {}
    anywhere: set[str] = set()
    for item in distributions:
        owned.setdefault(str(Path(item.path).parent), set()).update(item.top_level)
        # Where there is no RECORD nothing says what it brings, and an editable one brings it from elsewhere.
        anywhere |= {item.name.replace("-", "_"), *item.top_level}
    for folder in folders:
        if not any(is_metadata(name) for name in folder.entries) or folder.kind == "stdlib":
            continue
        names = owned.get(printable(folder.path), set())
        installs = folder.path.endswith(("/site-packages", "/dist-packages"))
        for name, is_folder in sorted(folder.entries.items()):
            if is_folder and name.isidentifier() and not name.startswith("__") and name not in names:
                path = f"{folder.path}/{name}"
                if not _holds_code(path):
                    yield Leftover(kind="hollow", name=name, path=printable(path))
                elif installs and name in _STACK and name not in anywhere:
                    yield Leftover(kind="unowned", name=name, path=printable(path))


def _holds_code(path: str) -> bool:
    """Whether there is code below a folder; when it is too large to tell, there is."""
    todo = [(path, 0)]
    looked_at = 0
    while todo:
        folder, depth = todo.pop()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    looked_at += 1
                    if looked_at > _MOST:
                        return True
                    if entry.is_dir(follow_symlinks=False):
                        if entry.name == "__pycache__":
                            continue
                        if depth == _DEEPEST:
                            return True
                        todo.append((entry.path, depth + 1))
                    elif entry.name.endswith(_CODE):
                        return True
        except OSError:
            return True
    return False

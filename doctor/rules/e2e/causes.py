"""What is behind a phase that failed: the breakages of the matrix first, then words that name the kind of fault."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from doctor.core.breakage import Breakage
from doctor.core.endtoend import Ending, Finding
from doctor.core.fact import Known, Reason, Source, SourceKind, Unknown
from doctor.core.keys import KEYS
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.report import Cause
from doctor.core.rule import Env
from doctor.core.snapshot import Snapshot, snapshot_of
from doctor.rules.pin.circumstances import meet


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What a failure is put down to.

    `row` is the breakage whose words stand in it; `certain` says that what took part in the run
    is what it takes. `line` is that of the log which names the fault where the exception does not.
    `cause` is None where nothing names one, and the rule's own stays.
    """

    cause: Cause | None = None
    advice: str = ""
    line: str = ""
    row: Breakage | None = None
    certain: bool = False


@dataclass(frozen=True, slots=True)
class _Words:
    pattern: str
    cause: Cause
    advice: str


WORDS = (
    _Words(
        r"undefined symbol|operator \S+ does not exist",
        Cause.ABI_MISMATCH_OTHER,
        "Reinstall the package of the file or operator that is named, built for the installed torch: ABI001 and ABI008 "
        "tell which one it is.",
    ),
    _Words(
        r"No module named|cannot open shared object file",
        Cause.MISSING_PACKAGE,
        "Install what is named; PKG001 tells who requires it.",
    ),
    _Words(
        r"no kernel image is available",
        Cause.GPU_ARCH_NOT_IN_WHEEL,
        "This build has no kernels for this GPU: install one that was compiled for it, see GPU004 and GPU005.",
    ),
    _Words(
        r"CUDA driver version is insufficient|driver .{0,40}too old",
        Cause.DRIVER_TOO_OLD,
        "Install a newer driver, or packages that are built for an older CUDA; GPU001 has the numbers.",
    ),
    _Words(
        r"CUDA out of memory|OutOfMemoryError|No available memory for the cache blocks|Free memory on device",
        Cause.GPU_MEMORY,
        "The proof takes less than 2 GiB of a GPU: `nvidia-smi` shows which processes hold the rest.",
    ),
    _Words(
        r"No space left on device.{0,80}shm|/dev/shm|unable to (?:open|allocate) shared memory|Bus error",
        Cause.SHARED_MEMORY,
        "Give the container more shared memory: `docker run --ipc=host` or `--shm-size=8g`.",
    ),
    _Words(
        r"NCCL|ncclUnhandled|ncclSystem",
        Cause.NCCL,
        "Run again with NCCL_DEBUG=INFO; the first line with WARN names the call that fails.",
    ),
    _Words(
        r"out-of-memory killer|MemoryError|[Cc]annot allocate memory",
        Cause.OTHER,
        "The proof takes about 1.5 GiB of memory: end other programs, or give the container more (`docker run "
        "--memory`).",
    ),
    _Words(r"SIGILL|Illegal instruction", Cause.PLATFORM_OR_GLIBC, "Install a build for this processor."),
    _Words(
        r"GLIBC_2|GLIBCXX_", Cause.PLATFORM_OR_GLIBC, "Use a newer system or image, or a wheel for this glibc; see SYS."
    ),
    _Words(
        r"[Bb]float16 is only supported|compute capability",
        Cause.BF16_UNSUPPORTED,
        "Serve with --dtype float16 on this GPU.",
    ),
    _Words(
        r"LoRA rank \d+ is greater|max_lora_rank",
        Cause.LORA_RANK,
        "Start vLLM with --max-lora-rank of the next larger value that it allows.",
    ),
    _Words(
        r"target modules|unsupported LoRA weight|is not supported LoRA",
        Cause.LORA_TARGET_MODULES,
        "Train the adapter on modules that this release of vLLM can put adapters on.",
    ),
    _Words(
        r"config\.json|does not recognize this architecture|Model architectures .{0,80}not supported",
        Cause.MODEL_CONFIG_MISSING,
        "Complete config.json, or use releases of vLLM and transformers that know this architecture.",
    ),
)
"""Words of an exception or a signal that name the kind of fault, the surest first."""


def suspect(finding: Finding, versions: Mapping[str, str], env: Env) -> Suspicion:
    """Say what a failure is put down to; `versions` are those of the distributions that took part."""
    if finding.ending is Ending.DIFFERS:
        return Suspicion()
    text = " ".join(" ".join((finding.message, *finding.log)).split())
    known = _known_breakage(text, versions, env)
    if known is not None:
        return known
    # First what was raised; a log may tell of other faults that were survived.
    for line in (finding.message, *finding.log):
        for words in WORDS:
            if re.search(words.pattern, line):
                return Suspicion(words.cause, words.advice, "" if line == finding.message else line.strip())
    return Suspicion()


def _known_breakage(text: str, versions: Mapping[str, str], env: Env) -> Suspicion | None:
    """The breakage that explains a text: one that the versions bear out, then one that says more, then the first."""
    took_part = _snapshot_of(versions)
    found: list[tuple[bool, bool, int, Breakage]] = []
    for row in env.matrix.breakages:
        places = [match.start() for match in (re.search(item, text) for item in row.symptoms) if match]
        met = _met(row, took_part, env)
        if places and met is not False:
            found.append((not met, row.general, min(places), row))
    if not found:
        return None
    uncertain, _, _, row = min(found, key=lambda item: item[:3])
    env.cite(row.name)
    return Suspicion(row.cause, row=row, certain=not uncertain)


def _met(row: Breakage, took_part: Snapshot, env: Env) -> bool | None:
    """Whether the circumstances of a breakage are met by what took part; None where that does not tell."""
    view = Env(snapshot=took_part, matrix=env.matrix, reads=frozenset(KEYS))
    answers = [meet(circumstance, view).met for circumstance in row.when]
    if True in answers:
        return True
    return None if None in answers or not answers else False


def _snapshot_of(versions: Mapping[str, str]) -> Snapshot:
    """What the run itself says was there; of anything else it is silent."""
    source = Source(kind=SourceKind.RUN, where="end-to-end")
    silent: Unknown[Any] = Unknown(reason=Reason.NOT_STATED, detail="the run does not tell of it", source=source)
    distributions = tuple(
        Distribution(name=name, version=version, path="", requires=silent, requires_python=silent)
        for name, version in versions.items()
    )
    fact = Known(value=distributions, source=source)
    return snapshot_of("end-to-end", taken_at="", version="", facts=[(DISTRIBUTIONS, fact)])

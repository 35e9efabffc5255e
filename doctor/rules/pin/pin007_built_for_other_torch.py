"""PIN007."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.version import Version

from doctor.core.fact import Known
from doctor.core.frozen import light_dataclass
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.packages.extension import EXTENSIONS, TORCH_BUILD
from doctor.core.packages.flash_fit import build_of, fit_of, wheel_remedies
from doctor.core.packages.stack import FLASH_ATTENTION
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, UndeterminedError, rule
from doctor.rules.pin.known_good import version_of

# flash_attn-2.7.4.post1+cu12torch2.5cxx11abiFALSE, torch_scatter-2.1.2+pt24cu121
_TORCH = re.compile(r"(?:torch(?P<dotted>\d+\.\d+)|\bpt(?P<major>\d)(?P<minor>\d+)(?=cu|cpu))")
_CUDA = re.compile(r"cu(?P<major>\d{2})\d?(?=torch|$)")
_ABI = re.compile(r"cxx11abi(?P<new>true|false)", re.IGNORECASE)


@light_dataclass(frozen=True)
class _Label:
    """What a wheel says that it was built for: a torch (``2.5``), a CUDA major version, a C++ ABI; "" is not said."""

    torch: str
    cuda: str
    abi: str


@rule(
    severity=Severity.ERROR,
    cause=Cause.ABI_MISMATCH_OTHER,
    since="0.1.0",
    reads=(INTERPRETER, DISTRIBUTIONS, EXTENSIONS, TORCH_BUILD),
)
def built_for_other_torch(env: Env) -> Iterator[Problem]:
    """A wheel that is labelled for a torch is installed with that torch.

    ## What it checks
    Wheels that are bound to a torch and do not come from the package index carry it in their
    label: `+cu12torch2.5cxx11abiFALSE` of flash-attn, `+pt24cu121` of others. The label stands in
    the version or in the address that the wheel was installed from; its torch, its CUDA major
    version and its C++ ABI are compared with those of the installed torch. Where the compiled
    part was read it is a warning, and only mentioned where ABI001 reports the symbols that it
    lacks.

    ## Why it matters
    The compiled part was linked against that torch. With another one the import ends in
    `undefined symbol: _ZN3c10...`. Metadata states no version, so no installer notices.

    ## How to fix it
    Install the wheel whose label names the installed torch, with the same CUDA and C++ ABI. The
    remedy names that of flash-attn.

    ## Sources
    - https://github.com/Dao-AILab/flash-attention/releases
    - https://github.com/Dao-AILab/flash-attention/issues/1717
    - https://github.com/Dao-AILab/flash-attention/issues/853 (a wheel for the other C++ ABI)
    """
    installed = [item for item in env.need(DISTRIBUTIONS) if not item.shadowed]
    torch = next((item for item in installed if item.name == "torch"), None)
    labelled = [(item, label) for item in installed if (label := _label_of(item))]
    if not labelled or torch is None:
        raise NotApplicableError("no wheel with the label of a torch is installed")
    version = version_of(torch.version)
    for item, label in labelled:
        if version is None:
            env.gap(f"torch has the version {torch.version!r}, which cannot be compared with {item.name}'s label")
        elif difference := _difference(env, item, label, version):
            yield _problem(env, installed, item, version, difference)


def _label_of(item: Distribution) -> _Label | None:
    """The label of a wheel that names a torch."""
    address = item.origin_detail.rpartition("/")[2].replace("%2B", "+").replace("%2b", "+")
    for text in (item.version, address):
        local = text.partition("+")[2]
        if torch := _TORCH.search(local):
            cuda, abi = _CUDA.search(local), _ABI.search(local)
            return _Label(
                torch=torch["dotted"] or f"{torch['major']}.{torch['minor']}",
                cuda=cuda["major"] if cuda else "",
                abi=abi["new"].lower() if abi else "",
            )
    return None


def _difference(env: Env, item: Distribution, label: _Label, torch: Version) -> str:
    """What a wheel was built for that the installed torch is not, or ""."""
    if label.torch != f"{torch.major}.{torch.minor}":
        return f"for torch {label.torch}, and torch {torch} {item.presence}"
    if not label.cuda and not label.abi:
        return ""
    fit = fit_of(env.matrix, str(torch), env.need(INTERPRETER), build_of(env))
    if fit is None:
        env.gap(f"the CUDA and the C++ ABI of torch {torch}, which the label of {item.name} names, are not known")
        return ""
    if label.cuda and label.cuda != fit.cuda:
        return f"for CUDA {label.cuda}, and torch {torch} is for CUDA {fit.cuda}"
    if label.abi and label.abi != str(fit.cxx11_abi).lower():
        new, old = "the new C++ ABI (cxx11abiTRUE)", "the old C++ ABI (cxx11abiFALSE)"
        theirs, ours = (new, old) if label.abi == "true" else (old, new)
        return f"for {theirs}, and torch {torch} has {ours}"
    return ""


def _severity(env: Env, item: Distribution) -> Severity:
    """Error where only the label is known: the files, where they were read, tell for certain."""
    try:
        facts = env.look(EXTENSIONS) or ()
    except UndeterminedError:
        return Severity.ERROR
    read = [fact.value for fact in facts if isinstance(fact, Known) and fact.value.distribution == item.name]
    lacking = any(isinstance(found.missing_symbols, Known) and found.missing_symbols.value for found in read)
    return Severity.INFO if lacking else Severity.WARNING if read else Severity.ERROR


def _problem(env: Env, installed: list[Distribution], item: Distribution, torch: Version, difference: str) -> Problem:
    wanted = f"torch{torch.major}.{torch.minor}"
    return Problem(
        subject=item.name,
        message=f"{item.name} {item.version} was built {difference}",
        location=item.seen_in,
        severity=_severity(env, item),
        cause=Cause.ABI_MISMATCH_FLASH_ATTN if item.name in FLASH_ATTENTION else None,
        remedies=(
            *_wheels(env, installed, item, torch),
            Remedy(
                text=f"Install a wheel of {item.name} labelled {wanted}, or uninstall it where vLLM brings its own",
                safety=Safety.MANUAL,
            ),
        ),
    )


def _wheels(env: Env, installed: list[Distribution], item: Distribution, torch: Version) -> tuple[Remedy, ...]:
    if item.name != "flash-attn":
        return ()
    try:
        interpreter = env.need(INTERPRETER)
        fit = fit_of(env.matrix, str(torch), interpreter, build_of(env))
    except (UndeterminedError, NotApplicableError):
        return ()  # the remedy alone is poorer for it
    return wheel_remedies(env.matrix, fit, item.version, interpreter, installed)

"""PIN007."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.version import Version

from doctor.core.distribution import DISTRIBUTIONS, Distribution
from doctor.core.extension import EXTENSIONS
from doctor.core.fact import Known, Source, SourceKind
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, UndeterminedError, rule
from doctor.core.stack import FLASH_ATTENTION
from doctor.rules.pin.known_good import version_of

# flash_attn-2.7.4.post1+cu12torch2.5cxx11abiFALSE, torch_scatter-2.1.2+pt24cu121
_LABEL = re.compile(r"(?:torch(?P<dotted>\d+\.\d+)|\bpt(?P<major>\d)(?P<minor>\d+)(?=cu|cpu))")


@rule(severity=Severity.ERROR, cause=Cause.ABI_MISMATCH_OTHER, since="0.1.0", reads=(DISTRIBUTIONS, EXTENSIONS))
def built_for_other_torch(env: Env) -> Iterator[Problem]:
    """A wheel that is labelled for a torch is installed with that torch.

    ## What it checks
    Wheels that are bound to a torch and do not come from the package index carry it in their
    label: `+cu12torch2.5cxx11abiFALSE` of flash-attn, `+pt24cu121` of others. The label stands in
    the version or in the address that the wheel was installed from; its torch is compared with
    the installed one. Where the compiled part was read it is a warning, and only mentioned where
    ABI001 reports the symbols that it lacks.

    ## Why it matters
    The compiled part was linked against that torch. With another one the import ends in
    `undefined symbol: _ZN3c10...`. Metadata states no version, so no installer notices.

    ## How to fix it
    Install the wheel whose label names the installed torch, with the same CUDA and C++ ABI.

    ## Sources
    - https://github.com/Dao-AILab/flash-attention/releases
    - https://github.com/Dao-AILab/flash-attention/issues/1717
    """
    installed = [item for item in env.need(DISTRIBUTIONS) if not item.shadowed]
    torch = next((item for item in installed if item.name == "torch"), None)
    labelled = [(item, built) for item in installed if (built := _built_for(item)) and item.name != "torch"]
    if not labelled or torch is None:
        raise NotApplicableError("no wheel with the label of a torch is installed")
    version = version_of(torch.version)
    for item, built in labelled:
        if version is None:
            env.gap(f"torch has the version {torch.version!r}, which cannot be compared with {item.name}'s label")
        elif built != f"{version.major}.{version.minor}":
            yield _problem(item, built, version, _severity(env, item))


def _built_for(item: Distribution) -> str:
    """The major and minor version of torch that a wheel's label names, or ""."""
    address = item.origin_detail.rpartition("/")[2].replace("%2B", "+").replace("%2b", "+")
    for text in (item.version, address):
        match = _LABEL.search(text.partition("+")[2])
        if match:
            return match["dotted"] or f"{match['major']}.{match['minor']}"
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


def _problem(item: Distribution, built: str, torch: Version, severity: Severity) -> Problem:
    wanted = f"torch{torch.major}.{torch.minor}"
    return Problem(
        subject=item.name,
        message=f"{item.name} {item.version} was built for torch {built}, and torch {torch} is installed",
        location=Source(kind=SourceKind.DIST_INFO, where=f"{item.path}/METADATA"),
        severity=severity,
        cause=Cause.ABI_MISMATCH_FLASH_ATTN if item.name in FLASH_ATTENTION else None,
        remedies=(
            Remedy(
                text=f"Install a wheel of {item.name} labelled {wanted}, or uninstall it where vLLM brings its own",
                safety=Safety.MANUAL,
            ),
        ),
    )

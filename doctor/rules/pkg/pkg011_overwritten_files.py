"""PKG011."""

from __future__ import annotations

import re
from collections.abc import Iterator

from doctor.core.fact import Source, SourceKind
from doctor.core.install import reinstall, uninstall
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS, SHARED_FILES, Distribution, SharedFile
from doctor.core.packages.names import VLLM
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.core.rule import Env, rule
from doctor.rules.pkg.requirements import requirements_of
from doctor.rules.pkg.stack import listing, rank

# Wheels install these at the top by mistake; nothing imports them from there. A build backend that lies in
# the source tree (PEP 517, backend-path) is one: flashinfer's packages each bring a build_backend.py.
_UNUSED = re.compile(
    r"^(?:tests?|docs?|examples?|benchmarks?|scripts?|tools|samples?|LICEN[CS]E.*|README.*"
    r"|_?build_backend\.py|setup\.py|conftest\.py|noxfile\.py)(?:/|$)"
)
# What each portion of a namespace brings along.
_NAMESPACE = re.compile(r"(?:^|/)(?:__init__\.py|py\.typed|(?:LICEN[CS]E|README|NOTICE)[^/]*)$")


@rule(
    severity=Severity.ERROR,
    cause=Cause.DUPLICATE_OR_CONFLICTING_PACKAGES,
    since="0.1.0",
    reads=(INTERPRETER, DISTRIBUTIONS, SHARED_FILES),
)
def overwritten_files(env: Env) -> Iterator[Problem]:
    """No distribution has overwritten the files of another one.

    ## What it checks
    No two installed distributions claim the same importable file with different content.
    Identical files, the `__init__.py` of a shared namespace, and what lies at the top and nothing
    imports (`tests`, `setup.py`, `build_backend.py`) are not counted. It is an error for NVIDIA's
    libraries where torch requires another one than the one that is on disk, else a warning. The pairs
    pynvml and nvidia-ml-py, and two builds of vLLM, are judged by rules of their own.

    ## Why it matters
    The last installation wins, silently: half of a package is of one version and half of the
    other. nvidia-nccl-cu12 and -cu13 both write `nvidia/nccl/lib/libnccl.so.2`, and with the
    wrong one torch fails on an undefined symbol. Removing one of them deletes the files of
    both.

    ## How to fix it
    Remove the distribution that nothing needs, then install the other one again.

    ## Sources
    - https://github.com/rwth-i6/returnn/issues/1802
    - https://github.com/opencv/opencv-python#installation-and-usage
    - https://peps.python.org/pep-0517/#in-tree-build-backends
    """
    interpreter = env.need(INTERPRETER)
    distributions = env.need(DISTRIBUTIONS)
    conflicts = [item for item in env.need(SHARED_FILES) if _is_conflict(item)]
    if not conflicts:
        return
    demands = requirements_of(env, interpreter, distributions).demands
    needed = {demand.name: demand.by.name for demand in demands}
    of_torch = {demand.name for demand in demands if demand.by.name == "torch"}
    for item in sorted(conflicts, key=lambda item: (min(rank(owner) for owner in item.owners), item.what)):
        kept, removed = _choose(item, needed, of_torch)
        installed = [found for found in distributions if found.name == kept and not found.shadowed]
        yield Problem(
            subject=item.what,
            message=_message(item, needed),
            location=Source(kind=SourceKind.FILE, where=item.example),
            severity=_severity(item, of_torch, distributions),
            remedies=(
                Remedy(
                    text=f"Remove {listing(removed)}, then install {kept} again",
                    commands=(
                        uninstall(interpreter, distributions, *removed),
                        *(reinstall(interpreter, distributions, found) for found in installed),
                    ),
                ),
            ),
        )


def _is_conflict(item: SharedFile) -> bool:
    if not item.differing or item.kind != "package" or _UNUSED.match(item.what):
        return False
    if "pynvml" in item.owners or len(set(item.owners) & set(VLLM)) > 1:
        return False
    return not _NAMESPACE.search(item.what)


def _message(item: SharedFile, needed: dict[str, str]) -> str:
    wins = f"; on disk are the files of {item.winner}" if item.winner else ""
    wanted = [f"{owner} (needed by {needed[owner]})" if owner in needed else owner for owner in item.owners]
    files = "the same file" if item.count == 1 else f"the same {item.count} files"
    return f"{listing(wanted)} have written {files} with different content, for example {item.example}{wins}"


def _choose(item: SharedFile, needed: dict[str, str], of_torch: set[str]) -> tuple[str, list[str]]:
    """The owner to keep and those to remove: torch's comes first, then what others need."""
    ordered = sorted(item.owners, key=lambda owner: (owner not in of_torch, owner not in needed, owner != item.winner))
    return ordered[0], ordered[1:]


def _severity(item: SharedFile, of_torch: set[str], distributions: tuple[Distribution, ...]) -> Severity:
    torch_owned = of_torch.intersection(item.owners)
    if torch_owned:
        return Severity.WARNING if item.winner in torch_owned else Severity.ERROR
    return Severity.WARNING

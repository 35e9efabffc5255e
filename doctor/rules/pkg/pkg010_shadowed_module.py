"""PKG010."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Source, SourceKind
from doctor.core.packages.distribution import SHADOWS, STDLIB, Shadow
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.rules.pkg.stack import STACK

_PLACES = {
    "python-path": "PYTHONPATH puts it first",
    "user-site": "the user site comes first",
    "search-path": "its folder comes first on the search path",
    "current-folder": "it wins when Python is started in this folder with -m or -c",
}


@rule(severity=Severity.ERROR, cause=Cause.DUPLICATE_OR_CONFLICTING_PACKAGES, since="0.1.0", reads=(SHADOWS,))
def shadowed_module(env: Env) -> Iterator[Problem]:
    """Modules of installed distributions are imported from them.

    ## What it checks
    No file or folder that lies earlier on the search path (PYTHONPATH, user site, an earlier
    entry) has the name of a module that an installed distribution or the standard library brings.
    It is an error for modules of the stack and of the standard library, else a warning; a module in
    the folder that doctor was started in is a warning, because it counts only for a Python that is
    started there. That a clone of doctor itself lies there is not told.

    ## Why it matters
    A script that somebody called `torch.py`, or a clone of vLLM without compiled modules, is
    imported instead of the real one: `module 'torch' has no attribute ...`, `No module named
    'vllm._C'`. A `queue.py` or `types.py` of a project on PYTHONPATH is imported by everything, also by
    the packages that mean the module of Python.

    ## How to fix it
    Rename the file, leave the folder, or take the entry out of PYTHONPATH.

    ## Sources
    - https://docs.python.org/3/library/sys_path_init.html
    - https://docs.vllm.ai/en/latest/usage/troubleshooting.html
    """
    shadows = [item for item in env.need(SHADOWS) if not _is_clone_of_doctor(item)]
    for shadow in sorted(shadows, key=lambda item: (-_severity(item), item.module)):
        yield Problem(
            subject=shadow.module,
            message=(
                f"`import {shadow.module}` takes {shadow.found} and not {shadow.owner}'s {shadow.expected}: "
                f"{_PLACES.get(shadow.entry, 'it comes first')}"
            ),
            location=Source(kind=SourceKind.FILE, where=shadow.found),
            severity=_severity(shadow),
            remedies=(_remedy(shadow),),
        )


def _is_clone_of_doctor(shadow: Shadow) -> bool:
    return shadow.entry == "current-folder" and shadow.owner == "llm-stack-doctor"


def _severity(shadow: Shadow) -> Severity:
    if shadow.entry == "current-folder":
        return Severity.WARNING
    return Severity.ERROR if shadow.owner in STACK or shadow.owner == STDLIB else Severity.WARNING


def _remedy(shadow: Shadow) -> Remedy:
    if shadow.entry == "python-path":
        return Remedy(
            text="Start without PYTHONPATH, or take this folder out of it",
            commands=(("unset", "PYTHONPATH"),),
            safety=Safety.MANUAL,
        )
    if shadow.entry == "user-site":
        return Remedy(
            text="Leave the user site out", commands=(("export", "PYTHONNOUSERSITE=1"),), safety=Safety.MANUAL
        )
    if shadow.entry == "current-folder":
        return Remedy(text="Start Python in another folder, or rename this file or folder", safety=Safety.MANUAL)
    return Remedy(text="Rename or remove the file or folder that is found first", safety=Safety.MANUAL)

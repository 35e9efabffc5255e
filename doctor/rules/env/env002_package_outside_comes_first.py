"""ENV002."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Source, SourceKind
from doctor.core.machine.system import OVERLAYS, Overlay
from doctor.core.packages.distribution import SHADOWS
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, UndeterminedError, rule


@rule(severity=Severity.WARNING, cause=Cause.ENV_VARIABLE, since="0.1.0", reads=(OVERLAYS, SHADOWS))
def package_outside_comes_first(env: Env) -> Iterator[Problem]:
    """No package of the stack is imported from PYTHONPATH or the user site instead.

    ## What it checks
    The folders of PYTHONPATH, and the user site where it is on, are looked through for packages
    of the stack. One that the environment has too is a warning, because Python takes the one
    outside; one that only PYTHONPATH has is worth knowing, and so is one that PKG010 reports.

    ## Why it matters
    Both come before site-packages in the search path. `pip list` and every check of versions
    then describe another torch or transformers than the one that runs.

    ## How to fix it
    Unset PYTHONPATH. Switch the user site off with PYTHONNOUSERSITE=1, or uninstall there.

    ## Sources
    - https://docs.python.org/3/using/cmdline.html#envvar-PYTHONPATH
    - https://docs.python.org/3/using/cmdline.html#envvar-PYTHONNOUSERSITE
    - https://docs.python.org/3/library/site.html
    """
    overlays = env.need(OVERLAYS)
    shadowed = _shadowed(env)
    groups: dict[tuple[str, str, bool, bool], list[Overlay]] = {}
    for item in overlays:
        told = item.package in shadowed
        groups.setdefault((item.variable, item.folder, bool(item.hides), told), []).append(item)
    for (variable, folder, hides, told), items in groups.items():
        # The user site is a normal place for what the environment itself does not have.
        if not hides and variable != "PYTHONPATH":
            continue
        packages = ", ".join(item.package for item in items)
        effect = "which Python imports instead of the environment's own" if hides else "which the environment lacks"
        yield Problem(
            subject=variable,
            message=f"{folder} ({variable}) holds {packages}, {effect}",
            location=Source(kind=SourceKind.ENV_VAR, where=variable),
            remedies=(_remedy(variable, folder),),
            severity=Severity.WARNING if hides and not told else Severity.INFO,
        )


def _shadowed(env: Env) -> set[str]:
    try:
        return {shadow.module for shadow in env.look(SHADOWS) or ()}
    except UndeterminedError as error:
        # What was found in the folders is told all the same.
        env.gap(str(error))
        return set()


def _remedy(variable: str, folder: str) -> Remedy:
    if variable == "PYTHONPATH":
        text = f"Unset PYTHONPATH, or take {folder} out of it"
        return Remedy(text=text, commands=(("unset", "PYTHONPATH"),), safety=Safety.MANUAL)
    return Remedy(
        text="Leave the user site out of this environment",
        commands=(("export", "PYTHONNOUSERSITE=1"),),
        safety=Safety.MANUAL,
    )

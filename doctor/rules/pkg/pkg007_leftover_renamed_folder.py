"""PKG007."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Source, SourceKind
from doctor.core.packages.distribution import LEFTOVERS
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.core.rule import Env, rule
from doctor.rules.pkg.stack import listing


@rule(severity=Severity.WARNING, cause=Cause.CORRUPTED_INSTALL, since="0.1.0", reads=(LEFTOVERS,))
def leftover_renamed_folder(env: Env) -> Iterator[Problem]:
    """No folder that pip renamed for removal is left.

    ## What it checks
    No entry of site-packages begins with `~`, as in `~orch`: pip renames what it is going to
    replace, and deletes it when the new version is in place.

    ## Why it matters
    It is the trace of an installation that was interrupted, so that the new version may be
    incomplete. pip warns about it in every run, and several GB may lie there.

    ## How to fix it
    Delete it, and install the distribution again if other findings speak of it.

    ## Sources
    - https://github.com/pypa/pip/issues/9658
    - https://github.com/pypa/pip/issues/7307
    """
    found = [item for item in env.need(LEFTOVERS) if item.kind == "renamed"]
    if found:
        remain = "remains" if len(found) == 1 else "remain"
        yield Problem(
            subject=found[0].name,
            message=f"{listing(item.name for item in found)} {remain} of a removal or upgrade that was interrupted",
            location=Source(kind=SourceKind.FILE, where=found[0].path),
            remedies=(Remedy(text="Delete what is left", commands=(("rm", "-r", *(item.path for item in found)),)),),
        )

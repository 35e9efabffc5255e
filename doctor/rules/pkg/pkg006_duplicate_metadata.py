"""PKG006."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Source, SourceKind
from doctor.core.install import reinstall
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS, LEFTOVERS
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.core.rule import Env, rule
from doctor.rules.pkg.stack import rank


@rule(
    severity=Severity.ERROR,
    cause=Cause.DUPLICATE_OR_CONFLICTING_PACKAGES,
    since="0.1.0",
    reads=(INTERPRETER, DISTRIBUTIONS, LEFTOVERS),
)
def duplicate_metadata(env: Env) -> Iterator[Problem]:
    """Every distribution has one metadata folder in its site-packages.

    ## What it checks
    No folder of the search path holds two dist-info folders of one distribution. Of two, the
    one whose RECORD fits the files on disk is taken for the real one.

    ## Why it matters
    `importlib.metadata` answers with whichever the file system lists first. transformers then
    believes that torch is older than it is, says "Disabling PyTorch", and peft fails on a name
    that was never imported, while `import torch` shows the right version.

    ## How to fix it
    Remove the folder that is left over, and install the distribution again if files of both
    versions are mixed.

    ## Sources
    - https://github.com/python/importlib_metadata/issues/457
    - https://github.com/python/cpython/issues/100666
    """
    interpreter = env.need(INTERPRETER)
    distributions = env.need(DISTRIBUTIONS)
    real = {item.name: item for item in distributions if not item.shadowed}
    duplicates = [item for item in env.need(LEFTOVERS) if item.kind == "duplicate"]
    for item in sorted(duplicates, key=lambda item: rank(item.name)):
        kept = real.get(item.name)
        stale = next((other.version for other in distributions if other.path == item.path), "?")
        text = f"Remove the metadata that is left of {item.name} {stale}"
        commands: list[tuple[str, ...]] = [("rm", "-r", item.path)]
        if kept is not None:
            text += f", then install {kept.version} again, in case files of both are mixed"
            commands.append(reinstall(interpreter, distributions, kept))
        seen = kept.path.rpartition("/")[2] if kept else "another one"
        yield Problem(
            subject=item.name,
            message=f"{item.name} has two metadata folders: {seen} fits the files, "
            f"{item.path.rpartition('/')[2]} does not",
            location=Source(kind=SourceKind.DIST_INFO, where=item.path),
            remedies=(Remedy(text=text, commands=tuple(commands)),),
        )

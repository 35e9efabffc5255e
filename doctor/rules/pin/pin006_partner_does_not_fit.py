"""PIN006."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.install import install
from doctor.core.interpreter import INTERPRETER, Interpreter
from doctor.core.matrix import Pair
from doctor.core.packages.declared import with_declared
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.pin.known_good import version_of
from doctor.rules.pin.partners import Installed, misfits


@rule(severity=Severity.ERROR, cause=Cause.OTHER, since="0.1.0", reads=(INTERPRETER, DISTRIBUTIONS))
def partner_does_not_fit(env: Env) -> Iterator[Problem]:
    """Partners fit each other, also where metadata does not say that they must.

    ## What it checks
    The pairs of the matrix say which version of a partner a release needs: the torch that
    xformers, torchvision or flash-attn goes with, the transformers that an old vLLM can
    still use, the setuptools that triton imports without declaring it. What the installed
    metadata itself refuses is left to PKG001 and PKG002. A pair that the metadata of neither side
    knows is not judged.

    ## Why it matters
    These combinations install without a word and fail at import or, worse, later: undefined
    symbols, missing attributes, a PyTorch that transformers silently treats as absent.

    ## How to fix it
    Install the version that fits, or the one that the remedy names where that is gone from the
    index.

    ## Sources
    - The pairs of the matrix, each with its own sources: METADATA of releases, issues, runs.
    - https://github.com/facebookresearch/xformers/releases
    - https://docs.pytorch.org/audio/2.8.0/installation.html
    """
    interpreter = env.need(INTERPRETER)
    distributions = with_declared(env, env.need(DISTRIBUTIONS))
    installed = {item.name: item for item in distributions if not item.shadowed}
    pairs = [pair for pair in env.matrix.pairs if pair.package in installed]
    if not pairs:
        raise NotApplicableError("nothing is installed that the matrix knows the partners of")
    for pair, needed in misfits(pairs, installed, interpreter.markers, env.gap):
        env.cite(f"pair {pair.name}")
        yield _problem(pair, needed, interpreter, installed)


def _problem(pair: Pair, needed: str, interpreter: Interpreter, installed: Installed) -> Problem:
    package, partner = installed[pair.package], installed.get(pair.partner)
    found = f"{partner.version} {partner.presence}" if partner else "it is not installed"
    wanted = pair.install or (f"{pair.partner}{needed}",)
    text = (
        f"Install {' and '.join(wanted)}"
        if pair.install
        else f"Install the {pair.partner} that {package.name} works with"
    )
    return Problem(
        subject=pair.partner,
        message=f"{package.name} {package.version} needs {pair.partner}{needed}, and {found}: {pair.reason}",
        location=(partner or package).seen_in,
        cause=pair.cause,
        severity=Severity.ERROR if pair.breaks and not _is_patch(partner, needed) else Severity.WARNING,
        remedies=(Remedy(text=text, commands=(install(interpreter, installed.values(), *wanted),), pins=wanted),),
    )


def _is_patch(partner: Distribution | None, needed: str) -> bool:
    """Whether only the patch release differs: within a minor release torch keeps what is compiled against it."""
    found = version_of(partner.version) if partner else None
    wanted = version_of(needed.removeprefix("=="))
    return found is not None and wanted is not None and found.release[:2] == wanted.release[:2]

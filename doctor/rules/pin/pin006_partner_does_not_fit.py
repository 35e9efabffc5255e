"""PIN006."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.specifiers import SpecifierSet

from doctor.core.distribution import DISTRIBUTIONS, Distribution
from doctor.core.fact import Source, SourceKind
from doctor.core.install import install
from doctor.core.interpreter import INTERPRETER, Interpreter
from doctor.core.matrix import Pair
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.pin.known_good import version_of
from doctor.rules.pin.metadata import refuses

Installed = dict[str, Distribution]


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
    installed = {item.name: item for item in env.need(DISTRIBUTIONS) if not item.shadowed}
    pairs = [pair for pair in env.matrix.pairs if pair.package in installed]
    if not pairs:
        raise NotApplicableError("nothing is installed that the matrix knows the partners of")
    for pair in pairs:
        if _of_this_build(pair, installed):
            yield from _judge(env, pair, interpreter, installed)


def _of_this_build(pair: Pair, installed: Installed) -> bool:
    torch = version_of(installed["torch"].version) if "torch" in installed else None
    return pair.builds != "cuda" or (torch is not None and (torch.local is None or torch.local.startswith("cu")))


def _judge(env: Env, pair: Pair, interpreter: Interpreter, installed: Installed) -> Iterator[Problem]:
    package, partner = installed[pair.package], installed.get(pair.partner)
    needed = _needed(env, pair, package)
    if needed is None or (partner is None and not pair.required):
        return
    if partner is not None:
        version = version_of(partner.version)
        if version is None:
            env.gap(f"{partner.name} has the version {partner.version!r}, which cannot be compared")
            return
        if SpecifierSet(needed).contains(version, prereleases=True) or refuses(package, pair.partner, version):
            return
        if version.is_prerelease:
            # A torch of NVIDIA's images is 2.4.0a0+...: what was built with it fits it.
            env.gap(f"{partner.name} {partner.version} is a build of its own; {package.name} was released for {needed}")
            return
    elif refuses(package, pair.partner, None):
        return
    env.cite(f"pair {pair.name}")
    yield _problem(pair, needed, interpreter, installed)


def _needed(env: Env, pair: Pair, package: Distribution) -> str | None:
    """What this version of the package needs, or None when no row of the pair speaks of it."""
    version = version_of(package.version)
    if version is None:
        env.gap(f"{package.name} has the version {package.version!r}, which cannot be compared")
        return None
    if version.is_devrelease:
        return None  # built from source against whatever was there
    for versions, needed in pair.needs.items():
        if SpecifierSet(versions).contains(version, prereleases=True):
            return needed
    return None


def _problem(pair: Pair, needed: str, interpreter: Interpreter, installed: Installed) -> Problem:
    package, partner = installed[pair.package], installed.get(pair.partner)
    found = f"{partner.version} is installed" if partner else "it is not installed"
    wanted = pair.install or (f"{pair.partner}{needed}",)
    text = (
        f"Install {' and '.join(wanted)}"
        if pair.install
        else f"Install a {pair.partner} that {package.name} works with"
    )
    return Problem(
        subject=pair.partner,
        message=f"{package.name} {package.version} needs {pair.partner}{needed}, and {found}: {pair.reason}",
        location=Source(kind=SourceKind.DIST_INFO, where=f"{(partner or package).path}/METADATA"),
        cause=pair.cause,
        severity=Severity.ERROR if pair.breaks else Severity.WARNING,
        remedies=(Remedy(text=text, commands=(install(interpreter, installed.values(), *wanted),), pins=wanted),),
    )

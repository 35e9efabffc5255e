"""PKG008."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Known, Reason, Source, SourceKind, Unknown
from doctor.core.install import install, reinstall
from doctor.core.interpreter import INTERPRETER, Interpreter
from doctor.core.packages.distribution import DISTRIBUTIONS, LEFTOVERS, Distribution
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.core.rule import Env, rule
from doctor.rules.pkg.stack import STACK

_DISTRIBUTIONS = {"flashinfer": "flashinfer-python"}
"""Modules of the stack that are not named as their distribution."""


@rule(
    severity=Severity.ERROR,
    cause=Cause.CORRUPTED_INSTALL,
    since="0.1.0",
    reads=(INTERPRETER, DISTRIBUTIONS, LEFTOVERS),
)
def metadata_missing(env: Env) -> Iterator[Problem]:
    """The metadata of every installed distribution can be read.

    ## What it checks
    Each dist-info or egg-info folder holds a METADATA (PKG-INFO) that states a name and a
    version. It is an error for distributions of the stack, else a warning; so is a folder that
    holds neither METADATA nor RECORD, which is what a removal left. A package of the stack that lies in
    site-packages with code, and that the metadata of no distribution speaks of, is an error.

    ## Why it matters
    `importlib.metadata.version()` answers None or raises, and transformers, accelerate and
    vLLM ask for versions while they are imported: transformers takes a torch without metadata for not
    installed. What the distribution requires is not known either, so nothing can be said about it.
    Python imports a package without metadata all the same, of whatever version it is.

    ## How to fix it
    Delete the folder, and install the distribution again.

    ## Sources
    - https://packaging.python.org/en/latest/specifications/recording-installed-packages/
    - https://github.com/python/importlib_metadata/issues/291
    """
    interpreter = env.need(INTERPRETER)
    distributions = env.need(DISTRIBUTIONS)
    unreadable = [item for item in distributions if isinstance(item.requires, Unknown) and not item.shadowed]
    for item in unreadable:
        assert isinstance(item.requires, Unknown)
        env.note(f"requirements of {item.name}", item.requires)
        if item.requires.reason in (Reason.NOT_STATED, Reason.NO_PERMISSION):
            continue  # a list of versions is not damaged metadata, nor is what others may read
        yield Problem(
            subject=item.name,
            message=f"the metadata of {item.name} {item.version} cannot be read: {item.requires.detail}",
            location=Source(kind=SourceKind.DIST_INFO, where=item.path),
            severity=Severity.ERROR if item.name in STACK else Severity.WARNING,
            remedies=(
                Remedy(
                    text=f"Delete its metadata and install {item.name} again",
                    commands=(("rm", "-r", item.path), reinstall(interpreter, distributions, item)),
                ),
            ),
        )
    yield from _unowned(env, interpreter, distributions)
    paths = {item.path for item in unreadable}
    known: dict[str, Distribution] = {item.name: item for item in distributions if isinstance(item.requires, Known)}
    for left in env.need(LEFTOVERS):
        if left.kind != "no-metadata" or left.path in paths:
            continue
        remedies = [Remedy(text="Delete the folder", commands=(("rm", "-r", left.path),))]
        if left.name.replace("_", "-").lower() not in known:
            again = install(interpreter, distributions, left.name)
            remedies.append(Remedy(text=f"Install {left.name} again if you need it", commands=(again,)))
        yield Problem(
            subject=left.name,
            message=f"{left.path} holds no METADATA: it is what an interrupted removal leaves",
            location=Source(kind=SourceKind.DIST_INFO, where=left.path),
            severity=Severity.WARNING,
            remedies=tuple(remedies),
        )


def _unowned(env: Env, interpreter: Interpreter, distributions: tuple[Distribution, ...]) -> Iterator[Problem]:
    lefts = env.need(LEFTOVERS)
    told = {left.name.replace("-", "_").lower() for left in lefts if left.kind == "no-metadata"}
    for left in lefts:
        if left.kind != "unowned" or left.name in told:
            continue
        name = _DISTRIBUTIONS.get(left.name, left.name.replace("_", "-"))
        yield Problem(
            subject=name,
            message=f"{left.path} holds code that `import {left.name}` finds, and no installed distribution owns it: "
            "nothing says of which version it is",
            location=Source(kind=SourceKind.FILE, where=left.path),
            remedies=(
                Remedy(
                    text=f"Delete the folder, and install {name} again if you need it",
                    commands=(("rm", "-r", left.path), install(interpreter, distributions, name)),
                ),
            ),
        )

"""PKG003."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion

from doctor.core.fact import Known, Source, SourceKind
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.declared import with_declared
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.core.rule import Env, rule
from doctor.rules.pkg.requirements import combine_all, contains, satisfiable, simplify, too_old
from doctor.rules.pkg.stack import STACK, rank


@rule(severity=Severity.ERROR, cause=Cause.PYTHON_VERSION, since="0.1.0", reads=(INTERPRETER, DISTRIBUTIONS))
def python_not_supported(env: Env) -> Iterator[Problem]:
    """Every installed distribution supports this Python.

    ## What it checks
    The Requires-Python of each installed distribution holds for the interpreter. A Python that
    is too old is an error; one that is newer than the distribution allows is a warning,
    because uv ignores upper bounds on purpose and pure Python code often works.

    ## Why it matters
    A distribution for a newer Python uses syntax or modules that this one lacks; one for an
    older Python was not tested with this one and has no compiled wheels for it.

    ## How to fix it
    Make an environment with a Python that suits all of them, or install releases that support
    this one.

    ## Sources
    - https://packaging.python.org/en/latest/specifications/core-metadata/#requires-python
    - https://docs.astral.sh/uv/reference/internals/resolver/#requires-python
    """
    interpreter = env.need(INTERPRETER)
    if not interpreter.version:
        env.unstated("version of Python")
        return
    stated: list[SpecifierSet] = []
    unmet: list[tuple[Distribution, SpecifierSet]] = []
    for item in with_declared(env, env.need(DISTRIBUTIONS)):
        text = None if item.shadowed else env.note(f"Requires-Python of {item.name}", item.requires_python)
        if not text:
            continue
        try:
            specifier = SpecifierSet(text)
            suits = contains(specifier, interpreter.version)
        except (InvalidSpecifier, InvalidVersion) as error:
            env.gap(f"the Requires-Python of {item.name} cannot be read: {error}")
            continue
        stated.append(specifier)
        if not suits:
            unmet.append((item, specifier))
    together = simplify(combine_all(stated))
    for item, specifier in sorted(unmet, key=lambda pair: rank(pair[0].name)):
        old = too_old(specifier, interpreter.version)
        yield Problem(
            subject=item.name,
            message=f"{item.name} {item.version} needs Python {specifier}, and this is {interpreter.version}",
            location=_source_of(item),
            severity=Severity.ERROR if old and item.name in STACK else Severity.WARNING,
            remedies=(_remedy(specifier, together),),
        )


def _source_of(item: Distribution) -> Source:
    fact = item.requires_python
    assert isinstance(fact, Known)  # or it would not be unmet
    if fact.source.kind is SourceKind.MATRIX and item.place is None:
        return fact.source
    return item.seen_in


def _remedy(specifier: SpecifierSet, together: SpecifierSet) -> Remedy:
    wanted = together if satisfiable(together) else specifier
    return Remedy(
        text=f"Make an environment with Python {wanted}, and install into it what this one holds",
        commands=(("uv", "venv", "--python", str(wanted), ".venv"),),
    )

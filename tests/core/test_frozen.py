"""`frozen` against what it stands in for: every case is tried with both."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import msgspec
import pytest

from doctor.core.frozen import frozen, light_dataclass


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


@light_dataclass(frozen=True, order=True)
class LightFixed:
    """One that does not change, and has an order."""

    name: str
    size: int = 0
    seen: list[str] = dataclasses.field(default_factory=list, compare=False)


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class UsualFixed:
    """What stands beside it."""

    name: str
    size: int = 0
    seen: list[str] = dataclasses.field(default_factory=list, compare=False)


@light_dataclass()
class LightOpen:
    """One that changes."""

    name: str
    size: int = 0


@dataclasses.dataclass(slots=True)
class UsualOpen:
    """What stands beside it."""

    name: str
    size: int = 0


FIXED = pytest.mark.parametrize("kind", [LightFixed, UsualFixed])
OPEN = pytest.mark.parametrize("kind", [LightOpen, UsualOpen])


@pytest.mark.parametrize("kind", [LightFixed, UsualFixed, LightOpen, UsualOpen])
def test_values_are_given_by_position_or_by_name(kind: Any):
    assert (kind("a").name, kind("a").size) == ("a", 0)
    assert kind("a", 2) == kind("a", size=2) == kind(size=2, name="a")
    assert kind("a") != kind("b")
    assert pickle.loads(pickle.dumps(kind("a", 2))) == copy.deepcopy(kind("a", 2)) == kind("a", 2)
    assert repr(kind("a")).startswith(f"{kind.__qualname__}(name='a', size=0")
    for wrong in ((), ("a", 1, [], 2)):
        with pytest.raises(TypeError):
            kind(*wrong)
    for values in ({"name": "b"}, {"other": 1}):
        with pytest.raises(TypeError):
            kind("a", **values)


@FIXED
def test_an_order_is_that_of_the_values(kind: Any):
    small, large = kind("a", 1, ["x"]), kind("a", 2)
    assert small < large > small
    assert small <= kind("a", 1) >= small
    assert not small < kind("a", 1)
    assert sorted([kind("b"), large, small]) == [small, large, kind("b")]
    assert hash(small) == hash(kind("a", 1))
    with pytest.raises(TypeError):
        assert small < "a"
    with pytest.raises(dataclasses.FrozenInstanceError):
        small.size = 3


@OPEN
def test_one_that_changes_has_no_hash_and_no_other_names(kind: Any):
    made = kind("a")
    made.size = 3
    assert made == kind("a", 3)
    with pytest.raises(TypeError):
        hash(made)
    with pytest.raises(AttributeError):
        made.other = 1

"""Where the tables, keys and items of a TOML text stand."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctor.matrix.locate import locate, nearest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TEXT = '''\
# [not] a = "table"
schema = 1

[[set]]   # the first
name = "a"
pins.torch = "2"
"quoted key" = 1
'literal.key' = 2

[set.inner]
deep . dotted = true

[[set]]
name = """
[[set]]
name = "not a key"
# "
"""
list = [
    "one", # "two",
    'three]',
    [1, 2],
    { x = "}", y.z = [ "," ] },
]
when = 1979-05-27 07:32:00
after = 1
[[set.rows]]
key = """x"""""
[[set.rows]]
key = \'\'\'[[set]]
\'\'\'
'''


@pytest.mark.parametrize(
    ("place", "position"),
    [
        (("schema",), (2, 1)),
        (("set", 0), (4, 1)),
        (("set", 0, "name"), (5, 1)),
        (("set", 0, "pins", "torch"), (6, 6)),
        (("set", 0, "quoted key"), (7, 1)),
        (("set", 0, "literal.key"), (8, 1)),
        (("set", 0, "inner"), (10, 1)),
        (("set", 0, "inner", "deep", "dotted"), (11, 8)),
        (("set", 1), (13, 1)),
        (("set", 1, "list"), (19, 1)),
        (("set", 1, "list", 1), (21, 5)),
        (("set", 1, "list", 2, 1), (22, 9)),
        (("set", 1, "list", 3, "y", "z", 0), (23, 24)),
        (("set", 1, "after"), (26, 1)),
        (("set", 1, "rows", 0, "key"), (28, 1)),
        (("set", 1, "rows", 1, "key"), (30, 1)),
    ],
)
def test_every_key_table_and_item_is_found_where_it_stands(place, position):
    tomllib.loads(TEXT)
    assert locate(TEXT)[place] == position


def test_a_place_that_does_not_stand_in_the_text_falls_back_to_what_it_is_in():
    positions = locate("[[set]]\nname = 1\n")
    assert nearest(positions, ("set", 0, "missing")) == (1, 1)
    assert nearest(positions, ("set", 0, "name", "inner", 3)) == (2, 1)
    assert nearest(positions, ("other",)) == (1, 1)


def test_what_stands_before_something_that_is_not_understood_is_found():
    positions = locate("a = 1\n= = =\nb = 2\n")
    assert positions == {("a",): (1, 1)}


def test_deep_nesting_stops_the_walk_without_an_error():
    assert locate("a = 1\nb = " + "[" * 100_000)[("a",)] == (1, 1)


KEYS = st.text(st.characters(codec="ascii", categories=["L", "N", "P", "Zs"]), min_size=1, max_size=8)
VALUES = st.recursive(
    st.booleans()
    | st.integers(-9, 9)
    | st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


def _encode(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_encode(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[\n" + ",\n".join(_encode(item) for item in value) + "\n]"
    return json.dumps(value, ensure_ascii=False)


def _places(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, item in pairs for found in [(*place, key), *_places(item, (*place, key))]]


@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_every_place_of_any_document_is_found_and_each_key_stands_there(tables):
    text = "".join(f"{json.dumps(key)} = {_encode(value)}\n" for key, value in tables.items())
    assert tomllib.loads(text) == tables
    lines = text.split("\n")
    positions = locate(text)
    assert set(positions) == set(_places(tables))
    for place, (line, column) in positions.items():
        if isinstance(place[-1], str):
            assert lines[line - 1][column - 1 :].startswith(json.dumps(place[-1]))

"""A header in its usual form is read as its JSON says, and everything else is left to JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from doctor.probes.artifact.header import match_header
from doctor.probes.artifact.safetensors import decode_header

TENSOR = '"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}'

SIZES = st.integers(0, 10**6) | st.sampled_from([0, 10**17, 10**18, 10**19, -1])
TENSORS = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from(["BF16", "F8_E4M3", "bf16", ""]),
        "shape": st.lists(SIZES, max_size=3),
        "data_offsets": st.tuples(SIZES, SIZES).map(lambda pair: sorted(pair)) | st.lists(SIZES, max_size=3),
    }
)
NAMES = st.sampled_from(["model.layers.0.up_proj.weight", "é", '"', "\\", "a\n", "__metadata__", "", "x" * 1001, "{},"])
TABLES = st.dictionaries(
    NAMES | st.text(max_size=4), TENSORS | st.dictionaries(st.text(max_size=3), st.text(max_size=3)), max_size=4
)
FORMS = st.sampled_from([(",", ":"), (", ", ": "), (",", ": "), (" ,", " : "), (",\n", ":")])


def decoded(text: str) -> Any:
    try:
        return decode_header(text)
    except (ValueError, TypeError, KeyError) as error:
        return type(error)


def matched(text: str) -> Any:
    columns = match_header(text)
    if columns is None or any(begin > end for *_, begin, end in columns.entries()):
        return None
    return columns.metadata, columns.entries()


@given(table=TABLES, form=FORMS, ascii_only=st.booleans(), cut=st.integers(0, 8))
@example(table={"a": {"dtype": "F32", "shape": [], "data_offsets": [0, 4]}}, form=(",", ":"), ascii_only=True, cut=0)
def test_what_is_matched_is_what_json_says(table: Any, form: tuple[str, str], ascii_only: bool, cut: int):
    text = json.dumps(table, separators=form, ensure_ascii=ascii_only)
    text = text[: len(text) - cut] + " " * (cut % 3)
    assert matched(text) in (None, decoded(text))


PIECES = st.sampled_from(
    [
        TENSOR,
        TENSOR.replace('"a"', '"b"'),
        '"__metadata__":{"format":"pt"}',
        '"__metadata__":{',
        '"x":1',
        "{",
        "}",
        ",",
        ":",
        '"',
        "\\",
        " ",
        "[",
        "]",
    ]
)


@given(st.lists(PIECES, max_size=8).map(lambda pieces: "{" + "".join(pieces) + "}"))
@example('{"__metadata__":{"x":1,' + TENSOR + "}}")
@example('{"__metadata__":{"x":"' + TENSOR + ',"},' + TENSOR + "}")
@example('{"__metadata__":{},' + TENSOR + "}")
@example("{," + TENSOR + "}")
@example("{" + TENSOR + ",}")
@example("{" + f"{TENSOR},{TENSOR}" + "}")
def test_no_order_of_pieces_is_matched_otherwise_than_json_says(text: str):
    assert matched(text) in (None, decoded(text))


@pytest.mark.parametrize("form", [(",", ":"), (", ", ": ")])
@pytest.mark.parametrize("first", [{}, {"__metadata__": {"format": "pt", "note": 'a "quoted" \\ {text},'}}])
def test_the_usual_forms_are_matched(first: dict[str, Any], form: tuple[str, str]):
    tensors = {f"model.{number}": {"dtype": "BF16", "shape": [2, number], "data_offsets": [0, 4]} for number in (0, 12)}
    text = json.dumps({**first, **tensors}, separators=form) + "   "
    assert matched(text) == decode_header(text)


@pytest.mark.parametrize(
    "text",
    [
        "{" + f"{TENSOR},{TENSOR}" + "}",
        "{" + TENSOR.replace("2,3", "02,3") + "}",
        "{" + TENSOR.replace('"a"', '"\\u0061"') + "}",
        "{" + TENSOR.replace('"a"', '"__metadata__"') + "}",
        "[" + TENSOR + "]",
        "{" + TENSOR + ',"b":{}}',
        "{}",
    ],
)
def test_what_is_unusual_is_left_to_json(text: str):
    assert match_header(text) is None

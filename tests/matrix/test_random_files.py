"""Matrix files that nobody would write: valid, or errors with places, and never a traceback."""

from __future__ import annotations

import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doctor.matrix.document import Document, parse
from doctor.matrix.row import decode_rows
from tests.matrix.files import HEAD, SOUND

PLACED = re.compile(r"^matrix\.toml:\d+:\d+: \S")


def _judge(content: bytes) -> None:
    """A content is valid or has errors with places; it never raises anything else."""
    document = parse("matrix.toml", content)
    decode_rows(document)
    assert all(PLACED.match(str(fault)) for fault in document.faults)


@given(st.binary(max_size=300))
def test_random_bytes_are_an_error_with_a_place(content):
    document = parse("matrix.toml", content)
    if not document.faults:
        _judge(content)
    assert all(PLACED.match(str(fault)) for fault in document.faults)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.integers(0, len(SOUND)),
    st.integers(0, 30),
    st.sampled_from(
        ["", "\n", '"', "'", "=", "[", "]", "{}", "[[set]]\n", "1", "1.5", "[1]", "2026-11-24", "#", '""', "é"]
    ),
)
def test_a_mutated_file_is_valid_or_has_errors_with_places(at, length, inserted):
    _judge((SOUND[:at] + inserted + SOUND[at + length :]).encode())


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(st.sampled_from(["set", "cuda", "gpu", "wheel", "pair", "newest", "schema", "updated"]), JUNK)
def test_any_value_in_the_place_of_a_table_is_judged(table, value):
    document = Document("matrix.toml", HEAD, {"schema": 1, "updated": "2026-11-24", table: value})
    decode_rows(document)
    assert all(PLACED.match(str(fault)) for fault in document.faults)

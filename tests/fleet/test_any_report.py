"""Whatever nodes send, none is lost and none of it is healthy."""

from __future__ import annotations

import io

from hypothesis import example, given, settings
from hypothesis import strategies as st

from doctor.core.fleet.members import Arrival, NodeState
from doctor.core.report import Severity
from doctor.fleet.files import read_stream
from doctor.fleet.merge import Terms, judge_fleet
from doctor.formats.snapshot import render_snapshot
from tests.bases import base
from tests.facts import EMPTY_MATRIX

SOUND = render_snapshot(base("busy")).encode()
TERMS = Terms(rules=(), fleet_rules=(), matrix=EMPTY_MATRIX)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner), max_leaves=5
)


@settings(max_examples=30)
@given(st.binary(max_size=200) | VALUES.map(repr).map(str.encode))
@example(b'{"facts": ' + b"[" * 5000)
@example(SOUND[:-2])
def test_a_report_that_is_none_is_a_node_that_is_not_healthy(content: bytes) -> None:
    sent = (("sound", SOUND), ("other", content))
    report = judge_fleet([Arrival(node=name, state=NodeState.ANSWERED, content=text) for name, text in sent], TERMS)
    assert len(report.nodes) == 2
    assert report.exit_code(Severity.ERROR) != 0


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=6))
def test_of_a_stream_nothing_is_lost(parts: list[bytes]) -> None:
    content = b"\n".join(parts)
    found = list(read_stream(io.BytesIO(content)))
    assert b"".join(item.content for item in found).strip() == content.strip()

"""Snapshots that were written elsewhere, and what only looks like one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctor.core.errors import TargetError
from doctor.core.fact import Absent, Known, Reason, Source, SourceKind, Unknown
from doctor.core.machine.system import CPU, SHARED_MEMORY, USER
from doctor.core.packages.distribution import MOST_DISTRIBUTIONS
from doctor.core.snapshot import SCHEMA_VERSION
from doctor.formats.snapshot import render_snapshot
from doctor.intake.snapshot import LARGEST, decode_snapshot, read_snapshot
from tests.bases import base

SOURCE = {"kind": "run", "where": "test"}
HEAD = {"schema_version": SCHEMA_VERSION, "target": "python", "taken_at": "2026-11-24", "doctor_version": "1"}


def written(**facts: object) -> bytes:
    return json.dumps({**HEAD, "facts": facts}).encode()


def test_each_state_of_a_fact_is_read_back() -> None:
    content = written(
        user={"known": "me", "source": SOURCE},
        shared_memory={"absent": "no /dev/shm", "source": SOURCE},
        cpu={"unknown": "timed-out", "detail": "too slow", "source": SOURCE},
    )
    snapshot = decode_snapshot(content, "test")
    source = Source(kind=SourceKind.RUN, where="test")
    assert snapshot.get(USER) == Known(value="me", source=source)
    assert snapshot.get(SHARED_MEMORY) == Absent(detail="no /dev/shm", source=source)
    assert snapshot.get(CPU) == Unknown(reason=Reason.TIMED_OUT, detail="too slow", source=source)


def test_a_fact_of_a_newer_doctor_is_left_out() -> None:
    assert decode_snapshot(written(weather={"known": "fine"}), "test").facts == {}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 200_000, "nests too deep|not JSON"),
        (b"[]", "no facts"),
        (b'{"facts": []}', "no facts"),
        (b'{"facts": {}, "schema_version": 99}', "schema version 99"),
        (b'{"facts": {}, "schema_version": 1}', "not a snapshot"),
        (written(user="me"), "user: a fact is an object"),
        (written(user={"known": "me"}), "with a source"),
        (written(user={"known": 1, "source": SOURCE}), "user: "),
        (written(user={"unknown": "no reason at all", "detail": "", "source": SOURCE}), "not a snapshot"),
        (written(user={"source": SOURCE}), "not a snapshot"),
        (written(user={"known": "me", "source": {"kind": "rumour", "where": "x"}}), "not a snapshot"),
    ],
)
def test_what_is_no_snapshot_is_refused_in_one_line(content: bytes, says: str) -> None:
    with pytest.raises(TargetError, match=says) as caught:
        decode_snapshot(content, "test")
    assert "\n" not in caught.value.message


def test_half_of_a_surrogate_pair_is_refused() -> None:
    """JSON can escape what no text can hold."""
    fact = {"known": {"\ud800": 1}, "source": SOURCE}
    with pytest.raises(TargetError, match=r"interpreter: .* surrogates not allowed"):
        decode_snapshot(written(interpreter=fact), "test")


def test_one_that_is_larger_than_any_is_refused_with_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    path.write_bytes(b" " * (LARGEST + 1))
    with pytest.raises(TargetError, match="has more than 8 MiB: this is no snapshot"):
        read_snapshot(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TargetError, match=r"missing\.json"):
        read_snapshot(tmp_path / "missing.json")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
FACT = st.fixed_dictionaries(
    {}, optional={"known": JSON, "absent": JSON, "unknown": JSON, "detail": JSON, "source": st.just(SOURCE) | JSON}
)


@given(st.dictionaries(st.sampled_from(["user", "cpu", "gpus", "variables", "extensions", "other"]), FACT))
def test_whatever_the_facts_are_they_are_read_or_refused(facts: dict[str, object]) -> None:
    try:
        snapshot = decode_snapshot(written(**facts), "test")
    except TargetError:
        return
    assert set(snapshot.facts) == set(facts) - {"other"}


def test_a_snapshot_of_more_distributions_than_any_environment_holds_is_refused():
    document = json.loads(render_snapshot(base("busy")))
    listed = document["facts"]["distributions"]["known"]
    document["facts"]["distributions"]["known"] = listed[:1] * (MOST_DISTRIBUTIONS + 1)
    with pytest.raises(TargetError, match="more than 2,500 distributions"):
        decode_snapshot(json.dumps(document).encode(), "x")

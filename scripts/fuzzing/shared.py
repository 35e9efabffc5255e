"""What the targets have in common: the matrix, a folder for files, rules that may not raise."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from doctor.core.keys import KEYS
from doctor.core.matrix import Matrix
from doctor.core.snapshot import Snapshot
from doctor.engine.catalogue import select
from doctor.engine.judge import judge
from doctor.formats.snapshot import render_snapshot
from doctor.matrix.load import load_matrix


class RuleFailedError(AssertionError):
    """A rule raised, which the engine turns into an undetermined outcome: a fault of doctor all the same."""


@cache
def shipped() -> Matrix:
    """The matrix that ships, read once."""
    return load_matrix()


@cache
def scratch() -> Path:
    """A folder for what targets read as files."""
    return Path(tempfile.mkdtemp(prefix="doctor-fuzz-"))


def judge_by(snapshot: Snapshot, topics: tuple[str, ...] = ()) -> None:
    """Judge by the rules of `topics`, all where there are none.

    Raises:
        RuleFailedError: one raised.
    """
    rules, _ = select(topics)
    report = judge(snapshot, shipped(), rules)
    for outcome in report.outcomes:
        for reason in outcome.reasons:
            if "the rule failed" in reason:
                raise RuleFailedError(f"{outcome.code}: {reason}")


def round_trip(snapshot: Snapshot) -> None:
    """Write a snapshot and read it again.

    Raises:
        AssertionError: it is another one then.
    """
    from doctor.intake.snapshot import decode_snapshot

    again = decode_snapshot(render_snapshot(snapshot).encode(), "again")
    if again.facts != {key: fact for key, fact in snapshot.facts.items() if key in KEYS}:
        raise AssertionError("a snapshot that was read is not written as it was read")

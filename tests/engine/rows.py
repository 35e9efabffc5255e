"""Rows of a matrix for a test, and what is found with them."""

from __future__ import annotations

from typing import Any

from doctor.core.breakage import Breakage
from doctor.core.diagnosis import Certainty, Diagnosis
from doctor.core.matrix import Basis, Matrix, Pair
from doctor.core.report import Cause
from doctor.engine.diagnose import diagnose
from tests.breakages.environment import environment
from tests.facts import snapshot


def row(name: str, *symptoms: str, **changes: Any) -> Breakage:
    fields = {
        "cause": Cause.OTHER,
        "reason": "it fails",
        "fix": "Do something",
        "basis": Basis.REPORTED,
        "sources": ("https://example.org",),
        "symptoms": symptoms,
    }
    return Breakage(name=name, **{**fields, **changes})


def matrix(*rows: Breakage, pairs: tuple[Pair, ...] = ()) -> Matrix:
    return Matrix(version="test", breakages=rows, pairs=pairs)


PAIR = Pair(
    name="one-two",
    package="one",
    partner="two",
    needs={"<2": "<5"},
    cause=Cause.OTHER,
    reason="x",
    basis=Basis.REPORTED,
    sources=("https://example.org",),
)


def found(text: str, known_rows: Matrix, described: dict[str, Any] | None = None) -> Diagnosis:
    facts = None if described is None else snapshot(environment(described))
    return diagnose(text, facts, known_rows)


def certainties(diagnosis: Diagnosis) -> list[tuple[str, Certainty]]:
    return [(item.name, item.certainty) for item in diagnosis.findings]

"""Errors that are not of the environment: none of them is told to be one with certainty."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from doctor.core.diagnosis import Certainty, Finding
from doctor.core.report import Severity
from doctor.engine.diagnose import diagnose
from tests.breakages.examples import matrix

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TEXTS: dict[str, str] = tomllib.loads((Path(__file__).parent / "precision.toml").read_text(encoding="utf-8"))


def told(text: str) -> list[Finding]:
    return [item for item in diagnose(text, None, matrix()).findings if item.severity > Severity.INFO]


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_no_cause_is_named_with_certainty(text: str) -> None:
    certain = [item.name for item in told(text) if item.certainty in (Certainty.CONFIRMED, Certainty.LIKELY)]
    assert certain == []


def test_hardly_any_has_a_cause_named_at_all() -> None:
    named = {name: [item.name for item in told(text)] for name, text in TEXTS.items()}
    assert {name: found for name, found in named.items() if found} == {}

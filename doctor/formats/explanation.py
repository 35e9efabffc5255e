"""The parts of a rule's explanation."""

from __future__ import annotations

import re
from typing import Any

from doctor.core.rule import Rule

HEADINGS = ("What it checks", "Why it matters", "How to fix it", "Sources")
"""What every explanation has, in this order."""


def sections_of(explanation: str) -> dict[str, str]:
    """Split an explanation into the texts below its headings, by heading."""
    parts = re.split(r"^## (.+)$", explanation, flags=re.MULTILINE)
    return {heading.strip(): text.strip() for heading, text in zip(parts[1::2], parts[2::2], strict=True)}


def describe(rule: Rule) -> dict[str, Any]:
    """Return a rule as what JSON is made of."""
    sections = sections_of(rule.explanation)
    return {
        "code": rule.code,
        "name": rule.name,
        "topic": rule.topic,
        "title": rule.title,
        "severity": rule.severity.label,
        "cause": rule.cause.value,
        "since": rule.since,
        "reads": [key.name for key in rule.reads],
        "what_it_checks": sections.get(HEADINGS[0], ""),
        "why_it_matters": sections.get(HEADINGS[1], ""),
        "how_to_fix_it": sections.get(HEADINGS[2], ""),
        "sources": re.findall(r"https?://[^\s<>)]+", sections.get(HEADINGS[3], "")),
    }

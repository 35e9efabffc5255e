"""How topics and severities are named, ordered and marked where people read them."""

from __future__ import annotations

from doctor.core.report import Severity

TOPICS = {
    "PKG": "Packages",
    "ABI": "Compiled extensions",
    "PIN": "Versions",
    "GPU": "GPU and driver",
    "SYS": "System",
    "ENV": "Environment variables",
    "MODEL": "Model folder",
    "LORA": "LoRA adapters",
    "SERVE": "Serving",
    "PAIR": "Training and serving",
    "E2E": "End to end",
    "FLT": "Fleet",
}
"""Headings of the topics."""

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "bold blue"}
MARKS = {Severity.ERROR: ("✗", "x"), Severity.WARNING: ("!", "!"), Severity.INFO: ("i", "i")}
"""The mark of each severity, and its ASCII form."""


def title_of(topic: str) -> str:
    """The heading of a topic; a topic that has none yet is its own heading."""
    return TOPICS.get(topic, topic)

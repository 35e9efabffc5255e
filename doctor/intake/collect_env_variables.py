"""The environment variables in a text of ``vllm collect-env``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from doctor.core.redaction import NOT_STORED, is_secret
from doctor.intake.collect_env_grammar import Entry

LISTED = ("TORCH", "NCCL", "PYTORCH", "CUDA", "CUBLAS", "CUDNN", "LD_LIBRARY_PATH")
"""Beginnings of names that every vLLM lists which lists variables at all (`get_env_vars`, since 0.6.2)."""

_LAST = ("GPU Topology", "vLLM Build Flags", "CUDA Archs")
"""The entries behind which variables stand without a heading."""

_VARIABLE = re.compile(r"(?:(?<=\s)|^)(?P<name>[A-Z][A-Z0-9_]{2,80})=")
_LONGEST = 8192
_MOST = 1000


def variables_of(entries: Iterable[Entry]) -> dict[str, str] | None:
    """The variables; None where the text has no such part. What looks like a secret is not kept."""
    parts = [entry for entry in entries if _holds_variables(entry)]
    found: dict[str, str] = {}
    for entry in parts:
        for name, value in _pairs(entry.rest):
            if len(found) < _MOST:
                found.setdefault(name, NOT_STORED if is_secret(name, value) else value)
    headed = any(entry.kind == "heading" for entry in parts)
    return found if found or headed else None


def _holds_variables(entry: Entry) -> bool:
    if entry.kind == "heading":
        return entry.name == "Environment Variables"
    return entry.kind == "label" and entry.name in _LAST


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for line in text.split("\n"):
        # Where line breaks were lost several stand in one line.
        marks = list(_VARIABLE.finditer(line))
        ends = [*(mark.start() for mark in marks[1:]), len(line)]
        for mark, end in zip(marks, ends, strict=False):
            yield mark["name"], line[mark.end() : end].strip()[:_LONGEST]

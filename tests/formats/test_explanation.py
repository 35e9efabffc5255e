"""Rules, explained."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator

import pytest

from doctor.core.report import Problem
from doctor.core.rule import Env
from doctor.engine.catalogue import load, module_names
from doctor.formats.explanation import HEADINGS, describe, sections_of
from doctor.formats.explanation_text import write_list, write_rule
from doctor.formats.look import Look
from doctor.formats.page import Page

CODES = tuple(module_names())


@pytest.mark.parametrize("code", CODES)
def test_the_text_has_every_section(code):
    lines = write_rule(Page(Look()), load(code)).splitlines()
    assert [line for line in lines if line in HEADINGS] == list(HEADINGS)
    assert lines[0].startswith(code)


@pytest.mark.parametrize("code", CODES)
def test_the_json_has_every_section_and_a_source(code):
    described = json.loads(json.dumps(describe(load(code))))
    assert all(described[name] for name in ("what_it_checks", "why_it_matters", "how_to_fix_it", "sources"))
    assert all(address.startswith("http") for address in described["sources"])


def test_the_list_has_a_line_for_every_rule():
    text = write_list(Page(Look(width=200)), [load(code) for code in CODES])
    assert [line.split()[0] for line in text.splitlines() if line.startswith("  ") and line[2] != " "] == list(CODES)


def test_sections_are_split_at_headings():
    assert sections_of("Title.\n\n## One\na\n\nb\n\n## Two\n- c\n") == {"One": "a\n\nb", "Two": "- c"}


def test_lines_of_code_are_not_wrapped():
    code = f"pip install {'--option=value ' * 12}"

    def check(env: Env) -> Iterator[Problem]:
        yield from ()

    check.__doc__ = f"Title.\n\n## How to fix it\nRun:\n\n    {code}\n    pip check\n"
    rule = dataclasses.replace(load(CODES[0]), load=lambda: check)
    lines = [line.strip() for line in write_rule(Page(Look(width=60)), rule).splitlines()]
    assert lines[-2:] == [code.strip(), "pip check"]

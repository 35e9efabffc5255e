"""Rules explained, and listed, for people."""

from __future__ import annotations

import re
from collections.abc import Iterable

from doctor.core.rule import Rule
from doctor.formats.explanation import sections_of
from doctor.formats.page import Page
from doctor.formats.topics import STYLES, title_of


def write_rule(page: Page, rule: Rule) -> str:
    """Write the explanation of one rule."""
    page.line((rule.code, STYLES[rule.severity]), "  ", (rule.name, "bold"))
    page.line(f"{rule.title}.")
    page.line((f"{title_of(rule.topic)}, {rule.severity.label}, since {rule.since}", "dim"))
    for heading, text in sections_of(rule.explanation).items():
        page.blank()
        page.line((heading, "bold"))
        for block in re.split(r"\n\s*\n", text):
            _write_block(page, block)
    return page.text()


def write_list(page: Page, rules: Iterable[Rule]) -> str:
    """Write one line for each rule, below the headings of their topics."""
    topic = ""
    for rule in rules:
        if rule.topic != topic:
            if topic:
                page.blank()
            topic = rule.topic
            page.line((title_of(topic), "bold"))
        lead = f"{rule.code:<9}"
        page.line((lead, STYLES[rule.severity]), rule.title, indent=2, hang=len(lead))
    return page.text()


def _write_block(page: Page, block: str) -> None:
    """Write a paragraph, the items of a list, or lines of code that are not to be wrapped."""
    lines = block.splitlines()
    if all(line.startswith("    ") for line in lines):
        for line in lines:
            page.verbatim(line.strip(), "cyan", indent=6)
        return
    for item in re.split(r"\n(?=- )", block):
        words = " ".join(item.split())
        if words.startswith("- "):
            page.line("- ", words[2:], indent=2, hang=2)
        else:
            page.line(words, indent=2)

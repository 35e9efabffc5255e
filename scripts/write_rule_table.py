#!/usr/bin/env python3
"""Write the table of the rules' topics into the README; with --check, only say whether it is current.

The table stands between the lines `<!-- rules:begin -->` and `<!-- rules:end -->`.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections import Counter
from pathlib import Path

from doctor.core.errors import DoctorError
from doctor.core.rule import Rule
from doctor.engine.catalogue import load, module_names
from doctor.formats.topics import TOPICS, title_of

README = Path(__file__).resolve().parent.parent / "README.md"
BEGIN, END = "<!-- rules:begin -->", "<!-- rules:end -->"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when the table is not current")
    parser.add_argument("--readme", type=Path, default=README, help="the file that holds the markers")
    options = parser.parse_args()
    before = options.readme.read_text(encoding="utf-8")
    try:
        after = insert(before, table([load(code) for code in module_names()]))
    except DoctorError as error:
        print(f"error: {options.readme}: {error.message}", file=sys.stderr)
        return 2
    if before == after:
        return 0
    if options.check:
        print(f"not current: the table of rules in {options.readme}; scripts/write_rule_table.py writes it")
        return 1
    options.readme.write_text(after, encoding="utf-8")
    return 0


def table(rules: list[Rule]) -> str:
    """Write one row for each topic: its codes, how many they are, and what its package says that it judges."""
    counts = Counter(rule.topic for rule in rules)
    topics = [topic for topic in (*TOPICS, *sorted(counts.keys() - TOPICS.keys())) if topic in counts]
    rows = [f"| {_link(topic)} | `{topic}` | {counts[topic]} | {_says(topic)} |" for topic in topics]
    return "\n".join(["| Topic | Codes | Rules | What is judged |", "| --- | --- | --- | --- |", *rows])


def _link(topic: str) -> str:
    title = title_of(topic)
    return f"[{title}](docs/rules/README.md#{title.lower().replace(' ', '-')})"


def _says(topic: str) -> str:
    package = importlib.import_module(f"doctor.rules.{topic.lower()}")
    return (package.__doc__ or "").strip().splitlines()[0].replace("|", "\\|")


def insert(text: str, content: str) -> str:
    """Replace what stands between the markers."""
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise DoctorError(f"it must hold {BEGIN} and, after it, {END}, each once")
    head, _, rest = text.partition(BEGIN)
    return f"{head}{BEGIN}\n{content}\n{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    sys.exit(main())

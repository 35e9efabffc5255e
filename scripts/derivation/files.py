"""The files of the matrix, as text: sorted, one thing a line, so that a new release gives a readable difference."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

SCHEMA = 1
SHOWN = 40
"""Lines of a difference that are printed."""
HEAD = """\
# {title}
# Written by scripts/derive_matrix.py {source}.
# A value holds from the release that it stands with until the next one of its table.
schema = {schema}
"""


def json_file(parts: Mapping[str, Any]) -> str:
    """JSON whose dictionaries of the first level have one entry a line."""
    lines = []
    for name, value in {"schema": SCHEMA, **parts}.items():
        if isinstance(value, Mapping):
            entries = [f"{_compact(key)}:{_compact(item)}" for key, item in value.items()]
            body = "{\n" + ",\n".join(entries) + "\n}"
        else:
            body = _compact(value)
        lines.append(f"{_compact(name)}:{body}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def since_file(title: str, source: str, tables: Mapping[str, tuple[str, Mapping[str, Any]]]) -> str:
    """TOML with a table for each value, headed by what it is."""
    text = HEAD.format(title=title, source=source, schema=SCHEMA)
    for name, (meaning, table) in tables.items():
        text += f"\n# {meaning}\n[{name}]\n"
        text += "".join(f"{_compact(since)} = {_toml(value)}\n" for since, value in table.items())
    return text


def put(path: Path, text: str, *, check: bool) -> bool:
    """Write a file, or with `check` print how it differs; returns whether it was not current."""
    before = path.read_text(encoding="utf-8") if path.is_file() else ""
    if before == text:
        return False
    if check:
        print(f"not current: {path.name}")
        difference = list(difflib.unified_diff(before.splitlines(), text.splitlines(), lineterm="", n=0))
        print("\n".join(line[:200] for line in difference[2 : 2 + SHOWN]))
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"written: {path.name}")
    return True


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _toml(value: Any) -> str:
    # What is written are texts, numbers and arrays of them, which TOML spells as JSON does.
    return json.dumps(value, ensure_ascii=False)

"""The mutants that nothing can notice, with the reason of each."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LIST = Path(__file__).parent / "equivalent.toml"


@cache
def equivalents() -> list[dict[str, Any]]:
    """Each entry: `source`, `mutants` (as they are printed) and `why`."""
    found: list[dict[str, Any]] = tomllib.loads(LIST.read_text(encoding="utf-8")).get("equivalent", [])
    return found


def explained_in(source: str) -> set[str]:
    """The mutants of a source that cannot be noticed."""
    return {mutant for entry in equivalents() if entry["source"] == source for mutant in entry["mutants"]}

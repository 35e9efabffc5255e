#!/usr/bin/env python3
"""Write the pages of docs/ that are made from rules, matrix and the commands' help.

With --check, only say which are not current.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from doctor.core.matrix import Matrix
from doctor.matrix.load import load_matrix
from scripts.documentation.breakages import breakage_pages
from scripts.documentation.commands import command_pages
from scripts.documentation.compatibility import lines
from scripts.documentation.compatibility_page import write_page
from scripts.documentation.compatibility_tables import write_tables
from scripts.documentation.rules import rule_pages
from scripts.documentation.sets import set_pages

DOCS = Path(__file__).resolve().parents[1] / "docs"
OWNED = ("breakages", "commands", "rules", "sets")
"""The folders below docs/ in which every page is written by this program."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a page is not current")
    parser.add_argument("--folder", type=Path, default=DOCS, help="where the pages go")
    options = parser.parse_args()
    wanted = pages(load_matrix())
    stale = [name for name, text in wanted.items() if not _holds(options.folder / name, text)]
    superfluous = [name for name in _present(options.folder) if name not in wanted]
    for name in [*stale, *superfluous]:
        print(f"{'not current' if options.check else 'written'}: {name}")
        if not options.check:
            _write(options.folder / name, wanted.get(name))
    return 1 if options.check and (stale or superfluous) else 0


def pages(matrix: Matrix) -> dict[str, str]:
    """Every page, by its path below docs/."""
    releases = lines(matrix)
    tables = {"compatibility.md": write_tables(matrix, releases), "compatibility.html": write_page(matrix, releases)}
    return {**tables, **command_pages(), **rule_pages(matrix), **set_pages(matrix), **breakage_pages(matrix)}


def _present(folder: Path) -> list[str]:
    found = (path for name in OWNED for path in (folder / name).rglob("*") if path.is_file())
    return sorted(str(path.relative_to(folder)) for path in found)


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def _write(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


if __name__ == "__main__":
    sys.exit(main())

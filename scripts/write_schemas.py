#!/usr/bin/env python3
"""Write the JSON Schemas that the package ships; with --check, only say whether they are current."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from doctor.formats.schema import generate

FOLDER = Path(__file__).resolve().parent.parent / "doctor" / "formats" / "schemas"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file is not current")
    check = parser.parse_args().check
    wanted = generate()
    stale = [name for name, text in wanted.items() if not _holds(FOLDER / name, text)]
    stale += [path.name for path in FOLDER.glob("*.json") if path.name not in wanted]
    for name in stale:
        print(f"{'not current' if check else 'written'}: doctor/formats/schemas/{name}")
        if not check:
            _write(FOLDER / name, wanted.get(name))
    return 1 if check and stale else 0


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def _write(path: Path, text: str | None) -> None:
    if text is None:
        path.unlink()
    else:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

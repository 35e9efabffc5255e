"""Measure which statements and branches of doctor the tests reach, those of its child processes and probes too.

    python scripts/measure_coverage.py --write docs/coverage.md        # the whole suite
    python scripts/measure_coverage.py tests/core tests/cli            # these anew, beside what is kept
    python scripts/measure_coverage.py --kept --write docs/coverage.md # no test, only the page

Each PART, a folder or a file of tests, is a run of pytest of its own, and what it reached is kept in --folder: the
suite can be measured in pieces. What was measured of other sources than those that lie here is left out, and named.
The exit code is 1 where a test failed or a goal is missed, and 2 where nothing was measured.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from scripts.covering.page import missed_goals, write_page
from scripts.covering.runs import fingerprint, kept_runs, measure, reached

ROOT = Path(__file__).resolve().parents[1]


def parts_of(root: Path) -> list[str]:
    """The parts of the suite: each folder of tests, and the files beside them as one."""
    folders = {path.relative_to(root).parts[1] for path in (root / "tests").glob("*/**/test_*.py")}
    return ["tests/test_*.py", *(f"tests/{name}" for name in sorted(folders))]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the parts, and print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help="tests to measure (all of them)")
    parser.add_argument("--kept", action="store_true", help="run no test: tell of what is kept")
    parser.add_argument("--processes", default="0", help="how many processes run the tests (as -n of pytest-xdist)")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "coverage", help="where measurements are kept")
    parser.add_argument("--write", type=Path, help="write the Markdown page there instead of printing it")
    options = parser.parse_args(arguments)
    for part in options.parts:
        # Without a test that is named pytest would run all of them.
        if Path(part).is_absolute() or not any(ROOT.glob(part)):
            parser.error(f"there is no test {part} below {ROOT}")
    for part in [] if options.kept else options.parts or parts_of(ROOT):
        started = time.monotonic()
        run = measure(part, ROOT, options.folder, options.processes)
        print(f"{part}: {run.told} ({time.monotonic() - started:.0f} s with coverage)", file=sys.stderr, flush=True)
    sources = fingerprint(ROOT)
    runs = kept_runs(options.folder)
    current = [run for run in runs if run.sources == sources]
    for run in runs:
        if run not in current:
            print(f"left out: {run.part}, which was measured of other sources", file=sys.stderr)
    if not current:
        print("error: nothing was measured of these sources", file=sys.stderr)
        return 2
    files = reached(current, ROOT, options.folder)
    page = write_page(files, current, parts_of(ROOT))
    if options.write:
        options.write.write_text(page, encoding="utf-8")
    else:
        print(page, end="")
    return 1 if missed_goals(files) or any(run.status for run in current) else 0


if __name__ == "__main__":
    sys.exit(main())

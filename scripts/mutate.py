#!/usr/bin/env python3
"""Tries whether the tests notice small faults: ``python scripts/mutate.py [PATH ...] --seconds N``.

Every source below the given paths (by default the engine, the core, the rules and the remedies) is changed in one place
at a time, and the tests of its own file run; what no test notices is printed. A rule costs a second and some hundredths
for each mutant. Survivors of rules are tried again with the laws over all rules. A run that was ended goes on where it
was, from what lies in --results; what a whole run found is kept in --kept, and is tried again where the code or its
tests have changed. ``--open`` tries only what was not noticed, after new tests.

What cannot be noticed is explained in `scripts/mutating/equivalent.toml`; ``--write`` writes docs/mutation.md.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from scripts.mutating.mapping import ROOT, files_that_test
from scripts.mutating.page import write_page
from scripts.mutating.results import try_source
from scripts.mutating.tried import KEPT, Tried, keep, of_results, read_tried

DEFAULT = ("doctor/engine", "doctor/core", "doctor/rules", "doctor/remedy")


def main() -> int:
    """Try the chosen sources; return 1 where a mutant survived that nothing explains, or one was not tried."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", metavar="PATH", default=DEFAULT)
    parser.add_argument("--seconds", type=int, default=3600, help="begin no mutant after that time")
    parser.add_argument("--results", type=Path, default=ROOT / "build" / "mutation")
    parser.add_argument("--kept", type=Path, default=KEPT, help="what was tried to its end, a line a source")
    parser.add_argument("--again", action="store_true", help="try again what was tried with the same source and tests")
    parser.add_argument("--open", action="store_true", help="of what was tried, try only what was not noticed")
    parser.add_argument("--write", action="store_true", help="try nothing; write docs/mutation.md from what was tried")
    options = parser.parse_args()
    if options.write:
        page = write_page(read_tried(options.kept).values(), sources(DEFAULT))
        (ROOT / "docs" / "mutation.md").write_text(page, encoding="utf-8")
        return 0
    until = time.monotonic() + options.seconds
    left = 0
    for source in sources(options.paths):
        before = read_tried(options.kept).get(source)
        if options.open and not (before and before.counts and before.unexplained):
            continue
        if not files_that_test(source):
            print(f"{source}: no test is known for it")
        elif before and before.is_current and not (options.again or options.open):
            left += _tell(before)
        else:
            left += _try(source, options, until, before if options.open else None)
        if time.monotonic() > until:
            print("the time is over")
            break
    return 1 if left else 0


def sources(paths: Sequence[str]) -> list[str]:
    """The sources below the paths, in the order of the paths."""
    found = [
        path for name in paths for path in ([Path(name)] if name.endswith(".py") else sorted(Path(name).rglob("*.py")))
    ]
    return list(dict.fromkeys(str(path.resolve().relative_to(ROOT)) for path in found if path.name != "__init__.py"))


def _try(source: str, options: argparse.Namespace, until: float, before: Tried | None) -> int:
    results = try_source(source, options.results, until, before.left if before else None)
    found = of_results(results, before)
    if not results.failures:
        keep([found], options.kept)
    return _tell(found, *results.failures) + len(results.failures)


def _tell(found: Tried, *failures: str) -> int:
    print(
        f"{found.source}: {found.killed + len(found.left)} mutants, {found.killed} killed, "
        f"{len(found.unexplained)} survived, {len(found.left) - len(found.unexplained)} cannot be noticed"
        f"{''.join(f'; {word}' for word in failures)}",
        flush=True,
    )
    for mutant in found.unexplained:
        print(f"    {found.place(mutant)} {mutant}{'' if mutant in found.survived else ' (not reached)'}", flush=True)
    return len(found.unexplained)


if __name__ == "__main__":
    sys.exit(main())

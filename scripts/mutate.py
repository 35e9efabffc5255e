#!/usr/bin/env python3
"""Tries whether the tests notice small faults: ``python scripts/mutate.py [PATH ...] --seconds N``.

Every source below the given paths (by default the engine, the core and the rules) is changed in one place at a time,
and the tests of its own file run; what no test notices is printed. A rule costs a second and some hundredths for each
mutant. Survivors of rules are tried again with the laws over all rules. Results are kept in --results, so that a run
goes on where the last one ended; a source or a test that has changed is tried again.

What cannot be noticed is explained in `scripts/mutating/equivalent.toml`; ``--write`` writes docs/mutation.md, from
the results of several checkouts where ``--and FOLDER`` names those of the others.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from scripts.mutating.mapping import ROOT, files_that_test
from scripts.mutating.page import write_page
from scripts.mutating.results import Results, is_current, read_results, try_source

DEFAULT = ("doctor/engine", "doctor/core", "doctor/rules")


def main() -> int:
    """Try the chosen sources; return 1 where a mutant survived that nothing explains."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", metavar="PATH", default=DEFAULT)
    parser.add_argument("--seconds", type=int, default=3600, help="begin no mutant after that time")
    parser.add_argument("--results", type=Path, default=ROOT / "build" / "mutation")
    parser.add_argument("--and", dest="others", type=Path, action="append", default=[], metavar="FOLDER")
    parser.add_argument("--again", action="store_true", help="try again what was tried with the same source and tests")
    parser.add_argument("--write", action="store_true", help="try nothing; write docs/mutation.md from the results")
    options = parser.parse_args()
    if options.write:
        page = write_page(_current([options.results, *options.others]))
        (ROOT / "docs" / "mutation.md").write_text(page, encoding="utf-8")
        return 0
    until = time.monotonic() + options.seconds
    left = 0
    for source in _sources(options.paths):
        if not files_that_test(source):
            print(f"{source}: no test is known for it")
            continue
        results = try_source(source, options.results, until, options.again)
        left += _tell(results)
        if time.monotonic() > until:
            print("the time is over")
            break
    return 1 if left else 0


def _current(folders: list[Path]) -> list[Results]:
    """What the folders hold of sources and tests as they are; a source that several have tried counts once."""
    found: dict[str, Results] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*.jsonl")):
            source = f"{path.relative_to(folder).with_suffix('.py')}"
            if source not in found and is_current(source, folder):
                found[source] = read_results(source, folder)
    return list(found.values())


def _sources(paths: list[str]) -> list[str]:
    """The sources below the paths, in the order of the paths."""
    found = [
        path for name in paths for path in ([Path(name)] if name.endswith(".py") else sorted(Path(name).rglob("*.py")))
    ]
    return list(dict.fromkeys(str(path.resolve().relative_to(ROOT)) for path in found if path.name != "__init__.py"))


def _tell(results: Results) -> int:
    unexplained = results.unexplained()
    print(
        f"{results.source}: {len(results.of)} mutants, {results.killed} killed, {len(unexplained)} survived, "
        f"{results.explained} cannot be noticed{''.join(f'; {word}' for word in results.failures)}",
        flush=True,
    )
    for entry in unexplained:
        print(f"    {results.source}:{entry['line']} {entry['mutant']} ({entry['result']})", flush=True)
    return len(unexplained)


if __name__ == "__main__":
    sys.exit(main())

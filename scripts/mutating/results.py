"""Results of trials: lines of JSON for each source, with the state of it and its tests that they are of."""

from __future__ import annotations

import functools
import json
import os
import sys
import traceback
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.mutating.equivalent import explained_in
from scripts.mutating.mapping import ROOT, codes_of, files_beside, files_that_test, laws_of_topic
from scripts.mutating.operators import identity, numbered
from scripts.mutating.state import state_of_code, state_of_tests

LAWS = ["tests/test_laws.py", "tests/test_fleet_laws.py"]


@dataclass(slots=True)
class Results:
    """What became of each mutant of a source."""

    source: str
    code: str = ""
    tests: str = ""
    of: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    @property
    def killed(self) -> int:
        """How many were noticed."""
        return sum(entry["result"].startswith("killed") for entry in self.of.values())

    @property
    def explained(self) -> int:
        """How many were not, because nothing can notice them."""
        return len(self._survivors()) - len(self.unexplained())

    def unexplained(self) -> list[dict[str, Any]]:
        """Those that a test should notice."""
        known = explained_in(self.source)
        return [entry for entry in self._survivors() if entry["mutant"] not in known]

    def _survivors(self) -> list[dict[str, Any]]:
        return [entry for entry in self.of.values() if not entry["result"].startswith("killed")]


def read_results(source: str, folder: Path) -> Results:
    """What is kept of a source."""
    results = Results(source)
    path = _kept(source, folder)
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        entry = json.loads(line)
        if "failed" in entry:
            results.failures.append(entry["failed"])
        elif "code" in entry:
            results.code, results.tests = entry["code"], entry["tests"]
        elif "mutant" in entry and (entry["mutant"] not in results.of or entry["result"].startswith("killed")):
            results.of[entry["mutant"]] = entry
    return results


def try_source(source: str, folder: Path, until: float, only: Collection[str] | None = None) -> Results:
    """Try the mutants of a source, or `only` some; a run that was ended before goes on where it was."""
    path = _kept(source, folder)
    head = {"code": state_of_code(source), "tests": state_of_tests(source), "only": only and sorted(only)}
    first = json.dumps(head) + "\n"
    begun = path.read_text(encoding="utf-8") if path.is_file() else ""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [line for line in begun.splitlines(keepends=True) if '"failed"' not in line]
    path.write_text("".join(lines) if begun.startswith(first) else first, encoding="utf-8")
    wanted = frozenset(all_mutants(source) if only is None else only)
    _fork(source, files_that_test(source), path, wanted - read_results(source, folder).of.keys(), until)
    codes = codes_of(source) if source.startswith("doctor/rules/") else []
    for more in (files_beside(source), [*laws_of_topic(source), *LAWS] if codes else []):
        survivors = read_results(source, folder).unexplained()
        if survivors and more:
            _fork(source, more, path, frozenset(entry["mutant"] for entry in survivors), until, codes)
    return read_results(source, folder)


def all_mutants(source: str) -> list[str]:
    """Each mutant of a source as it is printed."""
    text = (ROOT / source).read_text(encoding="utf-8")
    return [identity(mutant, number) for mutant, number in numbered(text)]


def _fork(
    source: str, tests: list[str], path: Path, only: frozenset[str], until: float, codes: list[str] | None = None
) -> None:
    """Try in a process of its own, which inherits what is imported here already."""
    if not only:
        return
    import pytest

    from scripts.mutating.trial import Trial

    _keep_matrix()
    sys.stdout.flush()
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return
    try:
        os.chdir(ROOT)
        quiet = ["-q", "-p", "no:xdist", "-p", "no:cacheprovider", "--no-header", "--no-summary", "--capture=fd"]
        output = os.open(os.devnull, os.O_WRONLY)
        os.dup2(output, 1)
        pytest.main([*quiet, *tests], plugins=[Trial(source, codes or [], path, only, until)])
    except BaseException:  # noqa: BLE001 - a fork must not go on as its parent
        traceback.print_exc()
    finally:
        os._exit(0)


@functools.cache
def _keep_matrix() -> None:
    """Read the shipped matrix once for all: fixtures end with each test, and a checkout reads TOML for a second."""
    import doctor.matrix.load

    doctor.matrix.load.shipped_part = functools.cache(doctor.matrix.load.shipped_part)
    doctor.matrix.load.load_matrix()


def _kept(source: str, folder: Path) -> Path:
    return folder / f"{source.removesuffix('.py')}.jsonl"

"""Results of trials: lines of JSON for each source, valid as long as it and its tests stay as they are."""

from __future__ import annotations

import json
import os
import sys
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.mutating.equivalent import explained_in
from scripts.mutating.mapping import ROOT, codes_of, files_beside, files_that_test, laws_of_topic
from scripts.mutating.state import state_of_code, state_of_tests

WHOLE = json.dumps({"whole": True}) + "\n"
"""The last line: without it the run was ended before."""

LAWS = ["tests/test_laws.py", "tests/test_fleet_laws.py"]


@dataclass(slots=True)
class Results:
    """What became of each mutant of a source."""

    source: str
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
        elif "mutant" in entry and (entry["mutant"] not in results.of or entry["result"].startswith("killed")):
            results.of[entry["mutant"]] = entry
    return results


def is_current(source: str, folder: Path) -> bool:
    """Whether what is kept of a source was found with it and its tests as they are."""
    path = _kept(source, folder)
    if not (ROOT / source).is_file() or not path.is_file():
        return False
    kept = path.read_text(encoding="utf-8")
    return kept.startswith(_head(source)) and kept.endswith(WHOLE)


def _head(source: str) -> str:
    return json.dumps({"code": state_of_code(source), "tests": state_of_tests(source)})


def try_source(source: str, folder: Path, until: float, again: bool) -> Results:
    """Try the mutants of a source, unless that was done with the same source and tests."""
    tests = files_that_test(source)
    path = _kept(source, folder)
    if is_current(source, folder) and not again:
        return read_results(source, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_head(source) + "\n", encoding="utf-8")
    _fork(source, tests, path, None, until)
    codes = codes_of(source) if source.startswith("doctor/rules/") else []
    for more in (files_beside(source), [*laws_of_topic(source), *LAWS] if codes else []):
        survivors = read_results(source, folder).unexplained()
        if survivors and more:
            _fork(source, more, path, frozenset(entry["mutant"] for entry in survivors), until, codes)
    results = read_results(source, folder)
    if not results.failures:
        with path.open("a", encoding="utf-8") as kept:
            kept.write(WHOLE)
    return results


def _fork(
    source: str, tests: list[str], path: Path, only: frozenset[str] | None, until: float, codes: list[str] | None = None
) -> None:
    """Try in a process of its own, which inherits what is imported here already."""
    import pytest

    import doctor.matrix.load
    from scripts.mutating.trial import Trial

    doctor.matrix.load.load_matrix()
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


def _kept(source: str, folder: Path) -> Path:
    return folder / f"{source.removesuffix('.py')}.jsonl"

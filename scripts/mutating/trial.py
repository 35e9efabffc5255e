"""Trying the mutants of one source: its tests are collected once, and each mutant runs them in a fork.

A fork is given the changed code by putting it into the functions that are loaded: nothing is written, nothing
imported again, and a mutant costs what its tests cost. A trace of the sound run tells which tests reach which line.
"""

from __future__ import annotations

import functools
import gc
import json
import os
import resource
import signal
import sys
import time
import types
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import coverage
import hypothesis
import pytest
from _pytest.runner import runtestprotocol

from scripts.mutating.mapping import ROOT
from scripts.mutating.operators import Mutant, identity, numbered

KEPT_CACHES = ("doctor.matrix", "tests.matrix", "tests.breakages")
"""Modules whose caches hold the matrix, which no mutant of another layer changes, and which is slow to load."""

KEPT_ANSWERS = ("Matrix", "Snapshot")
"""What the functions of tests keep that say it in their annotation: the same matrix, and facts that no rule makes."""

PATIENCE = 5.0
"""How many times the processor time of the sound run a mutant may take before it counts as killed, at least `LEAST`
seconds: the trace makes the sound run slow."""

LEAST = 10.0


class Trial:
    """A plugin of pytest that runs the collected tests soundly, and then once for every mutant."""

    def __init__(self, source: str, codes: Sequence[str], output: Path, only: frozenset[str], until: float) -> None:
        self._path = str(ROOT / source)
        self._codes = codes
        self._output = output
        self._only = only
        self._until = until
        self._failed = False
        self._reached: dict[int, list[pytest.Item]] = {}
        self._cost: dict[pytest.Item, float] = {}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Of the laws over all rules, keep those of the rules concerned."""
        items[:] = [item for item in items if self._concerns(item.nodeid)]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember a failure."""
        self._failed = self._failed or report.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Try all mutants; this takes the place of running the tests."""
        # Where a test fails is of no interest, so that nothing is made smaller.
        phases = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
        hypothesis.settings.register_profile(
            "mutation", hypothesis.settings(), max_examples=25, derandomize=True, database=None, phases=phases
        )
        hypothesis.settings.load_profile("mutation")
        if session.testsfailed or not session.items:
            self._write({"failed": "no test, or tests that cannot be imported"})
            return True
        started = time.process_time()
        self._observe(session.items)
        if self._failed:
            self._write({"failed": "tests fail without any change"})
            return True
        patience = max(LEAST, PATIENCE * (time.process_time() - started))
        functions = _functions(self._path)
        _forget()
        gc.freeze()
        for mutant, number in numbered(Path(self._path).read_text(encoding="utf-8")):
            name = identity(mutant, number)
            if name not in self._only:
                continue
            if time.monotonic() > self._until:
                self._write({"failed": "the time is over"})
                break
            items = self._tests_that_reach(mutant, session.items)
            result = self._try(mutant, functions, items, patience) if items else "not reached"
            self._write({"line": mutant.first, "mutant": name, "result": result})
        return True

    def _concerns(self, nodeid: str) -> bool:
        laws = nodeid.startswith(("tests/test_laws.py", "tests/test_fleet_laws.py")) or "/test_every_rule.py" in nodeid
        return not laws or any(code in nodeid for code in self._codes)

    def _write(self, entry: dict[str, Any]) -> None:
        with self._output.open("a", encoding="utf-8") as output:
            output.write(json.dumps(entry) + "\n")

    def _observe(self, items: Sequence[pytest.Item]) -> None:
        """Run the tests as they are, and note what each costs and which lines of the source it reaches."""
        # Its tracer is compiled: one of Python makes the tests of a rule three times as slow.
        observer = coverage.Coverage(data_file=None, config_file=False, include=[self._path], messages=False)
        observer.start()
        try:
            for item in items:
                _forget()
                observer.switch_context(item.nodeid)
                started = time.process_time()
                _run(item)
                self._cost[item] = time.process_time() - started
        finally:
            observer.stop()
        by_name = {item.nodeid: item for item in items}
        for line, names in observer.get_data().contexts_by_lineno(self._path).items():
            self._reached[line] = [by_name[name] for name in names if name in by_name]

    def _tests_that_reach(self, mutant: Mutant, items: list[pytest.Item]) -> list[pytest.Item]:
        """The tests that run a line of the mutant, the cheapest first; all of them for a constant of the module.

        In a fork nothing tells which lines are run: of a source that makes some, all tests may run any line.
        """
        if mutant.statement is not None:
            return sorted(items, key=self._cost.__getitem__)
        found = {item for line in range(mutant.first, mutant.last + 1) for item in self._reached.get(line, ())}
        if not found and "os.fork(" in Path(self._path).read_text(encoding="utf-8"):
            found = {*items}
        return sorted(found, key=self._cost.__getitem__)

    def _try(
        self, mutant: Mutant, functions: list[types.FunctionType], items: list[pytest.Item], patience: float
    ) -> str:
        code = compile(mutant.tree, self._path, "exec")
        child = os.fork()
        if child == 0:
            status = 70
            try:
                os.setpgid(0, 0)
                _limit(patience)
                _install(mutant, code, functions)
                status = 0 if self._survives(items) else 1
            except BaseException:  # noqa: BLE001 - a mutant that ends its test run is noticed
                status = 1
            finally:
                os._exit(status)
        with suppress(OSError):
            os.setpgid(child, child)
        return _wait(child, patience)

    def _survives(self, items: list[pytest.Item]) -> bool:
        for item in items:
            _run(item)
            if self._failed:
                return False
        return True


def _run(item: pytest.Item) -> None:
    # A second run needs a fresh request, as pytest-rerunfailures makes it.
    if hasattr(item, "_initrequest"):
        item._initrequest()
    for report in runtestprotocol(item, nextitem=None, log=False):
        item.ihook.pytest_runtest_logreport(report=report)


def _functions(path: str) -> list[types.FunctionType]:
    """All functions of a source that are alive, those inside others and behind decorators included."""
    return [
        found
        for found in gc.get_objects()
        if isinstance(found, types.FunctionType) and found.__code__.co_filename == path
    ]


def _name_of(code: types.CodeType) -> tuple[str, int]:
    return code.co_qualname, code.co_firstlineno  # type: ignore[attr-defined]  # since Python 3.11, which this needs


def _install(mutant: Mutant, code: types.CodeType, functions: list[types.FunctionType]) -> None:
    """Put the changed code into the living functions, or the changed value where the old constant is."""
    changed = {_name_of(part): part for part in _parts(code)}
    for function in functions:
        key = _name_of(function.__code__)
        if key in changed and changed[key] != function.__code__:
            function.__code__ = changed[key]
    if mutant.statement is not None:
        _rebind(mutant, code.co_filename)


def _forget() -> None:
    """Empty the caches of functions, which may hold what the sound code has answered."""
    for item in gc.get_objects():
        if isinstance(item, functools._lru_cache_wrapper):
            module = str(item.__module__)
            if module.startswith(("doctor", "tests")) and not (
                module.startswith(KEPT_CACHES)
                or (module.startswith("tests") and item.__annotations__.get("return") in KEPT_ANSWERS)
            ):
                item.cache_clear()


def _parts(code: types.CodeType) -> Iterator[types.CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield constant
            yield from _parts(constant)


def _rebind(mutant: Mutant, path: str) -> None:
    import ast

    [home] = [module for module in list(sys.modules.values()) if getattr(module, "__file__", None) == path]
    old = dict(vars(home))
    assert mutant.statement is not None
    exec(compile(ast.Module([mutant.statement], []), path, "exec"), vars(home))
    for name, value in old.items():
        new = vars(home).get(name)
        if new is not value:
            for module in list(sys.modules.values()):
                if getattr(module, name, None) is value and module.__name__.startswith(("doctor", "tests")):
                    setattr(module, name, new)


def _limit(seconds: float) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)


def _wait(child: int, patience: float) -> str:
    """What became of a mutant. Processor time is limited in the child; the wall counts for what waits for ever."""
    ends = time.monotonic() + 10 * patience
    result = "killed (too slow)"
    while time.monotonic() < ends:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            if os.WIFSIGNALED(status):
                return "killed (signal)"
            return "survived" if status == 0 else "killed"
        time.sleep(0.002)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return result

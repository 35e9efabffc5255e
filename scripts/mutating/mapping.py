"""Which tests are to notice a fault in a source: those named after it, or those of what imports it."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from doctor.core.rule import RULE_MODULE

ROOT = Path(__file__).resolve().parents[2]

BESIDE = {
    "doctor/engine/guard.py": (
        "tests/engine/test_guard.py",
        "tests/engine/test_guard_limits.py",
        "tests/engine/test_interrupted.py",
    ),
    "doctor/engine/judge.py": (
        "tests/engine/test_judge.py",
        "tests/engine/test_judge_laws.py",
        "tests/engine/test_index.py",
    ),
    "doctor/engine/symptom.py": ("tests/engine/test_symptom.py", "tests/engine/test_diagnose.py"),
    "doctor/engine/calls.py": ("tests/engine/test_calls.py", "tests/engine/test_configs.py"),
    "doctor/engine/imports.py": ("tests/engine/test_imports.py", "tests/engine/test_calls.py"),
    "doctor/engine/matches.py": ("tests/engine/test_diagnose.py", "tests/engine/test_imports.py"),
    "doctor/engine/placeholders.py": ("tests/engine/test_placeholders.py", "tests/engine/test_diagnose.py"),
}
"""Tests that cannot be found by a name."""

QUICK = ("core", "engine", "rules", "intake", "formats", "matrix", "serving", "breakages", "fleet", "remedy", "probes")
"""Folders of tests/ in which a test of a shared module may lie: what runs whole programs is too slow to ask."""

SLOW = (
    "test_ray",
    "test_html",
    "test_interrupted",
    "test_guard",
    "test_monotone",
    "test_examine",
    "test_examples",
    "test_defects",
)
"""Beginnings of the names of tests that take long, or run programs: they are asked for sources of their name only."""

MOST = 8
"""Test files that are asked at most for one source."""


def files_that_test(source: str) -> list[str]:
    """The test files for a source, both as paths below the root, the one of the same name first."""
    if source in BESIDE:
        return list(BESIDE[source])
    path = Path(source)
    code = code_of(source)
    folder = Path("tests", *path.parts[1:-1])
    own = folder / f"test_{code.lower() if code else path.stem}.py"
    found = [str(own)] if (ROOT / own).is_file() else []
    # Many tests are split by subject.
    found += sorted(str(folder / path.name) for path in (ROOT / folder).glob(f"{own.stem}_*.py"))
    return found or _tests_of_users(source)[:MOST]


def files_beside(source: str) -> list[str]:
    """The tests of what uses a source: they may notice what its own tests do not. Rules have the laws for that."""
    if code_of(source):
        return []
    own = files_that_test(source)
    return [test for test in _tests_of_users(source) if test not in own][:MOST]


def laws_of_topic(source: str) -> list[str]:
    """The tests that hold something for every rule of a source's topic, where it has such."""
    tests = Path("tests", *Path(source).parts[1:-1], "test_every_rule.py")
    return [str(tests)] if (ROOT / tests).is_file() else []


def codes_of(source: str) -> list[str]:
    """The codes of the rules that a source is, or that use it."""
    code = code_of(source)
    return [code] if code else sorted({found for user in _users(source) if (found := code_of(user))})


def code_of(source: str) -> str | None:
    """The code of the rule in a source."""
    match = RULE_MODULE.match(Path(source).stem)
    return f"{match['topic']}{match['number']}".upper() if match and source.startswith("doctor/rules/") else None


def _tests_of_users(source: str) -> list[str]:
    """Tests that import the source, and those of the rules that do; the most pertinent first."""
    module = _module(source)
    direct = [test for test in _quick_tests() if module in _imports(test)]
    rules = [files_that_test(user)[0] for user in _users(source) if code_of(user) and files_that_test(user)]
    return list(dict.fromkeys([*direct, *rules])) or [
        test for user in _users(source) for test in _quick_tests() if _module(user) in _imports(test)
    ]


def _users(source: str) -> list[str]:
    """The sources that import a source, directly or through one of its own folder."""
    users: list[str] = []
    waiting = [_module(source)]
    while waiting:
        module = waiting.pop()
        for other in _sources():
            if other not in users and module in _imports(other):
                users.append(other)
                if code_of(other) is None and Path(other).parent == Path(source).parent:
                    waiting.append(_module(other))
    return users


def _module(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


@cache
def _sources() -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / "doctor").rglob("*.py"))


@cache
def _quick_tests() -> list[str]:
    found = (path for name in QUICK for path in sorted((ROOT / "tests" / name).rglob("test_*.py")))
    return [str(path.relative_to(ROOT)) for path in found if not path.name.startswith(SLOW)]


@cache
def _imports(path: str) -> frozenset[str]:
    """The modules that a file imports, those of its functions too, and ``package.name`` for each name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return frozenset(found)

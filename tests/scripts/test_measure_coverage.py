"""Measuring which branches the tests reach: in child processes too, in pieces, and told by package."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from scripts.covering.page import by_package, goal_of, missed_goals, percent, write_page
from scripts.covering.runs import Run, fingerprint, kept_runs, measure, reached
from scripts.measure_coverage import ROOT, main, parts_of

SOURCE = """\
import os
import sys


def sign(number):
    if number > 0:
        return 1
    if number < 0:
        return -1
    return 0


if __name__ == "__main__":
    sign(int(sys.argv[1]))
    os._exit(0)
"""

TEST = """\
import subprocess
import sys

from doctor.core.sign import sign


def test_here():
    assert sign(3) == 1


def test_in_a_child_that_ends_at_once():
    assert subprocess.run([sys.executable, "-m", "doctor.core.sign", "-3"]).returncode == 0


def test_that_fails():
    assert sign(3) == -1
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A package of one module, with a test that calls it and one that runs it, measured as doctor is."""
    whole = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    settings = whole[whole.index("[tool.coverage.run]") : whole.index("[tool.importlinter]")]
    files = {"pyproject.toml": settings, "doctor/core/sign.py": SOURCE, "tests/test_sign.py": TEST}
    files |= {f"{folder}/__init__.py": "" for folder in ("doctor", "doctor/core")}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_children_count_failures_are_told_and_what_is_kept_belongs_to_its_sources(project: Path, capsys: Any) -> None:
    kept = project / "kept"
    run = measure("tests/test_*.py", project, kept)
    assert (run.status, run.told[:18]) == (1, "1 failed, 2 passed")
    assert "def test_that_fails" in capsys.readouterr().err
    assert kept_runs(kept) == [run]
    file = reached([run], project, kept)["doctor/core/sign.py"]
    # The child was the one to ask for a number below zero; none asked for 0.
    assert (file["missing_lines"], file["missing_branches"]) == ([10], [[8, 10]])
    with (project / "doctor/core/sign.py").open("a", encoding="utf-8") as source:
        source.write("# one more line\n")
    assert run.sources != fingerprint(project)


def file(statements: int, missing: tuple[int, ...] = (), branches: int = 0, arcs: Any = ()) -> dict[str, Any]:
    summary = {
        "num_statements": statements,
        "covered_lines": statements - len(missing),
        "num_branches": branches,
        "covered_branches": branches - len(arcs),
    }
    return {"summary": summary, "missing_lines": list(missing), "missing_branches": [list(arc) for arc in arcs]}


FILES = {
    "doctor/__init__.py": file(3),
    "doctor/cli/check.py": file(90, branches=10, arcs=((7, 9), (8, -1))),
    "doctor/core/fact.py": file(2000, missing=(5, 6, 7, 9), branches=4, arcs=((4, 5), (9, 10))),
    "doctor/rules/pkg/pkg001.py": file(50, branches=2),
}
RUN = Run(part="tests/core", status=0, told="== 7 passed in 1.00s ==", sources="")


def test_sums_by_package_and_goals() -> None:
    packages = by_package(FILES)
    assert list(packages) == ["", "cli", "core", "rules"]
    assert percent(packages["cli"]) == 98.0
    assert percent({"num_statements": 0, "num_branches": 0, "covered_lines": 0, "covered_branches": 0}) == 100.0
    assert (goal_of("core"), goal_of("cli")) == (100, 90)
    assert missed_goals(FILES) == ["core"]


def test_the_page_says_what_is_missing_and_which_tests_were_not_run() -> None:
    page = write_page(
        FILES, [RUN, dataclasses.replace(RUN, part="tests/cli")], ["tests/cli", "tests/core", "tests/fleet"]
    )
    assert "- `tests/core`: 7 passed in 1.00s\n" in page
    assert "- not measured: `tests/fleet`\n" in page
    assert "| `doctor/cli` | 90 | 90 | 10 | 8 | 98.0 | 90 |" in page
    # Never rounded up: 1998 of 2004 are 99.7, and a goal of 100 is not met by 99.96.
    assert "| `doctor/core` | 2000 | 1996 | 4 | 2 | 99.7 | 100 |" in page
    assert "- `doctor/core/fact.py`: 5-7, 9\n" in page
    assert "- `doctor/cli/check.py`: 7->9, 8->exit\n" in page
    assert "pkg001.py" not in page


def test_the_parts_are_the_whole_suite() -> None:
    found = {path for part in parts_of(ROOT) for path in ROOT.glob(part)}
    tests = set((ROOT / "tests").rglob("test_*.py"))
    assert {path for path in tests if not found & {path, *path.parents}} == set()


@pytest.mark.parametrize("part", ["tests/gone", "/etc"])
def test_a_part_without_tests_is_refused_and_not_taken_for_all(part: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([part])
    assert (ended.value.code, f"there is no test {part}" in capsys.readouterr().err) == (2, True)


def test_where_nothing_was_measured_there_is_no_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "coverage.md"
    assert main(["--kept", "--folder", str(tmp_path / "none"), "--write", str(page)]) == 2
    assert (page.exists(), capsys.readouterr().err) == (False, "error: nothing was measured of these sources\n")

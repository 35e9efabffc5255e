"""The files that scripts write: schemas, and the table of rules in the README."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from doctor.engine.catalogue import load, module_names

ROOT = Path(__file__).resolve().parents[2]


def script(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "scripts" / name, *arguments], capture_output=True, text=True, check=False
    )


def test_the_schemas_are_current():
    done = script("write_schemas.py", "--check")
    assert (done.returncode, done.stdout) == (0, "")


def test_the_table_in_the_readme_is_current():
    done = script("write_rule_table.py", "--check")
    assert (done.returncode, done.stdout) == (0, "")


class TestRuleTable:
    @pytest.fixture
    def readme(self, tmp_path: Path) -> Path:
        path = tmp_path / "README.md"
        path.write_text("# Title\n\n<!-- rules:begin -->\nto be replaced\n<!-- rules:end -->\n\nThe end.\n")
        return path

    def test_replaces_what_stands_between_the_markers(self, readme: Path):
        assert script("write_rule_table.py", "--readme", readme).returncode == 0
        text = readme.read_text()
        assert text.startswith("# Title\n\n<!-- rules:begin -->\n| Code |")
        assert text.endswith("<!-- rules:end -->\n\nThe end.\n")
        assert "to be replaced" not in text
        assert all(f"| {code} | {load(code).name} |" in text for code in module_names())

    def test_check_writes_nothing_and_says_so(self, readme: Path):
        before = readme.read_text()
        assert script("write_rule_table.py", "--readme", readme, "--check").returncode == 1
        assert readme.read_text() == before

    def test_is_settled_after_one_run(self, readme: Path):
        script("write_rule_table.py", "--readme", readme)
        assert script("write_rule_table.py", "--readme", readme, "--check").returncode == 0

    @pytest.mark.parametrize(
        "text", ["", "<!-- rules:begin -->", "<!-- rules:end --><!-- rules:begin -->", "<!-- rules:begin -->" * 2]
    )
    def test_a_readme_without_markers_is_an_error(self, readme: Path, text):
        readme.write_text(text)
        done = script("write_rule_table.py", "--readme", readme)
        assert (done.returncode, readme.read_text()) == (2, text)

"""The files that scripts write: schemas, the table of rules in the README, and the pages of docs/."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from doctor.engine.catalogue import load, module_names
from doctor.matrix.load import load_matrix

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


def test_the_pages_of_the_documentation_are_current():
    done = script("write_docs.py", "--check")
    assert (done.returncode, done.stdout) == (0, ""), "scripts/write_docs.py writes them"


def test_links_between_pages_of_the_documentation_lead_somewhere():
    pages = [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in pages
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
        if not target.startswith(("http://", "https://")) and not (path.parent / target).exists()
    ]
    assert broken == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("docs")
    assert script("write_docs.py", "--folder", path).returncode == 0
    return path


class TestDocs:
    def test_there_is_a_page_for_every_rule_set_and_breakage(self, folder: Path):
        matrix = load_matrix()
        assert {path.stem for path in (folder / "rules").iterdir()} == {"README", *module_names()}
        assert {path.stem for path in (folder / "sets").iterdir()} == {"README", *(row.name for row in matrix.sets)}
        names = {path.stem for path in (folder / "breakages").iterdir()}
        assert names == {"README", *(row.name for row in matrix.breakages)}

    def test_a_page_that_nothing_writes_any_more_is_removed_and_others_are_left(self, folder: Path):
        (folder / "rules" / "OLD001.md").write_text("of a rule that is gone")
        (folder / "by-hand.md").write_text("kept")
        done = script("write_docs.py", "--folder", folder, "--check")
        assert (done.returncode, done.stdout) == (1, "not current: rules/OLD001.md\n")
        assert script("write_docs.py", "--folder", folder).stdout == "written: rules/OLD001.md\n"
        assert not (folder / "rules" / "OLD001.md").exists()
        assert (folder / "by-hand.md").read_text() == "kept"

    def test_a_changed_page_is_written_anew(self, folder: Path):
        page = folder / "sets" / "vllm-0.5.5.md"
        before = page.read_text()
        page.write_text(before + "by hand")
        assert script("write_docs.py", "--folder", folder, "--check").returncode == 1
        script("write_docs.py", "--folder", folder)
        assert page.read_text() == before


class TestRuleTable:
    @pytest.fixture
    def readme(self, tmp_path: Path) -> Path:
        path = tmp_path / "README.md"
        path.write_text("# Title\n\n<!-- rules:begin -->\nto be replaced\n<!-- rules:end -->\n\nThe end.\n")
        return path

    def test_replaces_what_stands_between_the_markers(self, readme: Path):
        assert script("write_rule_table.py", "--readme", readme).returncode == 0
        text = readme.read_text()
        assert text.startswith("# Title\n\n<!-- rules:begin -->\n| Topic |")
        assert text.endswith("<!-- rules:end -->\n\nThe end.\n")
        assert "to be replaced" not in text
        topics = Counter(load(code).topic for code in module_names())
        assert all(f"| `{topic}` | {count} |" in text for topic, count in topics.items())

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

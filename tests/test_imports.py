"""What a command may import: the patient never, and of the rest only what it uses.

After click's own test of its imports. It stands in for a test of the time that a start takes.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from doctor.formats.snapshot import render_snapshot
from tests.bases import base

REPORT = """
import sys
sys.argv = ["doctor", *sys.argv[1:]]
# What site-packages' .pth files import at every start is not doctor's doing.
before = set(sys.modules)
from doctor.cli import main
try:
    main()
except SystemExit:
    pass
found = {name.partition(".")[0] for name in set(sys.modules) - before}
print(*sorted(found - set(sys.stdlib_module_names)), file=sys.stderr)
"""

NETWORK = """
import sys
from doctor.cli import main
try:
    main()
except SystemExit:
    pass
print(*sorted({"ssl", "http.client", "urllib.request", "asyncio"} & set(sys.modules)), file=sys.stderr)
"""

CORE = frozenset({"doctor", "click"})
# msgspec imports typing_extensions where it happens to be installed.
JUDGE = CORE | {"msgspec", "typing_extensions", "packaging", *(("tomli",) if sys.version_info < (3, 11) else ())}
TEXT = JUDGE | {"rich"}


def imported(*arguments: str | Path, report: str = REPORT) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", report, *map(str, arguments)], capture_output=True, text=True, check=True
    )
    return set(done.stderr.splitlines()[-1].split())


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "snapshot.json"
    path.write_text(render_snapshot(base("busy")))
    return path


def test_version_and_help_import_click_only():
    assert imported("--version") <= CORE
    assert imported("--help") <= CORE


def test_json_of_a_live_environment():
    """No rich; and what reads ELF files and asks NVML is imported in the children of the probes only."""
    found = imported("check", "--python", sys.executable, "--format", "json")
    assert found <= JUDGE
    assert "doctor" in found


def test_a_check_does_not_import_what_talks_to_the_network():
    assert imported("check", "--python", sys.executable, "--format", "json", report=NETWORK) == set()


def test_text_imports_rich():
    assert imported("check", "--python", sys.executable) <= TEXT


def test_a_snapshot_is_judged_with_the_same_few(saved: Path):
    assert imported("check", "--snapshot", saved, "--format", "json") <= JUDGE


@pytest.mark.parametrize("form", ["sarif", "junit", "github", "gitlab", "markdown"])
def test_the_formats_of_ci_import_no_more_than_json(saved: Path, form: str):
    assert imported("check", "--snapshot", saved, "--format", form) <= JUDGE


def test_html_imports_jinja2(saved: Path):
    assert imported("check", "--snapshot", saved, "--format", "html") <= JUDGE | {"jinja2", "markupsafe"}


def test_a_dockerfile_imports_its_parser(tmp_path: Path):
    path = tmp_path / "Dockerfile"
    path.write_text("FROM python:3.11\nRUN pip install vllm==0.10.2\n")
    assert imported("check", "--dockerfile", path, "--format", "json") <= JUDGE | {"dockerfile"}


def test_writing_a_snapshot():
    assert imported("snapshot", "--python", sys.executable) <= JUDGE


def test_explaining_a_rule():
    assert imported("explain", "PKG001", "--format", "json") <= JUDGE
    assert imported("explain", "PKG001") <= TEXT

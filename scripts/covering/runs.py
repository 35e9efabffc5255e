"""Runs of pytest under coverage, kept so that the suite can be measured in pieces."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Run:
    """One run of pytest: its tests, its exit status, the last line that it printed, and the sources that it ran."""

    part: str
    status: int
    told: str
    sources: str


def fingerprint(root: Path) -> str:
    """What tells the sources that are measured, and the way of measuring, from others."""
    found = hashlib.sha256()
    for path in [root / "pyproject.toml", *sorted((root / "doctor").rglob("*.py"))]:
        found.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes() + b"\0")
    return found.hexdigest()


def measure(part: str, root: Path, folder: Path, processes: str = "0") -> Run:
    """Run the tests of a part under coverage, and keep in `folder` what they reached and how they ended."""
    folder.mkdir(parents=True, exist_ok=True)
    kept = data_of(part, folder)
    for path in folder.glob(f"{kept.name}*"):
        path.unlink()
    sources = fingerprint(root)
    tests = sorted(str(path.relative_to(root)) for path in root.glob(part))
    done = _coverage(root, kept, "run", "-m", "pytest", "-q", "-n", processes, *tests)
    # Each process has written a file of its own.
    combined = _coverage(root, kept, "combine", "--quiet")
    if done.returncode or combined.returncode:
        print(done.stdout, done.stderr, combined.stdout, combined.stderr, sep="\n", file=sys.stderr)
    lines = done.stdout.strip().splitlines()
    status = done.returncode or combined.returncode
    run = Run(part=part, status=status, told=lines[-1] if lines else "it printed nothing", sources=sources)
    kept.with_suffix(".json").write_text(json.dumps(asdict(run)), encoding="utf-8")
    return run


def data_of(part: str, folder: Path) -> Path:
    """Where the measurement of a part is kept."""
    return folder / f"{part.removesuffix('.py').replace('/', '-').replace('*', 'all')}.data"


def kept_runs(folder: Path) -> list[Run]:
    """What was measured so far, whatever the sources."""
    return [Run(**json.loads(path.read_text(encoding="utf-8"))) for path in sorted(folder.glob("*.json"))]


def reached(runs: Iterable[Run], root: Path, folder: Path) -> dict[str, dict[str, Any]]:
    """What all these runs reached together, file by file, as ``coverage json`` tells it."""
    whole = folder / "whole"
    parts = [str(data_of(run.part, folder)) for run in runs]
    for arguments in (["combine", "--keep", "--quiet", *parts], ["json", "--quiet", "-o", str(whole) + ".report"]):
        done = _coverage(root, whole, *arguments)
        if done.returncode:
            raise SystemExit(f"error: coverage {arguments[0]}: {(done.stdout + done.stderr).strip()}")
    files: dict[str, dict[str, Any]] = json.loads(Path(f"{whole}.report").read_text(encoding="utf-8"))["files"]
    return files


def _coverage(root: Path, data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "coverage", *arguments],
        cwd=root,
        env={**os.environ, "COVERAGE_FILE": str(data.resolve())},
        capture_output=True,
        text=True,
        check=False,
    )

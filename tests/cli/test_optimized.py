"""Python without docstrings (-OO, PYTHONOPTIMIZE=2): a fault to report, not one to stumble over."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.probes.trees import install

WITHOUT = {**os.environ, "PYTHONOPTIMIZE": "2"}


def run(*command: str | Path, **keywords: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*command], capture_output=True, text=True, check=False, **keywords)  # type: ignore[call-overload]


def test_a_check_names_the_variable(tmp_path: Path):
    env = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", env], check=True)
    install(next(env.glob("lib/python3.*/site-packages")), "transformers", "5.19.0")
    said = run(sys.executable, "-m", "doctor", "check", "--python", env, "--select", "ENV014", env=WITHOUT)
    assert (said.returncode, said.stderr) == (1, "")
    assert "PYTHONOPTIMIZE=2 drops docstrings" in said.stdout


def test_texts_that_are_made_of_docstrings_are_there():
    said = run(sys.executable, "-OO", "-m", "doctor", "explain", "ENV014")
    assert said.returncode == 0, said.stderr
    assert "What it checks" in said.stdout
    assert "Explain an error text" in run(sys.executable, "-OO", "-m", "doctor", "explain", "--help").stdout


def test_a_wrong_argument_is_told_as_ever():
    said = run(sys.executable, "-m", "doctor", "check", "--no-such", env=WITHOUT)
    assert said.returncode == 2
    assert "no such option" in said.stderr and "Traceback" not in said.stderr


def test_from_python_it_is_one_clear_error():
    said = run(sys.executable, "-c", "from doctor import check; check()", env=WITHOUT)
    assert said.stderr.splitlines()[-1].startswith(
        "doctor.core.errors.ArgumentError: this Python was started without docstrings"
    )

"""A report of a large environment is small enough for a log, a configuration map and ten thousand of its kind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from doctor.core.fact import Known
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.engine.examine import take_snapshot
from doctor.intake.snapshot import decode_snapshot
from tests.probes.trees import install

MOST = 256 * 1024
PACKAGES = 300
# As in an environment of vLLM 0.32 for the CPU: its 150 distributions state 380 bytes of requirements each.
REQUIRES = (
    "numpy>=1.17",
    "packaging>=20.0",
    "huggingface-hub<2.0,>=0.21.0",
    'typing-extensions>=4.12; python_version < "3.13"',
    'pytest>=7.2.0; extra == "testing"',
    'sphinx-autodoc-typehints>=2.0; extra == "docs"',
    'importlib-metadata>=4.6; python_version < "3.10" and extra == "all"',
    'torch>=2.4.0; platform_machine == "x86_64" and extra == "torch"',
)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment with many distributions, in a folder with a long name."""
    folder = tmp_path_factory.mktemp("an-environment-in-a-folder-with-a-long-name") / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=60)
    (site,) = folder.glob("lib/python3*/site-packages")
    for number in range(PACKAGES):
        install(site, f"distribution_{number:03}_of_many", f"{number}.2.1", requires=REQUIRES)
    return folder / "bin" / "python"


def test_300_distributions_fit_into_256_kib(python: Path):
    snapshot = take_snapshot(python, environ={"PATH": "/usr/bin"})
    content = snapshot.to_json().encode()
    fact = decode_snapshot(content, "the report").get(DISTRIBUTIONS)
    assert isinstance(fact, Known)
    assert len(fact.value) == PACKAGES
    assert sum(len(str(item)) for item in REQUIRES) >= 300
    assert len(content) <= MOST

"""The prebuilt wheels of flash-attn, from the tags of a little repository that the test makes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

OLD = """
on: {create: {tags: [v*]}}
jobs:
  build_wheels:
    strategy:
      matrix:
        os: [ubuntu-20.04]
        python-version: ['3.10', '3.12']
        torch-version: ['2.0.1', '2.3.1', '2.4.0.dev20240527']
        cuda-version: ['11.8.0', '12.3.2']
        cxx11_abi: ['FALSE', 'TRUE']
        exclude:
          # this torch has no build for that Python
          - torch-version: '2.3.1'
            python-version: '3.12'
    steps:
      - run: tmpname=cu${MATRIX_CUDA_VERSION}torch${MATRIX_TORCH_VERSION}
"""
NEW = """
jobs:
  build_wheels:
    strategy:
      matrix:
        os: [ubuntu-22.04, ubuntu-22.04-arm]
        python-version: ["3.9", "3.10"]
        torch-version: ["2.6.0", "2.10.0"]
        cuda-version: ["13.0.1"]
        cxx11_abi: ["FALSE", "TRUE"]
        exclude:
          - torch-version: "2.6.0"
            os: ubuntu-22.04-arm
          - torch-version: "2.10.0"
            cxx11_abi: "FALSE"
    uses: ./.github/workflows/_build.yml
"""


def git(clone: Path, *arguments: str) -> None:
    names = ("-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *names, "-C", clone, *arguments], check=True, capture_output=True)


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clone")
    git(folder, "init")
    workflow = folder / ".github" / "workflows" / "publish.yml"
    workflow.parent.mkdir(parents=True)
    for tag, text in (("v2.6.3", OLD), ("v2.9.0", NEW), ("v1.0.9", "jobs: {}"), ("fa4-v4.0.0", "jobs: {}")):
        workflow.write_text(text)
        git(folder, "add", "--all")
        git(folder, "commit", "--allow-empty", "-m", tag)
        git(folder, "tag", tag)
    return folder


def run(*arguments) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "scripts" / "derive_flash_attention.py", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_combination_that_is_not_excluded(clone, tmp_path):
    output = tmp_path / "flash-attention.json"
    assert run(clone, "--output", output).returncode == 0
    assert json.loads(output.read_text())["wheels"] == {
        "2.6.3": [
            ["118", "2.3", [False, True], ["cp310"], "x86_64"],
            ["123", "2.3", [False, True], ["cp310"], "x86_64"],
        ],
        "2.9.0": [
            ["13", "2.10", [True], ["cp39", "cp310"], "aarch64"],
            ["13", "2.6", [False, True], ["cp39", "cp310"], "x86_64"],
            ["13", "2.10", [True], ["cp39", "cp310"], "x86_64"],
        ],
    }


def test_check_writes_nothing(clone, tmp_path):
    output = tmp_path / "flash-attention.json"
    done = run(clone, "--check", "--output", output)
    assert (done.returncode, output.exists()) == (1, False)
    run(clone, "--output", output)
    assert run(clone, "--check", "--output", output).returncode == 0


def test_a_folder_that_is_no_clone_is_an_error(tmp_path):
    done = run(tmp_path, "--output", tmp_path / "out.json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")

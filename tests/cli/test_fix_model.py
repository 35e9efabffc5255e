"""``doctor fix --model`` as a user runs it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from tests.cli.conftest import Doctor
from tests.defects import DEFECTS
from tests.models import llama

PYTHON = ("--python", sys.executable)


def test_without_apply_it_is_a_plan(doctor: Doctor, tmp_path: Path):
    folder = DEFECTS["M164"].write(tmp_path / "m")
    before = (folder / "config.json").read_bytes()
    done = doctor("fix", *PYTHON, "--model", folder)
    assert done.returncode == 1, done.stderr
    assert "config.json: quantization_config taken out" in done.stdout
    assert doctor("fix", *PYTHON, "--model", folder, "--apply", "--dry-run").stdout == done.stdout
    assert (folder / "config.json").read_bytes() == before


def test_apply_mends_and_checks_again(doctor: Doctor, tmp_path: Path):
    folder = DEFECTS["M215"].write(tmp_path / "m")
    base = llama().write(tmp_path / "base")
    done = doctor("fix", *PYTHON, "--model", folder, "--base", base, "--apply", "--yes")
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert "written: config.json" in done.stdout
    assert done.stdout.endswith("no error is left in the folder\n")
    assert json.loads((folder / "config.json").read_text())["architectures"] == ["LlamaForCausalLM"]


def test_what_is_left_is_told(doctor: Doctor, tmp_path: Path):
    draft = llama(quantization_config={})
    del draft.tensors["model.norm.weight"]
    folder = draft.write(tmp_path / "m")
    done = doctor("fix", *PYTHON, "--model", folder, "--apply", "--yes")
    assert done.returncode == 1
    assert "kept as config.json.doctor-bak" in done.stdout
    assert "MODEL025 weights: model.norm.weight is missing" in done.stdout


def test_the_plan_tells_what_it_leaves(doctor: Doctor, tmp_path: Path):
    draft = llama(quantization_config={})
    broken = draft.tensors.pop("model.norm.weight")
    folder = draft.write(tmp_path / "m")
    done = doctor("fix", *PYTHON, "--model", folder)
    plan, _, left = done.stdout.partition("after that, ")
    assert "quantization_config taken out" in plan
    assert left.startswith(
        "what is left, and has to be mended by hand:\n  MODEL025 weights: model.norm.weight is missing"
    )
    assert "MODEL018" not in left
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        path.name for path in llama().write(tmp_path / "g").iterdir()
    )
    draft.tensors["model.norm.weight"] = broken
    done = doctor("fix", *PYTHON, "--model", draft.write(tmp_path / "n"))
    assert done.stdout.endswith("after that, no error is left in the folder\n")


def test_a_sound_folder_needs_nothing(doctor: Doctor, tmp_path: Path):
    done = doctor("fix", *PYTHON, "--model", llama().write(tmp_path))
    assert done.returncode == 0, done.stdout
    assert "nothing that can be mended" in done.stdout


def test_it_does_not_ask_where_no_one_answers(doctor: Doctor, tmp_path: Path):
    done = doctor("fix", *PYTHON, "--model", DEFECTS["M164"].write(tmp_path), "--apply")
    assert done.returncode == 2
    assert "--yes" in done.stderr


def test_what_changes_an_environment_does_not_go_with_it(doctor: Doctor, tmp_path: Path):
    for options in (("--set", "x"), ("--resume",), ("--lockfile", tmp_path / "x"), ("--keep", "torch")):
        done = doctor("fix", "--model", tmp_path, *options)
        assert done.returncode == 2, options
        assert "--model mends a folder" in done.stderr

"""``doctor fix --adapter`` as a user runs it."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.adapters import lora
from tests.cli.conftest import Doctor
from tests.models import llama

PYTHON = ("--python", sys.executable)


def test_without_apply_it_is_a_plan(doctor: Doctor, tmp_path: Path):
    folder = lora().rename(".weight", ".default.weight").write(tmp_path / "a")
    before = (folder / "adapter_model.safetensors").read_bytes()
    done = doctor("fix", *PYTHON, "--adapter", folder)
    assert done.returncode == 1, done.stderr
    assert "adapter_model.safetensors: 28 tensors renamed as PEFT writes them" in done.stdout
    assert doctor("fix", *PYTHON, "--adapter", folder, "--apply", "--dry-run").stdout == done.stdout
    assert (folder / "adapter_model.safetensors").read_bytes() == before


def test_apply_mends_and_checks_again(doctor: Doctor, tmp_path: Path):
    base = llama().write(tmp_path / "base")
    one = lora().rename("base_model.model.model.", "base_model.model.").write(tmp_path / "one")
    two = lora(base_model_name_or_path="unsloth/base-bnb-4bit").write(tmp_path / "two")
    done = doctor("fix", *PYTHON, "--adapter", one, "--adapter", two, "--base", base, "--apply", "--yes")
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert f"written: {one}/adapter_model.safetensors (kept as adapter_model.safetensors.doctor-bak)" in done.stdout
    assert f"written: {two}/adapter_config.json (kept as adapter_config.json.doctor-bak)" in done.stdout
    assert done.stdout.endswith("no error is left in the folder\n")


def test_what_is_left_is_told(doctor: Doctor, tmp_path: Path):
    folder = lora(lora_alpha=0).rename(".weight", ".default.weight").write(tmp_path / "a")
    done = doctor("fix", *PYTHON, "--adapter", folder)
    assert "LORA009" in done.stdout.partition("after that, what is left")[2]
    assert "LORA014" not in done.stdout.partition("after that, what is left")[2]
    done = doctor("fix", *PYTHON, "--adapter", folder, "--apply", "--yes")
    assert done.returncode == 1
    assert "LORA009" in done.stdout.partition("written:")[2]


def test_a_sound_folder_needs_nothing(doctor: Doctor, tmp_path: Path):
    done = doctor("fix", *PYTHON, "--adapter", lora().write(tmp_path))
    assert done.returncode == 0, done.stdout
    assert "nothing that can be mended" in done.stdout


def test_it_does_not_go_with_a_model_or_an_environment(doctor: Doctor, tmp_path: Path):
    model, adapter = llama().write(tmp_path / "m"), lora().write(tmp_path / "a")
    for options in (("--model", model), ("--set", "x"), ("--resume",), ("--keep", "torch"), ("--apply",)):
        done = doctor("fix", *PYTHON, "--adapter", adapter, *options)
        assert done.returncode == 2, options
        assert "--" in done.stderr

"""--model and --base on the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from doctor.cli.artifacts import artifacts_of, choose_artifacts, missing_paths
from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.artifact.model import BASE, MODEL
from doctor.core.errors import TargetError
from doctor.core.fact import Known
from doctor.intake.serve import parse_command
from doctor.intake.snapshot import decode_snapshot
from tests.adapters import lora
from tests.cli.conftest import Doctor
from tests.models import llama


def test_a_model_folder_becomes_a_fact(doctor: Doctor, tmp_path: Path):
    folder = llama().write(tmp_path / "m")
    done = doctor("snapshot", "--python", sys.executable, "--model", folder, "--base", folder)
    assert done.returncode == 0, done.stderr
    snapshot = decode_snapshot(done.stdout.encode(), "stdout")
    for key in (MODEL, BASE):
        fact = snapshot.get(key)
        assert isinstance(fact, Known)
        assert fact.value.path == str(folder)
        assert isinstance(fact.value.config, Known)
        assert fact.value.config.value.value["vocab_size"] == 320


def test_without_the_option_the_fact_is_absent(doctor: Doctor):
    done = doctor("snapshot", "--python", sys.executable)
    facts = json.loads(done.stdout)["facts"]
    assert "--model" in facts["model"]["absent"]
    assert "--base" in facts["base"]["absent"]


def test_a_snapshot_of_a_folder_can_be_judged_elsewhere(doctor: Doctor, tmp_path: Path):
    saved = tmp_path / "snapshot.json"
    folder = llama().write(tmp_path / "m")
    assert doctor("snapshot", "--python", sys.executable, "--model", folder, "-o", saved).returncode == 0
    done = doctor("check", "--snapshot", saved, "--format", "json")
    assert done.returncode in (0, 1, 3), done.stderr


def test_a_folder_that_is_not_there_is_wrong_usage(doctor: Doctor, tmp_path: Path):
    file = tmp_path / "file"
    file.touch()
    for command in ("check", "snapshot"):
        missing = doctor(command, "--model", tmp_path / "gone")
        assert missing.returncode == 2
        assert f"--model {tmp_path / 'gone'}: there is no such folder" in missing.stderr
        assert doctor(command, "--model", file).returncode == 2
        assert doctor(command, "--base", tmp_path).returncode == 2


def test_a_repository_in_a_cache_is_answered_with_its_revision(tmp_path: Path):
    repository = tmp_path / "models--acme--tiny"
    (repository / "snapshots").mkdir(parents=True)

    def hint() -> str:
        with pytest.raises(TargetError, match="a repository in Hugging Face's cache") as caught:
            choose_artifacts(repository, None)
        return caught.value.hint

    assert hint() == f"--model {repository}/snapshots/REVISION"
    (repository / "refs").mkdir()
    (repository / "refs/main").write_text("bbb\n")
    (repository / "snapshots/aaa").mkdir()
    assert hint() == f"--model {repository}/snapshots/aaa"
    (repository / "snapshots/bbb").mkdir()
    assert hint() == f"--model {repository}/snapshots/bbb"
    assert choose_artifacts(repository / "snapshots/bbb", None).model == f"{repository}/snapshots/bbb"


def test_a_folder_goes_with_no_snapshot(doctor: Doctor, tmp_path: Path):
    done = doctor("check", "--snapshot", "-", "--model", tmp_path, input="{}")
    assert done.returncode == 2
    assert "--model" in done.stderr


def test_adapters_become_facts(doctor: Doctor, tmp_path: Path):
    one, two = lora().write(tmp_path / "one"), lora().write(tmp_path / "two")
    done = doctor("snapshot", "--python", sys.executable, "--adapter", one, "--adapter", two, "--adapter", one)
    assert done.returncode == 0, done.stderr
    fact = decode_snapshot(done.stdout.encode(), "stdout").get(ADAPTERS)
    assert isinstance(fact, Known)
    assert [folder.path for folder in fact.value] == [str(one), str(two)]


def test_an_adapter_is_judged_on_its_base_and_elsewhere_alike(doctor: Doctor, tmp_path: Path):
    base = llama().write(tmp_path / "base")
    adapter = lora().rename("base_model.model.model.", "base_model.model.").write(tmp_path / "adapter")
    arguments = ("--python", sys.executable, "--base", base, "--adapter", adapter)
    saved = tmp_path / "snapshot.json"
    assert doctor("snapshot", *arguments, "-o", saved).returncode == 0
    for where in (arguments, ("--snapshot", saved)):
        done = doctor("check", *where, "--select", "LORA", "--format", "json")
        assert done.returncode == 1, done.stderr
        codes = [item["code"] for item in json.loads(done.stdout)["outcomes"] if item["problems"]]
        assert "LORA035" in codes


def test_an_adapter_that_is_not_there_is_wrong_usage(doctor: Doctor, tmp_path: Path):
    missing = doctor("check", "--adapter", tmp_path / "gone")
    assert missing.returncode == 2
    assert f"--adapter {tmp_path / 'gone'}: there is no such folder" in missing.stderr
    assert "name of a repository" in missing.stderr


def test_names_that_no_folder_can_have_are_wrong_usage_or_missing(tmp_path: Path):
    long = f"/{'a' * 5000}"
    with pytest.raises(TargetError, match="cannot be looked at: File name too long"):
        choose_artifacts(Path(long), None)
    command = parse_command(f"vllm serve {long} --lora-modules a={long} b=~nobody-has-this-name/x c={tmp_path}")
    assert missing_paths(command) == (long, long, "~nobody-has-this-name/x")
    found = artifacts_of(command, {})
    assert (found.model, found.adapters) == ("", (str(tmp_path),))

"""``doctor check --collect-env``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Doctor
from tests.intake import texts


@pytest.fixture
def issue(tmp_path: Path) -> Path:
    path = tmp_path / "issue.md"
    path.write_text(texts.VLLM_0_20)
    return path


def test_a_text_with_nothing_wrong_is_undetermined_and_not_healthy(doctor: Doctor, issue: Path) -> None:
    done = doctor("check", "--collect-env", issue)
    assert done.returncode == 3, done.stdout
    assert "vllm 0.20.1" in done.stdout
    assert "NVIDIA GB10" in done.stdout
    assert done.stdout.count("Not stated, so not judged") == 1
    assert "requirements of my-wheel and 5 more" in " ".join(done.stdout.split())
    assert len(done.stdout.splitlines()) < 60


def test_verbose_says_what_each_rule_lacked(doctor: Doctor, issue: Path) -> None:
    done = doctor("check", "--collect-env", issue, "-v")
    assert "Not stated, so not judged" not in done.stdout
    assert "extensions: not stated (not-stated)" in done.stdout


def test_standard_input(doctor: Doctor) -> None:
    text = texts.VLLM_0_6.replace("torchvision==", "x==").replace("[pip3] torch==2.5.1", "[pip3] torch==2.5.1+cpu")
    done = doctor("check", "--collect-env", "-", "--format", "json", input=text)
    report = json.loads(done.stdout)
    assert report["target"] == "standard input"
    assert report["exit_code"] == done.returncode


def test_a_driver_that_is_too_old_is_found_in_a_text(doctor: Doctor, tmp_path: Path) -> None:
    path = tmp_path / "issue.md"
    old = texts.VLLM_0_20.replace("580.95.05", "570.124.06")
    path.write_text(old.replace("available            : True", "available            : False"))
    done = doctor("check", "--collect-env", path)
    assert done.returncode == 1
    assert "GPU001 NVIDIA driver" in done.stdout


@pytest.mark.parametrize("text", [texts.ROCM, texts.MAC, texts.XPU, texts.TPU], ids=["rocm", "mac", "xpu", "tpu"])
def test_another_accelerator_is_named_and_not_judged(doctor: Doctor, tmp_path: Path, text: str) -> None:
    path = tmp_path / "issue.md"
    path.write_text(text)
    done = doctor("check", "--collect-env", path, "--select", "GPU")
    assert done.returncode == 3, done.stdout
    assert "is no NVIDIA GPU" in done.stdout.replace("\n", " ").replace("    ", "")


def test_what_is_no_such_text_is_wrong_usage(doctor: Doctor, tmp_path: Path) -> None:
    path = tmp_path / "issue.md"
    path.write_text("It does not work.")
    done = doctor("check", "--collect-env", path)
    assert done.returncode == 2
    assert "holds no text of collect_env" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("other", [("--python", "python3"), ("--snapshot", "x.json"), ("--deep",), ("--end-to-end",)])
def test_a_text_excludes_what_looks_at_a_machine(doctor: Doctor, issue: Path, other: tuple[str, ...]) -> None:
    done = doctor("check", "--collect-env", issue, *other)
    assert done.returncode == 2
    assert "--collect-env" in done.stderr


def test_an_error_text_is_held_against_the_environment_of_a_paste(doctor: Doctor, tmp_path: Path) -> None:
    paste = tmp_path / "issue.md"
    paste.write_text(texts.VLLM_0_20.replace("580.95.05", "570.124.06"))
    error = "RuntimeError: The NVIDIA driver on your system is too old (found version 12080).\n"
    done = doctor("explain", "--collect-env", paste, "--format", "json", input=error)
    assert done.returncode in (1, 3), done.stderr
    diagnosis = json.loads(done.stdout)
    assert diagnosis["environment"].startswith(str(paste))
    assert "GPU001" in done.stdout


def test_standard_input_holds_one_text(doctor: Doctor) -> None:
    done = doctor("explain", "--collect-env", "-", input=texts.VLLM_0_20)
    assert done.returncode == 2

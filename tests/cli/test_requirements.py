"""`--requirements`: an environment is judged and mended before it is installed."""

from __future__ import annotations

import json

import pytest

BROKEN = "vllm==0.5.5\ntorch==2.5.1\ntransformers==5.0.0\nnumpy==2.1.0\n"


@pytest.fixture
def broken(tmp_path):
    path = tmp_path / "requirements.txt"
    path.write_text(BROKEN)
    return path


def test_what_will_break_is_named_and_the_rest_is_undetermined(doctor, broken):
    done = doctor("check", "--requirements", broken, "--target-python", "3.11", "--format", "json")
    assert done.returncode == 1, done.stderr
    outcomes = {item["code"]: item for item in json.loads(done.stdout)["outcomes"]}
    told = {item["subject"] for code in ("PKG001", "PIN006") for item in outcomes[code]["problems"]}
    assert told >= {"torch", "transformers", "numpy"}
    assert outcomes["PKG005"]["verdict"] == "undetermined"


def test_nothing_wrong_is_not_healthy(doctor, tmp_path):
    path = tmp_path / "requirements.txt"
    path.write_text("vllm==0.5.5\ntorch==2.4.0\n")
    done = doctor("check", "--requirements", path, "--target-python", "3.11", "--fail-on", "error")
    assert done.returncode == 3, done.stdout


def test_the_lock_of_the_set_mends_it_without_uv_and_the_same_each_time(doctor, broken, tmp_path):
    lock, contents = tmp_path / "mended.txt", []
    for _ in range(2):
        command = ("fix", "--requirements", broken, "--target-python", "3.11", "--lockfile", lock)
        done = doctor(*command, "--uv", "/nonexistent/uv")
        assert done.returncode == 1, done.stderr
        contents.append(lock.read_bytes())
    assert contents[0] == contents[1]
    assert b"\ntorch==2.4.0 \\\n    --hash=sha256:" in contents[0] and b"\nsetuptools==74.1.2" in contents[0]
    assert "nothing has to be resolved" in done.stderr


def test_a_lock_that_would_lose_something_is_not_made(doctor, broken, tmp_path):
    broken.write_text(f"{BROKEN}deepspeed>=0.14\n")
    done = doctor("fix", "--requirements", broken, "--target-python", "3.11", "--lockfile", tmp_path / "x")
    assert done.returncode == 2 and "deepspeed>=0.14" in done.stderr and not (tmp_path / "x").exists()


def test_a_lock_is_for_one_version_of_python(doctor, broken, tmp_path):
    done = doctor("fix", "--requirements", broken, "--lockfile", tmp_path / "x")
    assert done.returncode == 2 and "--target-python" in done.stderr


@pytest.mark.parametrize(
    "options",
    [("--python", "/usr/bin/python3"), ("--snapshot", "x.json"), ("--apply", "--yes"), ("--deep",)],
)
def test_it_does_not_go_with_what_looks_at_a_machine(doctor, broken, options):
    command = "fix" if "--apply" in options else "check"
    assert doctor(command, "--requirements", broken, *options).returncode == 2


def test_a_target_without_requirements_means_nothing(doctor):
    done = doctor("check", "--target-python", "3.11")
    assert done.returncode == 2 and "--requirements" in done.stderr

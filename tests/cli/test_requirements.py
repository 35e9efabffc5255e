"""`--requirements`: an environment is judged and mended before it is installed."""

from __future__ import annotations

import json

import pytest

from tests.adapters import lora
from tests.models import llama

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
    for more in ((), ("--target-platform", "linux-x86_64", "--target-glibc", "2.35")):
        command = ("fix", "--requirements", broken, "--target-python", "3.11", *more)
        done = doctor(*command, "--lockfile", tmp_path / "x")
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


def test_a_gate_before_the_image_is_built(doctor, broken):
    """The driver is judged by the CUDA of the wheels, the GPU by their kernels."""
    broken.write_text("vllm==0.20.0\n")
    target = ("--target-python", "3.12", "--target-gpu", "V100:4", "--target-driver", "550.54.15")
    done = doctor("check", "--requirements", broken, *target, "--format", "json")
    assert done.returncode == 1, done.stderr
    told = {item["code"] for item in json.loads(done.stdout)["outcomes"] if item["problems"]}
    assert told >= {"GPU001", "GPU003"}


def test_remedies_name_the_line_to_change(doctor, broken):
    done = doctor("check", "--requirements", broken, "--target-python", "3.11")
    words = " ".join(done.stdout.split())
    assert "torch==2.4.0 in place of torch==2.5.1 in line 2 of requirements.txt" in words
    assert "2.5.1 is pinned" in words and "uv pip install" not in words and "METADATA" not in words


def test_a_problem_lies_in_its_line(doctor, broken):
    """Code scanning and editors show it beside the pin."""
    done = doctor("check", "--requirements", broken, "--target-python", "3.11", "--format", "json")
    outcomes = {item["code"]: item for item in json.loads(done.stdout)["outcomes"]}
    torch = next(item for item in outcomes["PKG001"]["problems"] if item["subject"] == "torch")
    assert (torch["location"]["where"], torch["location"]["line"]) == (str(broken), 2)


@pytest.mark.parametrize("line", ["-e .", "git+https://example.org/x", "transformers>=4.40", "./here"])
def test_what_states_no_version_leaves_nothing_healthy(doctor, tmp_path, line):
    path = tmp_path / "requirements.txt"
    path.write_text("torch==2.4.0\n")
    options = ("--requirements", path, "--target-python", "3.11", "--select", "PKG014,PIN005")
    assert doctor("check", *options).returncode == 0
    path.write_text(f"torch==2.4.0\n{line}\n")
    done = doctor("check", *options)
    assert done.returncode == 3 and "Not read" in done.stdout, done.stdout


def test_a_selection_of_nothing_is_not_everything(doctor, broken):
    done = doctor("check", "--requirements", broken, "--select", "")
    assert done.returncode == 2 and "--select names no rule" in done.stderr


def test_folders_and_a_command_go_with_what_is_planned(doctor, tmp_path, broken):
    broken.write_text("vllm==0.10.2\n")
    model = llama().write(tmp_path / "model")
    adapter = lora().write(tmp_path / "adapter")
    serve = f"vllm serve {model} --enable-lora --lora-modules a={adapter} --tensor-parallel-size 3"
    folders = ("--model", model, "--adapter", adapter, "--serve", serve)
    done = doctor("check", "--requirements", broken, "--target-python", "3.12", *folders, "--format", "json")
    outcomes = {item["code"]: item for item in json.loads(done.stdout)["outcomes"]}
    judged = {code[:4] for code, item in outcomes.items() if item["verdict"] in ("healthy", "problem")}
    assert judged >= {"LORA", "MODE", "SERV"}, done.stderr


def test_the_folder_of_a_lock_is_looked_for_first(doctor, broken):
    done = doctor("fix", "--requirements", broken, "--target-python", "3.11", "--lockfile", "/nowhere/x", "--resolve")
    assert done.returncode == 2 and "there is no folder /nowhere" in done.stderr and "resol" not in done.stderr


def test_a_target_without_requirements_means_nothing(doctor):
    done = doctor("check", "--target-python", "3.11")
    assert done.returncode == 2 and "--requirements" in done.stderr


def test_what_nobody_states_is_told_once(doctor, tmp_path):
    """FlashInfer goes by two names, and that neither is listed is one thing that is not known."""
    path = tmp_path / "requirements.txt"
    path.write_text("vllm==0.10.0\n")
    done = doctor("check", "--requirements", path, "--target-python", "3.11", "--select", "PIN009", "--format", "json")
    (outcome,) = json.loads(done.stdout)["outcomes"]
    told = [reason for reason in outcome["reasons"] if "flashinfer" in reason]
    assert told == ["whether flashinfer or flashinfer-python is installed: not stated (not-stated)"]
    assert len(outcome["reasons"]) == len(set(outcome["reasons"]))

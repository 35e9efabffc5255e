"""`--anonymous`: what is shown to others does not say whose machine it is."""

from __future__ import annotations

import json

import pytest

from doctor.core.fleet.node import HOST
from doctor.core.interpreter import INTERPRETER
from doctor.core.machine.system import USER, VARIABLES
from tests.bases import base
from tests.facts import host, interpreter, known

NAMES = ("acme", "alice", "gpu-17")


@pytest.fixture
def machine(save):
    prefix = "/srv/acme/stack"
    found = base("sound_gpu").replace(INTERPRETER, known(interpreter(executable=f"{prefix}/bin/python", prefix=prefix)))
    found = found.replace(HOST, known(host("gpu-17", boot_id=known("5eeca8c2-1731-4056-8837-6825c6a3b9b6"))))
    found = found.replace(VARIABLES, known({"HOME": "/home/alice", "NCCL_DEBUG": "INFO"}))
    return save(found.replace(USER, known("alice")), "gpu-17.json")


def test_no_report_names_host_user_or_private_folder(doctor, machine, tmp_path):
    files = [tmp_path / form for form in ("json", "sarif", "junit", "markdown", "html")]
    outputs = [f"--output={file.name}={file}" for file in files]
    plain = doctor("check", "--snapshot", machine)
    hidden = doctor("check", "--snapshot", machine, "--anonymous", *outputs)
    assert hidden.returncode == plain.returncode
    assert all(name not in hidden.stdout for name in NAMES)
    assert "acme" in plain.stdout
    for file in files:
        assert all(name not in file.read_text() for name in NAMES)


def test_a_snapshot_of_this_machine_is_read_back_and_names_no_home(doctor, tmp_path):
    file = tmp_path / "mine.json"
    assert doctor("snapshot", "--anonymous", "-o", file).returncode == 0
    assert str(tmp_path) not in file.read_text()
    assert json.loads(doctor("check", "--snapshot", file, "--format", "json").stdout)["outcomes"]

"""``doctor check --train-env A --serve-env B``: two environments judged as a pair."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.snapshot import Snapshot
from tests.cli.conftest import Doctor, Save
from tests.environments import machine
from tests.facts import distribution, snapshot


def environment(**packages: str) -> Snapshot:
    return snapshot({**machine(), DISTRIBUTIONS: tuple(distribution(*item) for item in packages.items())})


def pairs(text: str) -> dict[str, Any]:
    outcomes = json.loads(text)["outcomes"]
    return {item["code"]: item for item in outcomes if item["topic"] == "PAIR"}


def test_two_snapshots(doctor: Doctor, save: Save) -> None:
    trains = save(environment(transformers="5.19.0", tokenizers="0.23.3", peft="0.21.2"), "train.json")
    serves = save(environment(vllm="0.5.5", transformers="4.44.2", tokenizers="0.19.1"), "serve.json")
    done = doctor("check", "--train-env", trains, "--serve-env", serves, "--format", "json", "--select", "PAIR")
    assert done.returncode == 1, done.stderr
    verdicts = {code: item["verdict"] for code, item in pairs(done.stdout).items()}
    assert verdicts == {"PAIR001": "problem", "PAIR002": "problem", "PAIR003": "not-applicable", "PAIR004": "problem"}
    text = doctor("check", "--train-env", trains, "--serve-env", serves).stdout
    assert "Training and serving" in text and "PAIR002 tokenizers" in text


def test_a_live_environment_that_trains(doctor: Doctor, save: Save) -> None:
    serves = save(environment(vllm="0.5.5", transformers="4.44.2"), "serve.json")
    arguments = ("check", "--train-env", sys.executable, "--snapshot", serves, "--select", "PAIR", "--format", "json")
    done = doctor(*arguments)
    assert done.returncode == 3, done.stderr
    assert {item["verdict"] for item in pairs(done.stdout).values()} == {"not-applicable"}


def test_without_one_nothing_of_it_applies(doctor: Doctor, save: Save) -> None:
    done = doctor("check", "--snapshot", save(environment(vllm="0.5.5"), "serve.json"), "--format", "json")
    reasons = {reason for item in pairs(done.stdout).values() for reason in item["reasons"]}
    assert reasons == {"no training environment was named: --train-env names one"}


@pytest.mark.parametrize("arguments", [("--python", sys.executable), ("--snapshot", "x.json"), ("--collect-env", "x")])
def test_the_side_that_serves_is_named_once(doctor: Doctor, arguments: tuple[str, ...]) -> None:
    assert doctor("check", "--serve-env", "y.json", *arguments).returncode == 2


def test_an_environment_that_is_not_there(doctor: Doctor, save: Save) -> None:
    serves = save(environment(vllm="0.5.5"), "serve.json")
    for missing in ("/nowhere/python", "/nowhere/train.json"):
        done = doctor("check", "--train-env", missing, "--serve-env", serves)
        assert done.returncode == 2 and done.stderr.startswith("error: ")

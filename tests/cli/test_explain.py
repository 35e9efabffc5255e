"""``doctor explain``."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import jsonschema
import pytest

from doctor.cli.explain.diagnosis import read_end
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.snapshot import Snapshot
from doctor.engine import configs, imports
from doctor.engine.catalogue import module_names
from doctor.formats.schema import DIAGNOSIS_FILE, shipped
from doctor.matrix.load import load_matrix
from tests.cli.conftest import Doctor, Save
from tests.environments import machine
from tests.facts import distribution, snapshot

_DESCRIBED = (*imports.DESCRIBED, configs.DESCRIBED)


def test_a_code_and_a_name_explain_the_same_rule(doctor: Doctor):
    assert doctor("explain", "pkg001").stdout == doctor("explain", "requirement-not-met").stdout != ""


def test_json(doctor: Doctor):
    found = json.loads(doctor("explain", "PKG001", "--format", "json").stdout)
    assert (found["code"], found["name"]) == ("PKG001", "requirement-not-met")


def test_the_list_names_every_rule(doctor: Doctor):
    found = json.loads(doctor("explain", "--list", "--format", "json").stdout)
    assert [item["code"] for item in found] == list(module_names())
    text = doctor("explain", "--list").stdout
    assert all(code in text for code in module_names())


def test_a_topic_lists_its_rules_and_no_others(doctor: Doctor):
    codes = [item["code"] for item in json.loads(doctor("explain", "pkg", "--format", "json").stdout)]
    assert codes == [code for code in module_names() if code.startswith("PKG")] != []
    text = doctor("explain", "PKG").stdout
    assert text.startswith("Packages\n") and all(code in text for code in codes) and "ABI001" not in text


def test_a_wrong_code_names_the_near_ones(doctor: Doctor):
    done = doctor("explain", "PKG01")
    assert (done.returncode, done.stdout) == (2, "")
    assert "error: there is no rule PKG01\n" in done.stderr
    assert "PKG001 (requirement-not-met)" in done.stderr


ERROR = "AttributeError: TokenizersBackend has no attribute all_special_tokens_extended\n"
ROW = "transformers-5-under-old-vllm"


def environment(**packages: str) -> Snapshot:
    return snapshot({**machine(), DISTRIBUTIONS: tuple(distribution(*item) for item in packages.items())})


def test_a_breakage_is_explained_by_its_name(doctor: Doctor):
    text = doctor("explain", ROW).stdout
    assert ROW in text and "https://github.com/VsonicV/es-at-scale/issues/41" in text
    assert json.loads(doctor("explain", ROW, "--format", "json").stdout)["cause"] == "transformers-too-new"


def test_the_list_of_breakages_names_each(doctor: Doctor):
    rows = [row.name for row in (*load_matrix().breakages, *_DESCRIBED)]
    text = doctor("explain", "--breakages").stdout
    assert all(name in text for name in rows)
    assert {item["name"] for item in json.loads(doctor("explain", "--breakages", "--format", "json").stdout)} == set(
        rows
    )


def test_a_wrong_name_names_the_near_breakage(doctor: Doctor):
    done = doctor("explain", "transformers-5-under-vllm")
    assert done.returncode == 2 and ROW in done.stderr


def test_a_text_on_standard_input(doctor: Doctor):
    done = doctor("explain", "--no-environment", input=f"INFO starting\n{ERROR}")
    assert done.returncode == 1
    assert ROW in done.stdout and "line 2: " in done.stdout and "'transformers<5'" in done.stdout


def test_a_text_in_a_file_and_its_environment_as_json(doctor: Doctor, save: Save, tmp_path: Path):
    log = tmp_path / "server.log"
    log.write_text(ERROR)
    saved = save(environment(vllm="0.10.2", transformers="5.1.0"))
    done = doctor("explain", "--log", log, "--snapshot", saved, "--format", "json")
    found = json.loads(done.stdout)
    jsonschema.validate(found, json.loads(shipped(DIAGNOSIS_FILE)))
    assert done.returncode == 1
    [finding] = found["findings"]
    assert (finding["name"], finding["certainty"]) == (ROW, "confirmed")
    assert finding["seen"] == ["vllm 0.10.2", "transformers 5.1.0"]


def test_the_environment_excludes(doctor: Doctor, save: Save):
    saved = save(environment(vllm="0.10.2", transformers="4.57.6"))
    done = doctor("explain", "--snapshot", saved, "-v", input=ERROR)
    assert done.returncode == 3
    assert f"{ROW}: transformers 4.57.6 is installed" in done.stdout


def test_a_live_environment_is_looked_at(doctor: Doctor):
    done = doctor("explain", "--python", sys.executable, input="ModuleNotFoundError: No module named 'pyairports'\n")
    assert done.returncode == 3, done.stdout
    assert sys.executable in done.stdout


def test_nothing_that_is_known(doctor: Doctor):
    done = doctor("explain", "--no-environment", input="FooError: what nobody has seen\n")
    assert done.returncode == 3
    assert "line 1: FooError: what nobody has seen" in done.stdout
    found = json.loads(doctor("explain", "--no-environment", "--format", "json", input="x\n").stdout)
    assert found["findings"] == [] and found["environment"] is None


def test_the_end_of_a_log_asks_for_the_rest(doctor: Doctor):
    done = doctor(
        "explain", "--no-environment", input="RuntimeError: Engine core initialization failed. See root cause\n"
    )
    assert done.returncode == 3 and "give the whole log" in done.stdout


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "empty"), (b"\n \n", "empty"), (b"\0\1\2" * 100, "null bytes")],
)
def test_what_is_no_text(doctor: Doctor, tmp_path: Path, content: bytes, message: str):
    (tmp_path / "x.log").write_bytes(content)
    done = doctor("explain", "--no-environment", "--log", tmp_path / "x.log")
    assert done.returncode == 2 and message in done.stderr and done.stdout == ""


def test_a_text_of_powershell(doctor: Doctor, tmp_path: Path):
    (tmp_path / "x.log").write_text(ERROR, encoding="utf-16")
    assert doctor("explain", "--no-environment", "--log", tmp_path / "x.log").returncode == 1


def test_a_file_that_is_not_there(doctor: Doctor, tmp_path: Path):
    for path in (tmp_path / "missing", tmp_path):
        done = doctor("explain", "--log", path)
        assert done.returncode == 2 and done.stderr.startswith("error: ")


def test_of_a_long_file_and_of_a_long_pipe_the_end_is_read(tmp_path: Path):
    log = tmp_path / "server.log"
    log.write_bytes(b"the start and the end")
    reading, writing = os.pipe()
    os.write(writing, log.read_bytes())
    os.close(writing)
    with log.open("rb") as file, os.fdopen(reading, "rb") as pipe:
        assert read_end(file, 7) == read_end(pipe, 7) == b"the end"
    with log.open("rb") as file:
        assert read_end(file, 100) == log.read_bytes()


def test_controls_of_a_text_do_not_reach_the_terminal(doctor: Doctor):
    done = doctor("explain", "--no-environment", input="FooError: \x1b]0;title\x07 \x9b31m\u202e x\n")
    assert "\x1b" not in done.stdout and "\u202e" not in done.stdout and "\x9b" not in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("PKG001", "--list"),
        ("PKG001", "--log", "x"),
        ("--list", "--breakages"),
        ("PKG001", "--no-environment"),
        ("--log", "x", "--python", "y", "--no-environment"),
        ("--snapshot", "-"),
    ],
)
def test_one_thing_is_explained_at_a_time(doctor: Doctor, arguments: tuple[str, ...]):
    assert doctor("explain", *arguments).returncode == 2


def test_an_error_text_as_an_argument_is_told_how_to_be_given(doctor: Doctor):
    done = doctor("explain", "CUDA error: no kernel image is available")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--log FILE" in done.stderr and "standard input" in done.stderr


def test_the_folders_that_a_text_is_about_are_judged_with_it(doctor: Doctor, tmp_path: Path):
    (tmp_path / "adapter_config.json").write_text('{"peft_type": "LORA", "r": 64}')
    (tmp_path / "adapter_model.safetensors").write_bytes(b"")
    text = "OSError: /models/x does not appear to have a file named config.json\n"
    done = doctor("explain", "--no-environment", "--model", str(tmp_path), "--format", "json", input=text)
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert found["findings"][0]["name"] == "config-json-missing"
    assert found["findings"][0]["certainty"] == "confirmed"
    assert "MODEL001" in found["findings"][0]["seen"][0]
    alone = json.loads(doctor("explain", "--no-environment", "--format", "json", input=text).stdout)
    assert alone["findings"][0]["certainty"] == "likely"


def test_folders_go_with_a_text_and_not_with_a_code(doctor: Doctor, tmp_path: Path):
    assert doctor("explain", "PKG001", "--model", str(tmp_path)).returncode == 2


@pytest.mark.parametrize("name", [row.name for row in _DESCRIBED])
def test_what_is_made_of_a_table_can_be_explained_by_its_name_too(doctor: Doctor, name: str):
    done = doctor("explain", name)
    assert done.returncode == 0 and done.stdout.startswith(name)

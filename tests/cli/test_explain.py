"""``doctor explain``."""

from __future__ import annotations

import json

from doctor.engine.catalogue import module_names
from tests.cli.conftest import Doctor


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


def test_a_wrong_code_names_the_near_ones(doctor: Doctor):
    done = doctor("explain", "PKG01")
    assert (done.returncode, done.stdout) == (2, "")
    assert "error: there is no rule PKG01\n" in done.stderr
    assert "PKG001 (requirement-not-met)" in done.stderr

"""The report and the snapshot that programs read."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import jsonschema
import msgspec
import pytest

from doctor.core.fact import Reason
from doctor.core.keys import KEYS
from doctor.core.report import Severity
from doctor.core.snapshot import Snapshot
from doctor.formats import wire
from doctor.formats.json import render
from doctor.formats.schema import DIALECT, REPORT_FILE, SNAPSHOT_FILE, generate, shipped
from doctor.formats.snapshot import render_snapshot
from doctor.formats.stack import Stack
from doctor.intake.snapshot import decode_snapshot
from tests.bases import BASES, base
from tests.facts import unknown
from tests.formats.reports import (
    BROKEN,
    HEALTHY,
    KINDS,
    NOTHING,
    STACK,
    UNDETERMINED,
    outcome,
    problem,
    rendering,
    report,
)


def parsed(kind: str, stack: Stack = STACK, fail_on: Severity = Severity.ERROR) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(render(rendering(KINDS[kind], stack, fail_on)))
    return found


def validator(name: str) -> jsonschema.Draft202012Validator:
    schema = json.loads(shipped(name))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


class TestReport:
    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("stack", [STACK, Stack()], ids=["full", "empty"])
    def test_fits_the_shipped_schema(self, kind, stack):
        validator(REPORT_FILE).validate(parsed(kind, stack))

    @pytest.mark.parametrize("kind", KINDS)
    def test_decodes_into_the_wire_types(self, kind):
        decoded = msgspec.json.decode(render(rendering(KINDS[kind])), type=wire.Report)
        assert decoded == wire.report_of(KINDS[kind], STACK, Severity.ERROR)

    @pytest.mark.parametrize(
        ("kind", "verdict", "code"),
        [
            ("healthy", "healthy", 0),
            ("broken", "problem", 1),
            ("undetermined", "undetermined", 3),
            ("nothing", "undetermined", 3),
        ],
    )
    def test_states_the_verdict_and_the_exit_code(self, kind, verdict, code):
        assert (parsed(kind)["verdict"], parsed(kind)["exit_code"]) == (verdict, code)

    def test_the_exit_code_follows_fail_on(self):
        warned = report(outcome("PKG001", BROKEN.outcomes[0].verdict, problem(severity=Severity.WARNING)))
        codes = [json.loads(render(rendering(warned, fail_on=level)))["exit_code"] for level in Severity]
        assert codes == [1, 1, 0]

    def test_the_summary_counts_every_rule_once(self):
        for kind, judged in KINDS.items():
            summary = parsed(kind)["summary"]
            rules = ("healthy", "problem", "undetermined", "not_applicable", "not_selected")
            assert sum(summary[name] for name in rules) == len(judged.outcomes) + len(judged.not_selected)

    def test_a_problem_carries_its_own_severity_and_a_line_for_the_shell(self):
        first, second = (item["problems"][0] for item in parsed("broken")["outcomes"][:2])
        assert (first["severity"], second["severity"]) == ("warning", "error")
        assert second["remedies"][0]["shell"] == ["/env/bin/python -m pip install 'torch<2.5'"]

    def test_is_ascii_whatever_the_patient_says(self):
        bad = problem("\x9b31m\u202e", "né\udcff")
        text = render(rendering(report(outcome("PKG001", BROKEN.outcomes[0].verdict, bad))))
        assert text.isascii()
        assert json.loads(text)["outcomes"][0]["problems"][0]["message"] == "né\udcff"

    @pytest.mark.parametrize("judged", [HEALTHY, BROKEN, UNDETERMINED, NOTHING])
    def test_loses_no_outcome(self, judged):
        found = json.loads(render(rendering(judged)))["outcomes"]
        assert [item["code"] for item in found] == [item.code for item in judged.outcomes]


class TestSchema:
    def test_shipped_files_are_current(self):
        """scripts/write_schemas.py writes them."""
        for name, text in generate().items():
            assert shipped(name) == text, name

    @pytest.mark.parametrize("name", [REPORT_FILE, SNAPSHOT_FILE])
    def test_names_its_dialect(self, name):
        assert json.loads(shipped(name))["$schema"] == DIALECT

    def test_every_field_of_a_report_is_required(self):
        """A consumer may count on each of them."""
        for definition in json.loads(shipped(REPORT_FILE))["$defs"].values():
            assert sorted(definition["required"]) == sorted(definition["properties"])

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda found: found.pop("verdict"),
            lambda found: found.update(verdict="fine"),
            lambda found: found["outcomes"][0].update(verdict="unknown"),
            lambda found: found["outcomes"][0]["problems"][0].update(severity=3),
            lambda found: found.update(exit_code=2),
        ],
    )
    def test_refuses_what_is_not_a_report(self, spoil):
        found = parsed("broken")
        spoil(found)
        with pytest.raises(jsonschema.ValidationError):
            validator(REPORT_FILE).validate(found)


class TestSnapshot:
    @pytest.mark.parametrize("name", BASES)
    def test_fits_the_shipped_schema(self, name):
        validator(SNAPSHOT_FILE).validate(json.loads(render_snapshot(base(name))))

    def test_unknown_facts_fit_the_shipped_schema(self):
        facts = {key: unknown(Reason.TIMED_OUT, "too slow") for key in KEYS}
        nothing = dataclasses.replace(base("empty"), facts=facts)
        validator(SNAPSHOT_FILE).validate(json.loads(render_snapshot(nothing)))

    @pytest.mark.parametrize("name", BASES)
    def test_is_read_back_as_it_was(self, name):
        written = base(name)
        assert decode_snapshot(render_snapshot(written).encode(), "test") == Snapshot(
            target=written.target,
            taken_at=written.taken_at,
            doctor_version=written.doctor_version,
            facts=written.facts,
        )

    def test_refuses_what_is_not_a_fact(self):
        found = json.loads(render_snapshot(base("empty")))
        found["facts"]["gpus"] = {"known": [], "absent": "", "source": found["facts"]["gpus"]["source"]}
        with pytest.raises(jsonschema.ValidationError):
            validator(SNAPSHOT_FILE).validate(found)

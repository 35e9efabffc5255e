"""JUnit XML, as Jenkins, GitLab and others read it."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
import xmlschema

from doctor.core.report import Severity, Verdict
from doctor.formats.junit import render
from tests.formats.reports import BROKEN, HEALTHY, KINDS, UNDETERMINED, outcome, problem, rendering, report
from tests.formats.validators import junit_schema


def case_of(judged, code, **changes):
    tree = ElementTree.fromstring(render(rendering(judged, **changes)))
    (case,) = [item for item in tree.iter("testcase") if item.attrib["name"].startswith(code)]
    return case


@pytest.fixture(scope="module")
def schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(junit_schema()))


@pytest.mark.parametrize("kind", KINDS)
def test_fits_the_schema_of_jenkins(kind, schema):
    schema.validate(render(rendering(KINDS[kind])))


def test_the_schema_can_refuse(schema):
    with pytest.raises(xmlschema.XMLSchemaValidationError):
        schema.validate(render(rendering(BROKEN)).replace("<failure", "<failing").replace("</failure", "</failing"))


def test_a_problem_is_a_failure_with_its_remedy():
    failure = case_of(BROKEN, "PKG001").find("failure")
    assert failure is not None
    assert failure.attrib["message"] == "torch: 2.5.1 is installed, 2.4.0 is needed"
    assert "'torch<2.5'" in (failure.text or "")


def test_a_problem_below_fail_on_stands_in_the_output():
    case = case_of(BROKEN, "GPU001")
    assert case.find("failure") is None
    assert "it is hot" in (case.findtext("system-out") or "")
    assert case_of(BROKEN, "GPU001", fail_on=Severity.WARNING).find("failure") is not None


def test_what_could_not_be_judged_is_an_error_and_what_is_not_there_is_skipped():
    error = case_of(UNDETERMINED, "GPU001").find("error")
    assert error is not None
    assert error.text == "driver: NVML timed out (timed-out)"
    skipped = case_of(HEALTHY, "GPU001").find("skipped")
    assert skipped is not None
    assert skipped.attrib["message"] == "there is no GPU"


@pytest.mark.parametrize("kind", KINDS)
def test_some_case_fails_exactly_where_the_exit_code_is_not_0(kind):
    tree = ElementTree.fromstring(render(rendering(KINDS[kind])))
    failed = any(case.find(tag) is not None for case in tree.iter("testcase") for tag in ("failure", "error"))
    nothing = all(case.find("skipped") is not None for case in tree.iter("testcase"))
    assert (failed or nothing) == (rendering(KINDS[kind]).exit_code != 0)


def test_every_name_is_used_once_and_the_counts_are_right():
    tree = ElementTree.fromstring(render(rendering(BROKEN)))
    names = [case.attrib["name"] for case in tree.iter("testcase")]
    assert len(names) == len(set(names)) == sum(int(suite.attrib["tests"]) for suite in tree)


def test_controls_of_the_patient_leave_the_file_well_formed():
    bad = report(outcome("PKG001", Verdict.PROBLEM, problem("\x1b[31m\x00", "]]>\ud800<&\x9b")))
    assert case_of(bad, "PKG001").find("failure") is not None

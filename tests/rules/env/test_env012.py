from __future__ import annotations

from typing import Any

from doctor.core.machine.gpu import GPUS
from doctor.core.machine.system import VARIABLES, VARIABLES_LISTED
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Outcome, Verdict
from tests.facts import absent, distribution, gpu, judge, unknown

TWO = (gpu(0), gpu(1))


def outcome(version: str, gpus: Any = TWO, **variables: str) -> Outcome:
    facts = {VARIABLES: variables, GPUS: gpus, DISTRIBUTIONS: (distribution("vllm", version),)}
    return judge("ENV012", facts)


def test_several_workers_of_an_old_vllm_need_the_limit() -> None:
    (problem,) = outcome("0.5.0").problems
    assert "workers of vLLM 0.5.0 on 2 GPUs" in problem.message
    assert outcome("0.5.0", OMP_NUM_THREADS="1").verdict is Verdict.HEALTHY


def test_one_worker_does_not() -> None:
    assert outcome("0.5.0", (gpu(),)).verdict is Verdict.HEALTHY
    assert outcome("0.5.0", absent("no GPU")).verdict is Verdict.HEALTHY


def test_newer_releases_limit_them_themselves() -> None:
    assert outcome("0.5.4").verdict is Verdict.NOT_APPLICABLE


def test_what_is_not_known_leaves_it_undetermined() -> None:
    assert outcome("nightly").verdict is Verdict.UNKNOWN
    assert outcome("0.5.0", unknown()).verdict is Verdict.UNKNOWN


def test_without_vllm_there_are_no_workers() -> None:
    facts = {VARIABLES: {}, GPUS: TWO, DISTRIBUTIONS: (distribution("torch", "2.3.0"),)}
    assert judge("ENV012", facts).verdict is Verdict.NOT_APPLICABLE


def test_a_text_that_lists_other_variables_does_not_say_that_this_one_is_not_set() -> None:
    listed = {VARIABLES: {}, GPUS: TWO, DISTRIBUTIONS: (distribution("vllm", "0.5.0"),)}
    found = judge("ENV012", {**listed, VARIABLES_LISTED: ("CUDA_",)})
    assert found.undetermined
    assert found.reasons[0].startswith("variable OMP_NUM_THREADS")
    assert not judge("ENV012", {**listed, VARIABLES_LISTED: ("OMP_",)}).undetermined

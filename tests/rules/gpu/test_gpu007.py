from __future__ import annotations

import dataclasses

from doctor.core.report import Severity, Verdict
from tests.facts import judge, unknown
from tests.rules.gpu.machines import A100, NOT_STATED, T4, V100, machine, matrix, verdict_of, without_gpu

CODE = "GPU007"


def test_a_vllm_that_does_not_fall_back_is_a_warning() -> None:
    outcome = verdict_of(CODE, machine(T4, packages={"vllm": "0.8.5.post1"}))
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is Severity.WARNING
    assert "Tesla T4" in problem.message
    assert problem.message.endswith(", and vllm 0.8.5.post1 does not fall back to float16")


def test_a_build_of_vllm_from_source_counts_by_its_number() -> None:
    outcome = verdict_of(CODE, machine(T4, packages={"vllm": "0.8.6.dev100+g1234567"}))
    assert outcome.severity_of(outcome.problems[0]) is Severity.WARNING
    assert "floor bfloat16" in [item.key for item in outcome.evidence]


def test_a_vllm_of_which_the_number_cannot_be_read_may_fall_back() -> None:
    outcome = verdict_of(CODE, machine(T4, packages={"vllm": "local build"}))
    assert [outcome.severity_of(problem) for problem in outcome.problems] == [Severity.INFO]


def test_the_matrix_says_what_bfloat16_needs_and_of_which_vllm() -> None:
    facts, rows = machine(T4, packages={"vllm": "0.8.5"}), matrix()
    silent = judge(CODE, facts, dataclasses.replace(rows, floors=()))
    assert silent.verdict is Verdict.UNKNOWN and "does not say which compute capability" in silent.reasons[0]
    hardware = tuple(floor for floor in rows.floors if not floor.package)
    only = tuple(floor for floor in rows.floors if floor.package)
    mild = judge(CODE, facts, dataclasses.replace(rows, floors=hardware))
    assert [mild.severity_of(problem) for problem in mild.problems] == [Severity.INFO]
    assert judge(CODE, facts, dataclasses.replace(rows, floors=only)).verdict is Verdict.UNKNOWN


def test_a_later_vllm_and_training_are_worth_knowing() -> None:
    for packages in ({"vllm": "0.9.0"}, {"transformers": "4.50.0"}):
        outcome = verdict_of(CODE, machine(V100, packages=packages))
        assert [outcome.severity_of(problem) for problem in outcome.problems] == [Severity.INFO]
        assert "fall back" not in outcome.problems[0].message


def test_ampere_computes_in_bfloat16() -> None:
    assert verdict_of(CODE, machine(A100, packages={"vllm": "0.5.5"})).verdict is Verdict.HEALTHY


def test_what_is_not_known_is_undetermined() -> None:
    assert verdict_of(CODE, machine(gpus=unknown())).verdict is Verdict.UNKNOWN
    unread = verdict_of(CODE, machine(packages={"vllm": "local build"}))
    assert unread.reasons == ("the version of vllm reads 'local build'",)


def test_it_does_not_apply_without_a_gpu_or_without_cuda() -> None:
    assert verdict_of(CODE, without_gpu()).verdict is Verdict.NOT_APPLICABLE
    assert verdict_of(CODE, machine(T4, torch="2.4.0+cpu")).verdict is Verdict.NOT_APPLICABLE


def test_a_text_that_does_not_state_the_vllm_is_a_warning() -> None:
    outcome = verdict_of(CODE, machine(T4, distributions=NOT_STATED))
    assert [outcome.severity_of(problem) for problem in outcome.problems] == [Severity.WARNING]

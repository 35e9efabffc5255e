from __future__ import annotations

from doctor.core.report import Severity, Verdict
from tests.facts import absent, gpu, known, unknown
from tests.rules.gpu.machines import NOT_STATED, machine, verdict_of, without_gpu

CODE = "GPU017"


def test_a_partitioned_gpu_is_worth_knowing() -> None:
    outcome = verdict_of(CODE, machine(gpu(mig=known(True), mig_devices=known(("MIG-aaaa", "MIG-bbbb")))))
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is Severity.INFO
    assert "2 MIG instances" in problem.message
    assert "CUDA_VISIBLE_DEVICES=MIG-aaaa" in problem.remedies[0].text


def test_a_partitioned_gpu_without_an_instance_is_an_error() -> None:
    outcome = verdict_of(CODE, machine(gpu(mig=known(True), mig_devices=known(()))))
    assert [outcome.severity_of(problem) for problem in outcome.problems] == [Severity.ERROR]
    assert outcome.problems[0].remedies[0].commands == (("sudo", "nvidia-smi", "mig", "-i", "0", "-cgi", "0", "-C"),)


def test_a_whole_gpu_is_sound() -> None:
    assert verdict_of(CODE, machine(gpu(0), gpu(1, mig=absent()))).verdict is Verdict.HEALTHY
    for told in (NOT_STATED, unknown()):
        assert verdict_of(CODE, machine(gpu(mig_devices=told))).verdict is Verdict.HEALTHY


def test_what_was_refused_is_undetermined() -> None:
    assert verdict_of(CODE, machine(gpu(mig=unknown(), mig_devices=unknown()))).verdict is Verdict.UNKNOWN
    assert verdict_of(CODE, machine(gpu(mig=known(True), mig_devices=unknown()))).verdict is Verdict.UNKNOWN


def test_it_does_not_apply_without_a_gpu_or_without_cuda() -> None:
    assert verdict_of(CODE, without_gpu()).verdict is Verdict.NOT_APPLICABLE
    assert verdict_of(CODE, machine(torch="2.4.0+cpu")).verdict is Verdict.NOT_APPLICABLE


def test_instances_that_a_text_lists_without_their_names_are_worth_knowing() -> None:
    outcome = verdict_of(CODE, machine(gpu(mig=known(True), mig_devices=NOT_STATED)))
    assert outcome.verdict is Verdict.PROBLEM
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is Severity.INFO
    assert "nvidia-smi -L" in problem.remedies[0].text

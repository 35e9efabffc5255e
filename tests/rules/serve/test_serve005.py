from __future__ import annotations

import pytest

from doctor.core.report import Verdict
from tests.rules.serve.commands import outcome, problems

CODE = "SERVE005"


def test_more_tokens_than_the_kernels_of_old_releases_take():
    (message,) = problems(CODE, "--enable-lora --max-num-batched-tokens 131072", "0.5.4")
    assert message == "it is 131072, and vLLM 0.5.4 computes at most 65528 tokens at once with LoRA"
    assert len(problems(CODE, "--enable-lora --max-model-len 131072", "0.5.4")) == 1


@pytest.mark.parametrize(
    ("arguments", "vllm"), [("--max-num-batched-tokens 131072", "0.5.5"), ("--max-model-len 65528", "0.5.4")]
)
def test_newer_releases_and_fewer_tokens(arguments, vllm):
    assert outcome(CODE, f"--enable-lora {arguments}", vllm).verdict is Verdict.HEALTHY


def test_without_lora_there_is_no_limit():
    assert outcome(CODE, "--max-model-len 131072", "0.5.4").verdict is Verdict.NOT_APPLICABLE

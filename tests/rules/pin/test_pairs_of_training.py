"""PIN006 over the pairs of packages that train, quantise and load adapters: each is met, and not beside its edge."""

from __future__ import annotations

import pytest

from doctor.core.matrix import Matrix
from doctor.core.report import Cause, Severity
from tests.facts import judge
from tests.rules.pin.stacks import stack

Versions = dict[str, str]

CASES = [
    (
        {"compressed-tensors": "0.13.0", "transformers": "4.52.4"},
        {"compressed-tensors": "0.13.0", "transformers": "4.53.3"},
        Cause.TRANSFORMERS_TOO_OLD,
        True,
    ),
    (
        {"liger-kernel": "0.5.5", "transformers": "4.52.4"},
        {"liger-kernel": "0.5.5", "transformers": "4.51.3"},
        Cause.TRANSFORMERS_TOO_NEW,
        True,
    ),
    (
        {"trl": "0.19.1", "transformers": "5.0.0"},
        {"trl": "0.19.1", "transformers": "4.57.6"},
        Cause.TRANSFORMERS_TOO_NEW,
        False,
    ),
    (
        {"compressed-tensors": "0.12.1", "accelerate": "1.0.1"},
        {"compressed-tensors": "0.12.2", "accelerate": "1.0.1"},
        Cause.OTHER,
        True,
    ),
    (
        {"peft": "0.13.2", "huggingface-hub": "0.22.2"},
        {"peft": "0.13.2", "huggingface-hub": "0.23.0"},
        Cause.OTHER,
        True,
    ),
    ({"liger-kernel": "0.5.0", "trl": "0.29.0"}, {"liger-kernel": "0.5.1", "trl": "0.29.0"}, Cause.OTHER, True),
    (
        {"llmcompressor": "0.3.0", "compressed-tensors": "0.14.0"},
        {"llmcompressor": "0.3.0", "compressed-tensors": "0.8.0"},
        Cause.OTHER,
        False,
    ),
    ({"unsloth-zoo": "2025.7.10", "trl": "0.20.0"}, {"unsloth-zoo": "2025.7.11", "trl": "0.20.0"}, Cause.OTHER, True),
    ({"unsloth-zoo": "2025.12.7", "peft": "0.10.0"}, {"unsloth-zoo": "2025.12.7", "peft": "0.11.1"}, Cause.OTHER, True),
    (
        {"trl": "0.14.0", "transformers": "5.0.0"},
        {"trl": "0.14.0", "transformers": "4.57.6"},
        Cause.TRANSFORMERS_TOO_NEW,
        False,
    ),
    ({"vllm": "0.5.1", "outlines": "0.1.9"}, {"vllm": "0.5.1", "outlines": "0.1.8"}, Cause.OTHER, False),
    ({"verl": "0.7.1", "trl": "0.29.0"}, {"verl": "0.7.1", "trl": "0.28.0"}, Cause.OTHER, True),
    (
        {"transformers": "5.12.1", "kernels": "0.15.2"},
        {"transformers": "5.13.0", "kernels": "0.15.2"},
        Cause.OTHER,
        True,
    ),
    (
        {"transformers": "4.41.2", "accelerate": "0.21.0"},
        {"transformers": "4.41.2", "accelerate": "0.26.0"},
        Cause.OTHER,
        False,
    ),
    (
        {"xformers": "0.0.30", "flash-attn": "2.8.0.post2"},
        {"xformers": "0.0.30", "flash-attn": "2.7.4.post1"},
        Cause.DUPLICATE_OR_CONFLICTING_PACKAGES,
        False,
    ),
    (
        {"xformers": "0.0.32.post1", "flash-attn": "2.8.3"},
        {"xformers": "0.0.33.post2", "flash-attn": "2.8.3"},
        Cause.DUPLICATE_OR_CONFLICTING_PACKAGES,
        False,
    ),
    ({"deepspeed": "0.14.2", "torch": "2.4.0"}, {"deepspeed": "0.14.4", "torch": "2.4.0"}, Cause.OTHER, True),
    ({"deepspeed": "0.14.2", "numpy": "2.0.0"}, {"deepspeed": "0.14.2", "numpy": "1.26.4"}, Cause.NUMPY_2, True),
    ({"torchao": "0.3.1", "torch": "2.1.2"}, {"torchao": "0.3.1", "torch": "2.2.0"}, Cause.TORCH_PIN_VIOLATED, True),
    ({"torchao": "0.13.0", "torch": "2.3.1"}, {"torchao": "0.13.0", "torch": "2.4.0"}, Cause.TORCH_PIN_VIOLATED, True),
    ({"torchao": "0.17.0", "torch": "2.4.1"}, {"torchao": "0.17.0", "torch": "2.5.1"}, Cause.TORCH_PIN_VIOLATED, True),
    ({"torchao": "0.18.0", "torch": "2.9.1"}, {"torchao": "0.17.0", "torch": "2.9.1"}, Cause.TORCH_PIN_VIOLATED, True),
    ({"bitsandbytes": "0.45.0", "triton": "3.2.0"}, {"bitsandbytes": "0.45.1", "triton": "3.2.0"}, Cause.OTHER, True),
    (
        {"bitsandbytes": "0.45.0", "triton-windows": "3.5.0.post21"},
        {"bitsandbytes": "0.45.0", "triton-windows": "3.1.0.post17"},
        Cause.OTHER,
        True,
    ),
    (
        {"transformers": "4.52.4", "accelerate": "1.2.1"},
        {"transformers": "4.52.4", "accelerate": "1.3.0"},
        Cause.OTHER,
        False,
    ),
    (
        {"transformers": "5.3.0", "accelerate": "1.2.1"},
        {"transformers": "5.3.0", "accelerate": "1.3.0"},
        Cause.OTHER,
        False,
    ),
    (
        {"transformers": "4.45.2", "accelerate": "0.33.0"},
        {"transformers": "4.45.2", "accelerate": "0.34.0"},
        Cause.OTHER,
        False,
    ),
    (
        {"transformers": "4.39.3", "accelerate": "1.0.1"},
        {"transformers": "4.40.2", "accelerate": "1.0.1"},
        Cause.OTHER,
        False,
    ),
    (
        {"trl": "0.9.6", "transformers": "5.0.0"},
        {"trl": "0.9.6", "transformers": "4.45.2"},
        Cause.TRANSFORMERS_TOO_NEW,
        True,
    ),
    (
        {"trl": "0.11.4", "transformers": "4.46.0"},
        {"trl": "0.12.0", "transformers": "4.46.0"},
        Cause.TRANSFORMERS_TOO_NEW,
        False,
    ),
    ({"peft": "0.6.1", "auto-gptq": "0.4.2"}, {"peft": "0.6.0", "auto-gptq": "0.4.2"}, Cause.OTHER, True),
    ({"optimum": "1.14.0", "auto-gptq": "0.4.2"}, {"optimum": "1.14.0", "auto-gptq": "0.5.0"}, Cause.OTHER, False),
    ({"peft": "0.15.2", "gptqmodel": "1.9.0"}, {"peft": "0.15.2", "gptqmodel": "2.0.0"}, Cause.OTHER, True),
    ({"peft": "0.19.1", "gptqmodel": "7.0.0"}, {"peft": "0.19.1", "gptqmodel": "6.0.3"}, Cause.OTHER, True),
    ({"peft": "0.20.0", "gptqmodel": "6.0.3"}, {"peft": "0.20.0", "gptqmodel": "7.0.0"}, Cause.OTHER, True),
    ({"optimum": "2.3.0", "gptqmodel": "6.0.3"}, {"optimum": "2.3.0", "gptqmodel": "7.0.0"}, Cause.OTHER, False),
]


@pytest.mark.parametrize(("versions", "beside", "cause", "breaks"), CASES)
def test_a_pair_is_met_on_one_side_of_its_edge_only(
    shipped: Matrix, versions: Versions, beside: Versions, cause: Cause, breaks: bool
) -> None:
    partner = list(versions)[1]
    outcome = judge("PIN006", stack(versions), shipped)
    told = {(item.subject, outcome.cause_of(item), outcome.severity_of(item)) for item in outcome.problems}
    assert (partner, cause, Severity.ERROR if breaks else Severity.WARNING) in told
    assert all(item.remedies[0].commands for item in outcome.problems)
    other = judge("PIN006", stack(beside), shipped)
    assert not [item for item in other.problems if item.subject == partner and other.cause_of(item) is cause]

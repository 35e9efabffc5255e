"""LORA052."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from doctor.core.artifact.adapter import ADAPTERS, PICKLES, WEIGHTS
from doctor.core.fact import Absent, Source, SourceKind
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.release import VllmRelease
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.remedies import manual
from doctor.rules.served import serving, upgrades


@rule(
    severity=Severity.ERROR,
    cause=Cause.LORA_ADAPTER_FORMAT,
    since="0.1.0",
    reads=(ADAPTERS, DISTRIBUTIONS, INTERPRETER),
)
def weights_not_read(env: Env) -> Iterator[Problem]:
    """The weights of each adapter are in a file that the vLLM release reads.

    ## What it checks
    An adapter whose only weights are an adapter_model.pt is served by a release that looks for it, as
    0.10.2 and newer ones do. All releases look for adapter_model.safetensors and adapter_model.bin.

    ## Why it matters
    "... doesn't contain tensors".

    ## How to fix it
    Save the adapter again with PEFT, which writes safetensors.

    ## Sources
    - https://github.com/vllm-project/vllm/blob/v0.10.2/vllm/lora/models.py
    - https://huggingface.co/docs/peft/developer_guides/checkpoint
    """
    for folder in env.need(ADAPTERS):
        env.note(f"{WEIGHTS} of {folder.path}", folder.weights)
        held = tuple(name for name in PICKLES if folder.has(name))
        if not held or not isinstance(folder.weights, Absent):
            continue
        served = serving(env)
        if not served.agreed(partial(_reads, held)):
            yield Problem(
                subject=folder.path,
                message=f"its weights are {held[0]}, and {served.label} looks for {_listed(served.newest)}",
                location=Source(kind=SourceKind.FILE, where=f"{folder.path}/{held[0]}"),
                remedies=(
                    manual(
                        "Load it with PEFT where you trust it, and save it again: save_pretrained writes safetensors"
                    ),
                    *upgrades(env, partial(_reads, held)),
                ),
            )


def _reads(held: tuple[str, ...], release: VllmRelease) -> bool:
    return any(name in release.lora.file_formats for name in held)


def _listed(release: VllmRelease) -> str:
    return " or ".join(release.lora.file_formats)

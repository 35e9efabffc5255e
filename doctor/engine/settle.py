"""What would settle a text of which nothing is known: the facts to bring, as far as the text tells which."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.engine.symptom import Symptom
from doctor.matrix.literals import haystack_of

_PACKAGE = r"(?:site|dist)-packages[/\\]([A-Za-z]\w{1,60})[/\\]"
_SHOWN = 3
"""Packages that are named: those whose code was running last."""

_BY_WORDS = (
    (
        r"CUDA error|cudaError|device-side assert",
        "where it fails: kernels report errors late, so run it again with CUDA_LAUNCH_BLOCKING=1",
    ),
    (r"NCCL", "what NCCL did before: run it again with NCCL_DEBUG=INFO"),
    (r"undefined symbol|\.so\b", "what the library needs: `doctor check` compares it with the torch that is installed"),
    (r"(?i:lora|adapter)", "the adapter's folder: --adapter DIR"),
    (r"(?i:safetensors|config\.json|tokenizer|checkpoint|load_weights)", "the model's folder: --model DIR"),
)
"""Words that tell what an error is about, and what would tell more of it."""


def what_would_settle(symptom: Symptom, *, environment: bool) -> tuple[str, ...]:
    """Say what to bring; `environment` says whether the one that the text is from is known."""
    return tuple(_wanted(symptom, environment))


def _wanted(symptom: Symptom, environment: bool) -> Iterator[str]:
    if not environment:
        yield "the environment that it is from: --python PATH, or --collect-env FILE with what `vllm collect-env` wrote"
    text = haystack_of(symptom.text)
    packages = list(dict.fromkeys(reversed([found[1] for found in text.find_all(_PACKAGE)])))[:_SHOWN]
    if packages:
        names = " ".join(packages)
        yield f"the versions of what was running, and which release of one the other was made for: pip show {names}"
    for pattern, wanted in _BY_WORDS:
        if text.first(pattern):
            yield wanted
    if next(symptom.errors(), None) is None:
        yield "the log from its start, of the process that failed first"

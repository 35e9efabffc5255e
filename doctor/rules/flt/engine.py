"""The packages that run the model: where one of them differs between nodes, the engine does not start or hangs."""

from __future__ import annotations

from doctor.core.packages.names import VLLM
from doctor.core.packages.stack import FLASH_ATTENTION

ENGINE = frozenset(
    {
        *VLLM,
        *FLASH_ATTENTION,
        "bitsandbytes",
        "compressed-tensors",
        "deep-ep",
        "flashinfer-cubin",
        "flashinfer-python",
        "lmcache",
        "msgspec",
        "nixl",
        "nvidia-nccl-cu11",
        "nvidia-nccl-cu12",
        "nvidia-nccl-cu13",
        "peft",
        "ray",
        "safetensors",
        "tokenizers",
        "torch",
        "torchaudio",
        "torchvision",
        "transformers",
        "triton",
        "xformers",
        "xgrammar",
    }
)
"""Names in their normalised form."""

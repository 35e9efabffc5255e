"""The environment variables that steer the stack, and the paths that they name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping

from doctor.core.fact import Absent, Source, SourceKind
from doctor.core.machine.system import OVERLAYS, PATH_ENTRIES, VARIABLES, VARIABLES_LISTED, Overlay, PathEntry
from doctor.core.redaction import NOT_STORED, is_secret
from doctor.core.target import Facts, Probe, Target
from doctor.probes.attempt import attempt

_PREFIXES = (
    "BNB_",
    "CUDA",
    "FI_",
    "FLASHINFER_",
    "FLASH_ATTENTION_",
    "GLOO_",
    "HF_",
    "HIP_",
    "HUGGINGFACE",
    "HUGGING_FACE",
    "MKL_",
    "NCCL_",
    "NVIDIA_",
    "NVSHMEM_",
    "OMP_",
    "PYTHON",
    "PYTORCH_",
    "RAY_",
    "SAFETENSORS_",
    "TOKENIZERS_",
    "TORCH",
    "TRANSFORMERS_",
    "TRITON_",
    "UCX_",
    "UNSLOTH_",
    "VLLM_",
    "XFORMERS_",
)
_NAMES = frozenset(
    {
        "CC",
        "CONDA_PREFIX",
        "CXX",
        "HOME",
        "LD_LIBRARY_PATH",
        "LD_PRELOAD",
        "PIP_BREAK_SYSTEM_PACKAGES",
        "TMPDIR",
        "USER",
        "VIRTUAL_ENV",
        "XDG_CACHE_HOME",
        "XDG_CONFIG_HOME",
    }
)

# Variables that name one path, and variables that name several.
_PATH_NAMES = ("CUDA_HOME", "CUDA_PATH", "TMPDIR", "HF_HOME", "HF_HUB_CACHE", "VLLM_CACHE_ROOT", "TRITON_CACHE_DIR")
_PATH_LISTS = ("LD_LIBRARY_PATH", "PYTHONPATH")

STACK = frozenset(
    {
        "accelerate",
        "bitsandbytes",
        "datasets",
        "deepspeed",
        "flash_attn",
        "flashinfer",
        "huggingface_hub",
        "numba",
        "numpy",
        "peft",
        "pydantic",
        "pynvml",
        "ray",
        "safetensors",
        "tokenizers",
        "torch",
        "torchaudio",
        "torchvision",
        "transformers",
        "triton",
        "trl",
        "unsloth",
        "unsloth_zoo",
        "vllm",
        "vllm_flash_attn",
        "xformers",
    }
)
"""Import names of the packages whose place of import matters."""


def find(target: Target) -> Facts:
    """Find the variables, the paths that they name, and the packages that these put first."""
    source = Source(kind=SourceKind.ENV_VAR, where="environ")
    return [
        attempt(VARIABLES, source, lambda: read_variables(target.environ)),
        (VARIABLES_LISTED, Absent(source=source, detail="all variables that matter were looked at")),
        attempt(PATH_ENTRIES, source, lambda: tuple(_path_entries(target.environ))),
        attempt(OVERLAYS, source, lambda: tuple(_overlays(target))),
    ]


def read_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that matter; what looks like a secret is `NOT_STORED`."""
    chosen = sorted(name for name in environ if name in _NAMES or name.startswith(_PREFIXES))
    return {_printable(name): _value(name, environ[name]) for name in chosen}


def _value(name: str, value: str) -> str:
    if is_secret(name, value):
        return NOT_STORED
    return _printable(value)


def _printable(text: str) -> str:
    """Text whose bytes are not UTF-8 reaches Python as lone surrogates, which JSON cannot hold."""
    return text.encode(errors="surrogateescape").decode(errors="replace")


def _path_entries(environ: Mapping[str, str]) -> Iterator[PathEntry]:
    for name in _PATH_NAMES:
        if environ.get(name):
            path = environ[name]
            yield _path_entry(name, path.replace("~", environ.get("HOME", "~"), 1) if path.startswith("~/") else path)
    for name in _PATH_LISTS:
        for entry in environ.get(name, "").split(os.pathsep):
            if entry:
                yield _path_entry(name, entry)
    for entry in preloaded(environ):
        if "/" in entry:  # a bare name is looked up by the loader
            yield _path_entry("LD_PRELOAD", entry)


def preloaded(environ: Mapping[str, str]) -> list[str]:
    """The entries of LD_PRELOAD, which colons or spaces separate (ld.so(8))."""
    return [entry for entry in re.split(r"[:\s]+", environ.get("LD_PRELOAD", "")) if entry]


def _path_entry(variable: str, path: str) -> PathEntry:
    return PathEntry(variable=variable, path=_printable(path), exists=os.access(path, os.F_OK))


def _overlays(target: Target) -> Iterator[Overlay]:
    interpreter = target.interpreter
    own = _packages_of(interpreter.site_packages)
    folders = [("PYTHONPATH", entry) for entry in interpreter.python_path]
    if interpreter.user_site_enabled:
        folders.append(("user site", interpreter.user_site))
    environment = {os.path.realpath(folder) for folder in interpreter.site_packages}
    for variable, folder in folders:
        if os.path.realpath(folder) in environment:
            continue
        for package in sorted(_packages_of((folder,))):
            yield Overlay(variable=variable, folder=_printable(folder), package=package, hides=own.get(package, ""))


def _packages_of(folders: tuple[str, ...]) -> dict[str, str]:
    """Map the import names of the stack that lie in `folders` to their paths."""
    found: dict[str, str] = {}
    for folder in folders:
        for name in sorted(STACK):
            package, module = f"{folder}/{name}", f"{folder}/{name}.py"
            # As importlib asks: what this user may not look at is not found, where Path.is_file raises.
            if os.path.isfile(f"{package}/__init__.py"):  # noqa: PTH113
                found.setdefault(name, package)
            elif os.path.isfile(module):  # noqa: PTH113
                found.setdefault(name, module)
    return found


VARIABLES_PROBE = Probe(
    name="variables", keys=(VARIABLES, VARIABLES_LISTED, PATH_ENTRIES, OVERLAYS), find=find, group="machine"
)

"""The environment variables that the proof's child is started with."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from doctor.core.redaction import is_secret

COMPILED = "lib/python3*/site-packages/torch/__pycache__"


def child_environ(environ: Mapping[str, str], folder: Path, python: Path | None = None) -> dict[str, str]:
    """The environment of the child: the target's, offline, writing below `folder` only.

    TORCHDYNAMO_DISABLE spares a C++ compilation of 20 s for one helper of vLLM's sampler.
    VLLM_CPU_KVCACHE_SPACE would override the size of the cache that the payload asks for.
    """
    kept = {
        name: value
        for name, value in environ.items()
        if not is_secret(name, value) and name not in ("VLLM_CPU_KVCACHE_SPACE", "PYTHONPYCACHEPREFIX")
    }
    cache, temporary = folder / "cache", folder / "tmp"
    temporary.mkdir(exist_ok=True)
    places = {
        "TMPDIR": temporary,
        "XDG_CACHE_HOME": cache,
        "XDG_CONFIG_HOME": folder / "config",
        "HF_HOME": cache / "huggingface",
        "VLLM_CACHE_ROOT": cache / "vllm",
        "VLLM_CONFIG_ROOT": folder / "config" / "vllm",
        "TORCHINDUCTOR_CACHE_DIR": cache / "inductor",
        "TRITON_CACHE_DIR": cache / "triton",
    }
    return (
        kept
        | {name: os.fspath(path) for name, path in places.items()}
        | {
            "DO_NOT_TRACK": "1",
            "HF_HUB_OFFLINE": "1",
            "PYTHONFAULTHANDLER": "1",
            "PYTHONUNBUFFERED": "1",
            "TOKENIZERS_PARALLELISM": "false",
            "TORCHDYNAMO_DISABLE": "1",
            "TRANSFORMERS_OFFLINE": "1",
            "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
            "VLLM_LOGGING_LEVEL": "WARNING",
            "VLLM_NO_USAGE_STATS": "1",
        }
        | _bytecode(python, cache)
    )


def _bytecode(python: Path | None, cache: Path) -> dict[str, str]:
    """Where compiled modules go: nowhere, or, in an environment that has none, to a folder of the run.

    vLLM starts a second process that imports the same again to look at a model's class; with uv's
    default of not compiling each of the two compiles 8,000 files. Nothing is written to the
    environment itself.
    """
    if python is not None and not any(python.parent.parent.glob(COMPILED)):
        return {"PYTHONPYCACHEPREFIX": os.fspath(cache / "pycache"), "PYTHONDONTWRITEBYTECODE": ""}
    return {"PYTHONDONTWRITEBYTECODE": "1"}

"""What the package index states of the releases of a package, as a file of the matrix."""

from __future__ import annotations

import email.parser
import email.policy
import re
from collections.abc import Sequence
from typing import Any

from packaging.version import Version

from scripts.derivation.files import json_file
from scripts.derivation.index import Index, IndexFile

PACKAGES = {
    "accelerate": "0.20",
    "auto-gptq": "0.4",
    "autoawq": "0.1",
    "axolotl": "0.5",
    "bitsandbytes": "0.42",
    "compressed-tensors": "0.6",
    "datasets": "2.14",
    "deepspeed": "0.12",
    "diffusers": "0.24",
    "flash-attn": "2.0",
    "flashinfer-python": "0.2",
    "gptqmodel": "1.0",
    "huggingface-hub": "0.20",
    "liger-kernel": "0.1",
    "llamafactory": "0.7",
    "llmcompressor": "0.1",
    "lm-format-enforcer": "0.9",
    "lmdeploy": "0.4",
    "mistral-common": "1.0",
    "ms-swift": "2.0",
    "numba": "0.58",
    "numpy": "1.24",
    "nvidia-ml-py": "11.450",
    "openrlhf": "0.3",
    "optimum": "1.14",
    "outlines": "0.0.34",
    "peft": "0.5",
    "pynvml": "8.0",
    "ray": "2.9",
    "sentence-transformers": "2.3",
    "sglang": "0.2",
    "tensordict": "0.3",
    "tokenizers": "0.15",
    "torch": "2.1",
    "torchao": "0.3",
    "torchaudio": "2.1",
    "torchvision": "0.16",
    "transformers": "4.40",
    "triton": "2.1",
    "trl": "0.5",
    "unsloth": "2024.8",
    "unsloth-zoo": "2024.8",
    "verl": "0.1",
    "vllm": "0.4.0",
    "vllm-flash-attn": "2.5",
    "xformers": "0.0.20",
    "xgrammar": "0.1",
}
"""The packages whose releases are told one by one, with the first that is."""

_EXTRA = re.compile(r"\bextra\s*==")
_OTHER_SYSTEMS = ("macosx", "win32", "win_amd64", "win_arm64", "android", "ios")


def read_package(index: Index, package: str) -> dict[str, Any]:
    """Every release of a package from the first wanted on, oldest first, prereleases left out."""
    return {str(version): _describe(index, files) for version, files in _releases(index, package)}


def wheels_of(index: Index, package: str) -> list[IndexFile]:
    """One wheel of every release that is told, oldest first."""
    return [wheel for _, files in _releases(index, package) for wheel in _usual(files)]


def _releases(index: Index, package: str) -> list[tuple[Version, list[IndexFile]]]:
    by_version: dict[Version, list[IndexFile]] = {}
    for file in index.files(package):
        if file.version >= Version(PACKAGES[package]) and not file.version.is_prerelease:
            by_version.setdefault(file.version, []).append(file)
    return sorted(by_version.items())


def _usual(files: Sequence[IndexFile]) -> list[IndexFile]:
    """The wheel that most people install; none where there are only sources."""
    return sorted(_for_linux(files), key=lambda file: ("x86_64" not in file.tags, file.filename))[:1]


def _for_linux(files: Sequence[IndexFile]) -> list[IndexFile]:
    return [file for file in files if file.is_wheel and not any(word in file.tags for word in _OTHER_SYSTEMS)]


def write_package(package: str, releases: dict[str, Any]) -> str:
    """The file of a package."""
    return json_file({"package": package, "releases": releases})


def _describe(index: Index, files: Sequence[IndexFile]) -> dict[str, Any]:
    wheels = _for_linux(files)
    found: dict[str, Any] = {
        "uploaded": min(file.uploaded for file in files),
        "python": next((file.requires_python for file in (*wheels, *files) if file.requires_python), ""),
    }
    # What an sdist would require is only known when it is built.
    for wheel in _usual(files):
        found["requires"] = _requires(index.metadata(wheel))
    if wheels:
        found["wheels"] = sorted({file.tags for file in wheels})
    if all(file.yanked for file in files):
        found["yanked"] = True
    return found


def _requires(metadata: bytes) -> list[str]:
    message = email.parser.BytesParser(policy=email.policy.compat32).parsebytes(metadata, headersonly=True)
    lines = [" ".join(str(line).split()) for line in message.get_all("Requires-Dist", [])]
    return [line for line in lines if not _EXTRA.search(line)]

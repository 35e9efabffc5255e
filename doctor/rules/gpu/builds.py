"""What the installed packages were compiled for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from doctor.core.architecture import Architecture
from doctor.core.distribution import DISTRIBUTIONS, Distribution
from doctor.core.extension import EXTENSIONS, Extension, TorchBuild
from doctor.core.fact import Fact, Known, Unknown
from doctor.core.interpreter import INTERPRETER
from doctor.core.matrix import WheelBuild
from doctor.core.rule import Env

PYTORCH_INDEX = "https://download.pytorch.org/whl"
"""Where PyTorch publishes its builds by CUDA version (https://pytorch.org/get-started/locally/)."""

# Packages whose kernels run whenever they are used, without another package to fall back on.
KERNEL_PACKAGES = ("vllm", "flash-attn", "xformers", "bitsandbytes")


@dataclass(frozen=True, slots=True)
class Build:
    """An installed package with the CUDA version and the targets that it was compiled for."""

    name: str
    version: str
    cuda: str
    architectures: tuple[str, ...]

    @property
    def title(self) -> str:
        """Name and version."""
        return f"{self.name} {self.version}"


def public(version: str) -> str:
    """A version without its local part: ``2.4.0`` of ``2.4.0+cu121``."""
    return version.partition("+")[0]


def installed(distributions: Iterable[Distribution], name: str) -> Distribution | None:
    """The distribution of that name that is imported."""
    return next((item for item in distributions if item.name == name and not item.shadowed), None)


def version_of(distribution: Distribution) -> Version | None:
    """The version as one that can be compared; None where it cannot be read."""
    try:
        return Version(distribution.version)
    except InvalidVersion:
        return None


def torch_architectures(env: Env, build: TorchBuild) -> tuple[str, ...] | None:
    """The targets of torch's kernels, from its files or from the wheel of that release."""
    machine = env.need(INTERPRETER).markers.get("platform_machine", "x86_64")
    if not isinstance(build.architectures, Known):
        row = env.matrix.wheel_build("torch", build.version, machine)
        row = row or env.matrix.wheel_build("torch", public(build.version), machine)
        if row is not None and row.cuda == build.cuda:
            env.cite(f"wheel torch {row.version}")
            return row.architectures
    return env.note("architectures of torch", build.architectures)


def wheel_of(env: Env, name: str) -> WheelBuild | None:
    """The row of the wheel that an installed package came from; None when it is from elsewhere."""
    machine = env.need(INTERPRETER).markers.get("platform_machine", "x86_64")
    distributions = env.need(DISTRIBUTIONS)
    distribution = installed(distributions, name)
    if distribution is None or distribution.origin != "index":
        return None
    row = env.matrix.wheel_build(name, distribution.version, machine)
    if row is not None:
        env.cite(f"wheel {name} {row.version}")
    return row


def kernel_builds(env: Env, torch: TorchBuild) -> list[Build]:
    """The installed packages with CUDA kernels; what cannot be told is noted as a gap."""
    distributions = env.need(DISTRIBUTIONS)
    extensions = _extensions(env)
    builds = []
    for name in KERNEL_PACKAGES:
        distribution = installed(distributions, name)
        if distribution is None:
            continue
        row = wheel_of(env, name)
        found = _architectures(env, name, extensions, row)
        if found:
            cuda = row.cuda if row else torch.cuda
            builds.append(Build(name, distribution.version, cuda, found))
    return builds


def _extensions(env: Env) -> list[Extension]:
    found = (env.note("an extension", fact) for fact in env.need(EXTENSIONS))
    return [extension for extension in found if extension is not None]


def _architectures(
    env: Env, name: str, extensions: Iterable[Extension], row: WheelBuild | None
) -> tuple[str, ...] | None:
    facts = [item.architectures for item in extensions if item.distribution == name and _is_main(name, item.path)]
    known = {target for fact in facts if isinstance(fact, Known) for target in fact.value}
    if known:
        return _without_defaults(known)
    if row is not None:
        return row.architectures
    unknown: list[Fact[tuple[str, ...]]] = [fact for fact in facts if isinstance(fact, Unknown)]
    if unknown:
        env.note(f"architectures of {name}", unknown[0])
    elif not facts:
        env.gap(f"what {name} was compiled for: it has no extension that was read, and the matrix no row for it")
    return None


def _is_main(name: str, path: str) -> bool:
    # Beside its main extensions vLLM ships some for single generations (FlashMLA for 9.0).
    return name != "vllm" or path.rpartition("/")[2].startswith(("_C", "_moe_C"))


def _without_defaults(targets: Iterable[str]) -> tuple[str, ...]:
    """Leave out 5.2, for which nvcc 11 and 12 compile a file that names no target."""
    parsed = [(target, Architecture.parse(target)) for target in sorted(targets)]
    wanted = tuple(target for target, item in parsed if item is not None and (item.major, item.minor) != (5, 2))
    return wanted or tuple(target for target, _ in parsed)

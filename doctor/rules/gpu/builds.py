"""What the installed packages were compiled for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from packaging.markers import UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion

from doctor.core.fact import Absent, Fact, Known, not_told
from doctor.core.frozen import light_dataclass
from doctor.core.interpreter import INTERPRETER
from doctor.core.machine.architecture import Architecture
from doctor.core.matrix import WheelBuild
from doctor.core.packages.declared import states_versions_only
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.packages.extension import EXTENSIONS, TORCH_BUILD, Extension, TorchBuild
from doctor.core.packages.markers import applies
from doctor.core.packages.stack import installed
from doctor.core.rule import Env, UndeterminedError
from doctor.rules import bitsandbytes
from doctor.rules.stated import interpreter_if_stated

# Packages whose kernels run whenever they are used, without another package to fall back on.
KERNEL_PACKAGES = ("vllm", "flash-attn", "xformers", "bitsandbytes")


@light_dataclass(frozen=True)
class Build:
    """A package with CUDA kernels, and the targets that they were compiled for.

    `pinned_by` names what requires it where a list of versions leaves it out, and is "" where it is listed.
    """

    name: str
    version: str
    architectures: tuple[str, ...]
    pinned_by: str = ""

    @property
    def title(self) -> str:
        """Name and version, and who requires it where it is not listed itself."""
        named = f"{self.name} {self.version}"
        return f"{named}, which {self.pinned_by} requires," if self.pinned_by else named


def public(version: str) -> str:
    """A version without its local part: ``2.4.0`` of ``2.4.0+cu121``."""
    return version.partition("+")[0]


def machine_of(env: Env) -> str:
    """The processor, or the usual one where nobody states it."""
    return interpreter_if_stated(env).markers.get("platform_machine", "x86_64")


def torch_architectures(env: Env, build: TorchBuild) -> tuple[str, ...] | None:
    """The targets of torch's kernels, from its files or from the wheel of that release."""
    machine = machine_of(env)
    if not_told(build.architectures):
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


def kernel_builds(env: Env) -> list[Build]:
    """The installed packages with CUDA kernels; what cannot be told is noted as a gap."""
    distributions = env.need(DISTRIBUTIONS)
    extensions = _extensions(env)
    builds: list[Build] = []
    for name in KERNEL_PACKAGES:
        distribution = installed(distributions, name)
        if distribution is None:
            builds += _pinned_builds(env, name, distributions)
        elif found := _architectures(env, name, extensions):
            builds.append(Build(name, distribution.version, found))
    return builds


def _pinned_builds(env: Env, name: str, distributions: tuple[Distribution, ...]) -> Iterator[Build]:
    """What a list of versions leaves out and the vLLM that it names pins exactly, as xformers."""
    vllm = installed(distributions, "vllm")
    if vllm is None or not states_versions_only(vllm):
        return
    markers = interpreter_if_stated(env).markers
    machine = markers.get("platform_machine", "x86_64")
    release = env.matrix.release("vllm", vllm.version)
    for line in (release.requires if release else None) or ():
        row = env.matrix.wheel_build(name, exact_pin(line, name, markers), machine)
        if row is not None:
            env.cite(f"wheel {name} {row.version}")
            yield Build(name, row.version, row.architectures, pinned_by=f"vllm {vllm.version}")


def exact_pin(line: str, name: str, markers: Mapping[str, str]) -> str:
    """The version that a Requires-Dist line pins a package to where it applies, "" where it does not."""
    if not line.startswith(name):
        return ""
    try:
        requirement = Requirement(line)
        counts = applies(requirement.marker, markers)
    except (InvalidRequirement, InvalidVersion, UndefinedComparison, UndefinedEnvironmentName):
        return ""
    pins = [item.version for item in requirement.specifier if item.operator == "=="]
    return pins[0] if counts and requirement.name == name and len(pins) == 1 else ""


def _extensions(env: Env) -> list[Extension]:
    if not_told(env.fact(EXTENSIONS)):
        return []  # the wheel of a release, where there is a row for it, tells as much
    try:
        facts = env.look(EXTENSIONS) or ()
    except UndeterminedError as error:
        # The wheel of a release can still name a problem.
        env.gap(str(error))
        return []
    found = (env.note("an extension", fact) for fact in facts)
    return [extension for extension in found if extension is not None]


def _architectures(env: Env, name: str, extensions: Iterable[Extension]) -> tuple[str, ...] | None:
    if name == bitsandbytes.NAME:
        return _of_bitsandbytes(env, [item for item in extensions if item.distribution == name])
    facts = [item.architectures for item in extensions if item.distribution == name and _is_main(name, item.path)]
    return _read(env, name, facts) or _from_wheel(env, name, facts)


def _of_bitsandbytes(env: Env, found: list[Extension]) -> tuple[str, ...] | None:
    """The targets of the one library that is loaded; that there is none is ABI010's finding."""
    torch, row = env.fact(TORCH_BUILD), wheel_of(env, bitsandbytes.NAME)
    cuda = torch.value.cuda if isinstance(torch, Known) else ""
    available = bitsandbytes.libraries(found, row)
    chosen = bitsandbytes.loaded(available, row, cuda) if cuda and available else None
    if chosen == "":
        return None
    facts = [item.architectures for item in found if chosen is None or bitsandbytes.cuda_of(item.path) == chosen]
    read = _read(env, bitsandbytes.NAME, facts)
    if read is None and row is not None and chosen in row.libraries:
        return row.libraries[chosen]
    return read or _from_wheel(env, bitsandbytes.NAME, facts)


def _read(env: Env, name: str, facts: Iterable[Fact[tuple[str, ...]]]) -> tuple[str, ...] | None:
    """What the files themselves tell. One that failed is a gap, even beside others that were read."""
    read = [env.note(f"architectures of {name}", fact) for fact in facts if not not_told(fact)]
    known = {target for targets in read for target in targets or ()}
    return _without_defaults(known) if known else None


def _from_wheel(env: Env, name: str, facts: Iterable[Fact[tuple[str, ...]]]) -> tuple[str, ...] | None:
    if any(isinstance(fact, Absent) for fact in facts):
        return None  # read, and without CUDA code
    row = wheel_of(env, name)
    if row is not None and row.architectures:
        return row.architectures
    env.gap(f"what {name} was compiled for: no extension of it was read, and the matrix has no row for its wheel")
    return None


def _is_main(name: str, path: str) -> bool:
    # Beside its main extensions vLLM ships some for single generations (FlashMLA for 9.0).
    return name != "vllm" or path.rpartition("/")[2].startswith(("_C", "_moe_C"))


def _without_defaults(targets: Iterable[str]) -> tuple[str, ...]:
    """Leave out 5.2, for which nvcc 11 and 12 compile a file that names no target."""
    parsed = [(item, target) for target in targets if (item := Architecture.parse(target)) is not None]
    wanted = [(item, target) for item, target in parsed if (item.major, item.minor) != (5, 2)]
    # Machine code first, as cuobjdump lists them.
    ordered = sorted(wanted or parsed, key=lambda pair: (pair[0].ptx, pair[0]))
    return tuple(target for _, target in ordered)

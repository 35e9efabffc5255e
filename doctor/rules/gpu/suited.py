"""Which release of vLLM or build of torch runs on a GPU, as the wheels of the matrix say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from doctor.core.machine.architecture import Support, parse_capability, support
from doctor.core.matrix import Floor, WheelBuild
from doctor.core.rule import Env
from doctor.rules.gpu.builds import exact_pin, machine_of, public

Capability = tuple[int, int]


def vllm_for(env: Env, capability: Capability, accept: Callable[[WheelBuild], bool] = lambda row: True) -> str:
    """The requirement for vLLM's wheels that run on a GPU, with the torch that they pin; "" where there are none.

    Builds for CUDA 12 come before those for 13, which need a driver of a newer branch. `accept` leaves
    out more releases.
    """
    rows = _rows(env, "vllm")
    suited = [row for row in rows if _runs(env, row, capability) and accept(row)]
    before_13 = [row for row in suited if _major(row.cuda) < 13]
    return _range(rows, before_13 or suited)


def vllm_below_cuda(env: Env, major: int) -> str:
    """The requirement for the vLLM wheels before the first ones for a CUDA major version; "" without such."""
    rows = _rows(env, "vllm")
    older = [row for row in rows if _major(row.cuda) < major and _torch_of(env, row) is not None]
    newer = [row for row in rows if _major(row.cuda) >= major]
    return f"vllm<{_short(newer[0].version)}" if older and newer else ""


def cuda_torch_since(env: Env) -> str:
    """The first torch that the package index has with CUDA for this processor, "" without one."""
    plain = (row for row in _rows(env, "torch") if "+" not in row.version and row.cuda)
    return next((row.version for row in plain), "")


def vllm_with_torch_since(env: Env, version: str) -> str:
    """The requirement for the releases of vLLM whose torch is of a release or a newer one, "" without such."""
    rows = _rows(env, "vllm")
    pins = [(row, pin) for row in rows if (pin := pinned(env, row, "torch"))]
    return _range(rows, [row for row, pin in pins if Version(pin) >= Version(version)])


def pinned(env: Env, row: WheelBuild, package: str) -> str:
    """The version of a package that a release of vLLM pins, "" where it pins none."""
    release = env.matrix.release("vllm", row.version)
    markers = {"platform_machine": row.machine, "platform_system": "Linux", "sys_platform": "linux"}
    lines = (release.requires if release else None) or ()
    return next((pin for line in lines if (pin := exact_pin(line, package, markers))), "")


def torch_for(env: Env, version: str, capability: Capability) -> str:
    """The build on PyTorch's own index that runs on a GPU: of this release, or of the one nearest to it.

    Of the newest where nobody states the release. With its label, because the plain version may be satisfied by the
    build that is there. "" without one.
    """
    rows = [row for row in _rows(env, "torch") if "+cu" in row.version and _is_binary(row, capability)]
    releases = sorted({Version(public(row.version)) for row in rows})
    if not releases:
        return ""
    wanted = Version(public(version)) if version else releases[-1]
    chosen = max((release for release in releases if release <= wanted), default=releases[0])
    builds = [row for row in rows if Version(public(row.version)) == chosen]
    return f"torch=={min(builds, key=lambda row: Version(row.cuda)).version}"


def torch_below_cuda(env: Env, version: str, major: int, capabilities: Iterable[Capability]) -> str:
    """The build of a release of torch for the CUDA major version before one, that runs on all of the GPUs; "" without.

    The newest of several, with its label, because the plain version is satisfied by the build that is there.
    """
    wanted = list(capabilities)
    builds = [
        row
        for row in _rows(env, "torch")
        if "+cu" in row.version and public(row.version) == public(version) and _major(row.cuda) == major - 1
    ]
    suited = [row for row in builds if all(_is_binary(row, capability) for capability in wanted)]
    return f"torch=={max(suited, key=lambda row: Version(row.cuda)).version}" if suited else ""


def allows(floor: Floor, capability: Capability) -> bool:
    """Whether a GPU is within what a floor asks for."""
    minimum, below = parse_capability(floor.minimum), parse_capability(floor.below)
    return (minimum is None or capability >= minimum) and (below is None or capability < below)


def _rows(env: Env, package: str) -> list[WheelBuild]:
    machine = machine_of(env)
    rows = [row for row in env.matrix.wheel_builds if (row.package, row.machine) == (package, machine)]
    return sorted(rows, key=lambda row: Version(row.version))


def _runs(env: Env, row: WheelBuild, capability: Capability) -> bool:
    torch = _torch_of(env, row)
    if torch is None or not (_is_binary(row, capability) and _is_binary(torch, capability)):
        return False
    floors = (floor for floor in env.matrix.floors if floor.package == "vllm" and floor.feature in ("", "lora"))
    version = Version(row.version)
    return all(allows(floor, capability) for floor in floors if SpecifierSet(floor.versions).contains(version))


def _torch_of(env: Env, row: WheelBuild) -> WheelBuild | None:
    """The CUDA build of torch on the package index that a release of vLLM pins."""
    torch = env.matrix.wheel_build("torch", pinned(env, row, "torch"), row.machine)
    return torch if torch is not None and torch.cuda else None


def _is_binary(row: WheelBuild, capability: Capability) -> bool:
    return support(row.architectures, capability) is Support.BINARY


def _range(rows: Sequence[WheelBuild], suited: Sequence[WheelBuild]) -> str:
    """The releases up to the newest suited one, from the one after which all are suited."""
    if not suited:
        return ""
    last = rows.index(suited[-1])
    first = last
    while first and rows[first - 1] in suited:
        first -= 1
    end = f",<{_short(rows[last + 1].version)}" if last + 1 < len(rows) else ""
    return f"vllm>={rows[first].version}{end}"


def _short(version: str) -> str:
    return version.removesuffix(".0")


def _major(cuda: str) -> int:
    return int(cuda.partition(".")[0] or 0)

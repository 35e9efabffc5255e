"""GPU002."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from packaging.version import InvalidVersion, Version

from doctor.core.interpreter import INTERPRETER
from doctor.core.machine.architecture import Architecture, Support, support
from doctor.core.machine.gpu import DRIVER, GPUS, VISIBLE_DEVICES, is_older
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import EXTENSIONS, TORCH_BUILD
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.rules.gpu.builds import Build, kernel_builds, wheel_of
from doctor.rules.gpu.devices import Model, cuda_torch, models, visible_gpus
from doctor.rules.gpu.drivers import cuda_release


@rule(
    severity=Severity.WARNING,
    cause=Cause.DRIVER_TOO_OLD,
    since="0.1.0",
    reads=(GPUS, VISIBLE_DEVICES, TORCH_BUILD, DRIVER, DISTRIBUTIONS, EXTENSIONS, INTERPRETER),
)
def ptx_newer_than_driver(env: Env) -> Iterator[Problem]:
    """The driver can compile the PTX that a GPU needs from the installed builds.

    ## What it checks
    Where a package holds kernels that a visible GPU only runs from PTX, the driver is compared
    with the one of the CUDA toolkit that compiled the package. All of a package's kernels are
    such when it has no machine code for the GPU; some are when it holds PTX for an older
    generation, as vLLM does for its Marlin and FlashAttention 2 kernels.

    ## Why it matters
    Minor-version compatibility covers machine code only. A kernel in newer PTX fails when it is
    first used: "the provided PTX was compiled with an unsupported toolchain".

    ## How to fix it
    Update the driver to the one of the toolkit, or install builds of an older CUDA version.

    ## Sources
    - https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html
    - https://github.com/vllm-project/vllm/issues/28305
    - https://github.com/vllm-project/vllm/issues/31700
    - https://github.com/vllm-project/vllm/issues/47397
    """
    gpus = visible_gpus(env)
    torch = cuda_torch(env)
    driver = env.note("version of the driver", env.need(DRIVER).version)
    found = models(env, gpus)
    builds = kernel_builds(env)
    if driver is None:
        return
    try:
        Version(driver)
    except InvalidVersion:
        env.gap(f"the version of the driver reads {driver!r}")
        return
    for build in builds:
        wheel = wheel_of(env, build.name)
        compiled = (wheel.cuda or wheel.library(torch.cuda)) if wheel else ""
        yield from _problems(env, build, compiled or torch.cuda, found, driver)


def _problems(env: Env, build: Build, cuda: str, found: Sequence[Model], driver: str) -> Iterator[Problem]:
    release = cuda_release(env, cuda)
    if release is None:
        return
    # Below the minimum nothing runs at all, which is GPU001's finding.
    needed = release.toolkit_driver
    older = is_older(driver, needed)
    if is_older(driver, release.minimum_driver) or older is False:
        return
    for model in found:
        extent = _extent(build, model.capability)
        if extent and older is None:
            env.gap(f"{driver} is a branch of the driver: is it {needed} or newer?")
        elif extent:
            yield Problem(
                subject=f"{build.name} on {model.subject}",
                message=(
                    f"{extent} of {build.title} (CUDA {release.version}) must be compiled by the driver for "
                    f"{model.title}, which needs driver {needed} or newer, and {driver} is installed"
                ),
                remedies=(Remedy(text=f"Install NVIDIA driver {needed} or newer and restart", safety=Safety.MANUAL),),
            )


def _extent(build: Build, capability: tuple[int, int]) -> str:
    level = support(build.architectures, capability)
    if level is Support.PTX:
        return "All kernels"
    if build.name != "vllm":
        return ""
    # Other packages compile every kernel for every target; vLLM chooses the targets for each.
    targets = filter(None, map(Architecture.parse, build.architectures))
    older = any(target.ptx and not target.suffix and target.major < capability[0] for target in targets)
    return "Some kernels" if older else ""

"""GPU001."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from packaging.version import InvalidVersion, Version

from doctor.core.fact import Known, not_told
from doctor.core.install import install
from doctor.core.interpreter import INTERPRETER
from doctor.core.machine.gpu import DRIVER, GPUS, Driver, is_older
from doctor.core.matrix import CudaRelease
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.rules.gpu.builds import wheel_of
from doctor.rules.gpu.devices import cuda_torch_if_known, known_capabilities, torch_in_words
from doctor.rules.gpu.drivers import compat_remedy, cuda_release, number
from doctor.rules.gpu.suited import torch_below_cuda, vllm_below_cuda
from doctor.rules.stated import distributions_if_stated, interpreter_if_stated


@rule(
    severity=Severity.ERROR,
    cause=Cause.DRIVER_TOO_OLD,
    since="0.1.0",
    reads=(DRIVER, TORCH_BUILD, DISTRIBUTIONS, INTERPRETER, GPUS),
)
def driver_too_old(env: Env) -> Iterator[Problem]:
    """The driver is new enough for the CUDA version that torch and vLLM were built for.

    ## What it checks
    The version of the NVIDIA driver is compared with the minimum of the CUDA major version that
    the installed torch and the vLLM wheel were compiled for. Within one major version an older
    driver runs newer builds (minor-version compatibility), so CUDA 12.9 on a driver for 12.8 is
    sound. A libcuda from NVIDIA's forward-compatibility package counts as what it supports.

    ## Why it matters
    CUDA refuses to start: "The NVIDIA driver on your system is too old (found version 12080)".

    ## How to fix it
    Update the driver, or install builds for the CUDA version that it supports. On data-centre
    GPUs, with a driver of certain branches, the package cuda-compat with its folder on LD_LIBRARY_PATH
    is a third way; GPU019 says where it is none.

    ## Sources
    - https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html
    - https://docs.nvidia.com/deploy/cuda-compatibility/forward-compatibility.html
    """
    driver = env.need(DRIVER)
    torch = cuda_torch_if_known(env)
    problem = _problem(env, driver, torch_in_words(env, torch), torch.cuda) if torch else None
    if problem:
        yield problem
    untold = not_told(env.fact(DISTRIBUTIONS))
    wheel = None if untold else wheel_of(env, "vllm")
    if torch is None and untold:
        yield from _below_all(env, driver)
    # Where torch is built for another CUDA major version ABI005 reports that, and it comes first.
    if wheel and not problem and (torch is None or number(torch.cuda)[:1] == number(wheel.cuda)[:1]):
        problem = _problem(env, driver, f"vllm {wheel.version}", wheel.cuda)
        if problem:
            yield problem


def _below_all(env: Env, driver: Driver) -> Iterator[Problem]:
    """What no wheel of vLLM on the package index runs on, where nobody states which is installed."""
    builds = [row.cuda for row in env.matrix.wheel_builds if row.package == "vllm"]
    oldest = min(builds, key=number, default="")
    problem = _problem(env, driver, "every wheel of vLLM on the package index", oldest) if oldest else None
    if problem:
        yield dataclasses.replace(problem, severity=Severity.WARNING)


def _problem(env: Env, driver: Driver, package: str, cuda: str) -> Problem | None:
    release = cuda_release(env, cuda)
    if release is None:
        return None
    found = _found(env, driver, release)
    if not found:
        return None
    return Problem(
        subject="NVIDIA driver",
        message=(
            f"{package} is built for CUDA {release.version}, which needs driver "
            f"{release.minimum_driver} or newer, and {found}"
        ),
        remedies=_remedies(env, release, driver),
    )


def _found(env: Env, driver: Driver, release: CudaRelease) -> str:
    """Say what was found when it is too little, else ""."""
    supported = driver.cuda.value if isinstance(driver.cuda, Known) else ""
    version = _version(env, driver, supported)
    if not version:
        if supported and number(supported)[0] < number(release.version)[0]:
            return f"the driver supports CUDA {supported}"
        return ""
    older = is_older(version, release.minimum_driver)
    if older is False:
        return ""
    # The forward-compatibility package replaces libcuda and leaves the driver's version as it is.
    if number(supported) >= number(release.version):
        return ""
    if older is None:
        env.gap(f"{version} is a branch of the driver: is it {release.minimum_driver} or newer?")
        return ""
    return f"driver {version} is installed" + (f" (CUDA {supported})" if supported else "")


def _version(env: Env, driver: Driver, supported: str) -> str:
    fact = driver.version if isinstance(driver.version, Known) else driver.kernel_module
    if not (supported and not_told(driver.version)):
        env.note("version of the driver", driver.version)
    if not isinstance(fact, Known):
        return ""
    # As it is written: to Version 470.57.02 is 470.57.2.
    text: str = fact.value
    try:
        Version(text)
    except InvalidVersion:
        env.gap(f"the version of the driver reads {text!r}")
        return ""
    return text


def _remedies(env: Env, release: CudaRelease, driver: Driver) -> tuple[Remedy, ...]:
    text = f"Install NVIDIA driver {release.minimum_driver} or newer with the means of the operating system and restart"
    installed = driver.version.value if isinstance(driver.version, Known) else ""
    remedies = (
        Remedy(text=text, safety=Safety.MANUAL),
        _older_builds(env, release),
        compat_remedy(env, release, installed),
    )
    return tuple(remedy for remedy in remedies if remedy is not None)


def _older_builds(env: Env, release: CudaRelease) -> Remedy | None:
    """Builds for CUDA 12 in place of those for a newer one; of older ones there are none to name."""
    major = number(release.version)[0]
    if major < 13:
        return None
    interpreter, distributions = interpreter_if_stated(env), distributions_if_stated(env)
    if any(item.name == "vllm" for item in distributions):
        pin = vllm_below_cuda(env, major)
        if not pin:
            return None
        text = f"Install the newest vLLM whose wheels are built for CUDA {major - 1}, which takes its torch along"
        return Remedy(text=text, commands=(install(interpreter, distributions, pin),), pins=(pin,))
    pin = torch_below_cuda(env, env.need(TORCH_BUILD).version, major, known_capabilities(env))
    if not pin:
        return None
    text = f"Install the build of this torch for CUDA {major - 1}"
    return Remedy(text=text, commands=(install(interpreter, distributions, pin),), pins=(pin,))

"""GPU018."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import InvalidVersion

from doctor.core.fact import Known, not_told
from doctor.core.machine.gpu import DRIVER, GPUS, Driver, is_older
from doctor.core.matrix import CudaRelease
from doctor.core.reading import READING
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.gpu.drivers import branch, cuda_release, number, segments
from doctor.rules.image import need_cuda_image


@rule(severity=Severity.WARNING, cause=Cause.DRIVER_TOO_OLD, since="0.1.0", reads=(READING, DRIVER, GPUS))
def image_cuda_above_driver(env: Env) -> Iterator[Problem]:
    """The driver supports the CUDA that the base image of a Dockerfile asks for.

    ## What it checks
    An image of `nvidia/cuda` sets `NVIDIA_REQUIRE_CUDA=cuda>=12.4` (its own CUDA). The driver, as it is
    named with `--target-driver` or found, supports that CUDA by itself.

    ## Why it matters
    NVIDIA's container runtime refuses to start the container: "nvidia-container-cli: requirement error:
    unsatisfied condition: cuda>=12.4, please update your driver to a newer version, or use an earlier
    cuda container". Minor-version compatibility does not help; images make exceptions for data-centre
    and professional GPUs on some older branches of the driver (535 for CUDA 13.0), which they bring a
    forward-compatibility package for.

    ## How to fix it
    Build on an image of an older CUDA or on a plain one: the wheels of torch bring their own. Or update
    the driver. `NVIDIA_DISABLE_REQUIRE=1` lets the container start, where minor-version compatibility is
    enough for what is in it.

    ## Sources
    - https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/docker-specialized.html (constraints)
    - https://docs.nvidia.com/deploy/cuda-compatibility/
    """
    image = need_cuda_image(env)
    if not image.demands:
        raise NotApplicableError(f"{image.name} asks for no driver")
    driver = env.need(DRIVER)
    release = cuda_release(env, image.cuda)
    if release is None:
        return
    found = _too_little(env, driver, release)
    if not found or _is_excepted(env, driver, release):
        return
    yield Problem(
        subject=image.name,
        message=f"the image asks for a driver that supports CUDA {release.version} ({release.toolkit_driver} or "
        f"newer), and {found}: NVIDIA's container runtime refuses to start it, save on data-centre GPUs with a "
        "branch of the driver that the image excepts",
        location=image.place,
        remedies=(
            Remedy(
                text=f"Let line {image.line} name an image of an older CUDA, or a plain one such as "
                "python:3.12-slim-bookworm: the wheels bring their CUDA libraries along",
                safety=Safety.MANUAL,
            ),
            Remedy(text=f"Install NVIDIA driver {release.toolkit_driver} or newer on the host", safety=Safety.MANUAL),
        ),
    )


def _is_excepted(env: Env, driver: Driver, release: CudaRelease) -> bool:
    """Whether the image starts all the same, with its forward-compatibility package."""
    version = driver.version.value if isinstance(driver.version, Known) else ""
    return segments(env) <= {"data-centre", "workstation"} and branch(version) in release.compat_branches


def _too_little(env: Env, driver: Driver, release: CudaRelease) -> str:
    """What was found where it is too little, else ""."""
    if isinstance(driver.cuda, Known):
        env.note("CUDA of the driver", driver.cuda)
        cuda = driver.cuda.value
        return f"the driver supports CUDA {cuda}" if number(cuda) < number(release.version) else ""
    if not not_told(driver.cuda):
        env.note("CUDA of the driver", driver.cuda)
    version = env.note("version of the driver", driver.version)
    if version is None:
        return ""
    try:
        older = is_older(version, release.toolkit_driver)
    except InvalidVersion:
        env.gap(f"the version of the driver reads {version!r}")
        return ""
    if older is None:
        env.gap(f"{version} is a branch of the driver: is it {release.toolkit_driver} or newer?")
    return f"the driver is {version}" if older else ""

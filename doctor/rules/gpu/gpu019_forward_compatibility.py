"""GPU019."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Known, not_told
from doctor.core.machine.gpu import DRIVER, GPUS, VISIBLE_DEVICES, Gpu
from doctor.core.matrix import CudaRelease
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.gpu.devices import cuda_torch, name_of, visible_gpus
from doctor.rules.gpu.drivers import branch, row_below


@rule(
    severity=Severity.ERROR,
    cause=Cause.DRIVER_TOO_OLD,
    since="0.1.0",
    reads=(DRIVER, GPUS, VISIBLE_DEVICES, TORCH_BUILD),
)
def forward_compatibility(env: Env) -> Iterator[Problem]:
    """A newer libcuda than the driver's own is only loaded where NVIDIA supports that.

    ## What it checks
    Whether the libcuda that programs load supports a newer CUDA than the branch of the installed driver: it is
    then that of a forward-compatibility package (cuda-compat), which containers of NVIDIA bring along. On a
    GeForce that is an error. On a data-centre GPU with a branch of the driver that NVIDIA's images of that CUDA
    do not list it is a warning. Of professional GPUs only some are supported, which is left open. A pasted text does
    not tell which libcuda is loaded.

    ## Why it matters
    CUDA finds the GPU and refuses to start on it: "Error 804: forward compatibility was attempted on non
    supported HW". torch.cuda.is_available() is False.

    ## How to fix it
    Take the compat folder out of LD_LIBRARY_PATH and of the linker's configuration, so that the driver's own
    libcuda is loaded, or update the driver.

    ## Sources
    - https://docs.nvidia.com/deploy/cuda-compatibility/forward-compatibility.html
    - https://gitlab.com/nvidia/container-images/cuda/-/issues/183
    - https://github.com/opendatalab/MinerU/discussions/5122
    """
    driver = env.need(DRIVER)
    gpus = visible_gpus(env)
    cuda_torch(env)
    if not_told(driver.version) or not_told(driver.cuda):
        raise NotApplicableError("nobody states both the driver and the CUDA of its library")
    if not_told(driver.kernel_module):
        # Of a text's "Is CUDA available: True" the CUDA of torch is taken, which minor-version compatibility runs, too.
        raise NotApplicableError("a text does not tell which libcuda is loaded")
    version = env.note("version of the driver", driver.version)
    cuda = env.note("CUDA of the driver", driver.cuda)
    if version is None or cuda is None:
        return
    release = _package(env, version, cuda)
    if release is not None:
        for gpu in gpus:
            yield from _judge(env, gpu, release, version)


def _package(env: Env, version: str, cuda: str) -> CudaRelease | None:
    """The CUDA whose forward-compatibility package is loaded; None where it is the driver's own library."""
    release = row_below(env, cuda)
    if release is None or not branch(version).isdigit():
        env.gap(f"driver {version} with a libcuda for CUDA {cuda}: what it supports by itself is not known")
        return None
    env.cite(f"cuda {release.version}")
    return release if int(branch(version)) < int(branch(release.toolkit_driver)) else None


def _judge(env: Env, gpu: Gpu, release: CudaRelease, version: str) -> Iterator[Problem]:
    row = env.matrix.gpu_model(gpu.name.value) if isinstance(gpu.name, Known) else None
    if row is not None:
        env.cite(f"gpu {row.name}")
    segment, subject, name = row.segment if row else "", f"GPU {gpu.index}", name_of(gpu)
    if segment == "consumer":
        yield _unsupported(subject, name, release, version)
    elif segment == "data-centre":
        yield from _other_branch(subject, name, release, version)
    elif segment != "jetson":
        env.gap(f"whether NVIDIA supports forward compatibility on {name}: only some of its line have it")


def _unsupported(subject: str, name: str, release: CudaRelease, version: str) -> Problem:
    return Problem(
        subject=subject,
        message=f"driver {version} is older than CUDA {release.version} ({release.toolkit_driver}), whose libcuda is "
        f"loaded from a forward-compatibility package: CUDA does not start with it on {name}",
        remedies=(_own_library(), _update(release)),
    )


def _other_branch(subject: str, name: str, release: CudaRelease, version: str) -> Iterator[Problem]:
    listed = release.compat_branches
    if listed and branch(version) not in listed:
        yield Problem(
            subject=subject,
            message=f"the forward-compatibility package of CUDA {release.version} is loaded for {name}, and NVIDIA's "
            f"images list it for drivers of the branches {', '.join(listed)}; {version} is installed",
            remedies=(_update(release), _own_library()),
            severity=Severity.WARNING,
        )


def _own_library() -> Remedy:
    return Remedy(
        text="Let the driver's own libcuda be loaded: take folders that end in `compat` out of LD_LIBRARY_PATH and of "
        "/etc/ld.so.conf.d, then run `ldconfig`; `ldconfig -p | grep libcuda.so` shows which one is found",
        safety=Safety.MANUAL,
    )


def _update(release: CudaRelease) -> Remedy:
    return Remedy(text=f"Install NVIDIA driver {release.toolkit_driver} or newer and restart", safety=Safety.MANUAL)

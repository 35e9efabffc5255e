"""PIN004."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Source, SourceKind, value_or
from doctor.core.machine.architecture import Architecture, parse_capability
from doctor.core.machine.gpu import DRIVER, GPUS, Gpu, is_older
from doctor.core.matrix import KnownGoodSet
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.pin.known_good import need_set, version_of


@rule(severity=Severity.WARNING, cause=Cause.DRIVER_TOO_OLD, since="0.1.0", reads=(DRIVER, GPUS, DISTRIBUTIONS))
def gpu_below_set(env: Env) -> Iterator[Problem]:
    """The driver and the GPUs are ones that the known-good set was compiled for.

    ## What it checks
    The driver's version is compared with the oldest that the set's CUDA version runs on, and each
    GPU's compute capability with those that all kernels of the set exist for. Code for 8.0 runs
    on every 8.x from it on. Not applicable for a CPU set, without a GPU, and where the matrix
    has no set for the installed vLLM; PIN001 says that then.
    What cannot run for certain is an error of GPU001, GPU004 or GPU005.

    ## Why it matters
    With an older driver CUDA does not start. On a GPU that no kernel was compiled for, the first
    request ends in `no kernel image is available for execution on the device`.

    ## How to fix it
    Install a newer driver; for the GPU, use a release that was built for it.

    ## Sources
    - https://docs.nvidia.com/deploy/cuda-compatibility/minor-version-compatibility.html
    - https://docs.nvidia.com/cuda/cuda-c-programming-guide/#binary-compatibility
    """
    distributions = env.need(DISTRIBUTIONS)
    row = need_set(env, distributions)
    if not row.cuda:
        raise NotApplicableError(f"the known-good set {row.name} is for the CPU")
    driver = env.need(DRIVER)
    found = env.note("the driver's version", driver.version)
    if found is not None and row.minimum_driver:
        yield from _judge_driver(env, found, row)
    for gpu in env.look(GPUS) or ():
        yield from _judge_gpu(env, gpu, row)


def _judge_driver(env: Env, found: str, row: KnownGoodSet) -> Iterator[Problem]:
    older = is_older(found, row.minimum_driver) if version_of(found) else None
    if older is None:
        env.gap(f"the driver's version {found!r} cannot be compared")
    elif older:
        yield Problem(
            subject="driver",
            message=f"the driver is {found}; CUDA {row.cuda} of the set {row.name} needs {row.minimum_driver} or newer",
            location=Source(kind=SourceKind.NVML, where="nvmlSystemGetDriverVersion"),
            remedies=(
                Remedy(
                    text=f"Install an NVIDIA driver {row.minimum_driver} or newer on the host", safety=Safety.MANUAL
                ),
            ),
        )


def _judge_gpu(env: Env, gpu: Gpu, row: KnownGoodSet) -> Iterator[Problem]:
    text = env.note(f"the compute capability of GPU {gpu.index}", gpu.capability)
    built = [found for code in row.capabilities if (found := parse_capability(code))]
    if text is None or not built:
        return
    capability = parse_capability(text)
    if capability is None:
        env.gap(f"the compute capability of GPU {gpu.index}, {text!r}, cannot be read")
        return
    if any(Architecture(*code).runs_on(capability) for code in built):
        return
    low = capability < min(built)
    yield Problem(
        subject=f"GPU {gpu.index}",
        message=(
            f"{value_or(gpu.name, 'it')} has compute capability {text}; "
            f"the set {row.name} was compiled for {', '.join(row.capabilities)}"
        ),
        location=Source(kind=SourceKind.NVML, where="nvmlDeviceGetCudaComputeCapability"),
        cause=Cause.COMPUTE_CAPABILITY_TOO_LOW if low else Cause.GPU_ARCH_NOT_IN_WHEEL,
        remedies=(
            Remedy(
                text="Use another GPU for this release" if low else "Use a newer release of vLLM, built for this GPU",
                safety=Safety.MANUAL,
            ),
        ),
    )

"""CUDA versions, the drivers that they run on, and NVIDIA's forward-compatibility package."""

from __future__ import annotations

from doctor.core.fact import Known, value_or
from doctor.core.machine.gpu import GPUS
from doctor.core.matrix import CudaRelease
from doctor.core.report import Remedy, Safety
from doctor.core.rule import Env


def number(version: str) -> tuple[int, ...]:
    """Major and minor number of a CUDA version, as far as they are numbers."""
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())


def cuda_release(env: Env, cuda: str) -> CudaRelease | None:
    """The row of a CUDA version; one that the matrix does not know is noted as a gap."""
    release = env.matrix.cuda_release(cuda)
    if release is None:
        env.gap(
            f"the matrix has no row for CUDA {cuda}: a newer one may have (`doctor matrix update`, or a newer doctor)"
        )
        return None
    env.cite(f"cuda {release.version}")
    return release


def row_below(env: Env, cuda: str) -> CudaRelease | None:
    """The newest row up to a CUDA version: for the 12.7 of a driver, of which there was no toolkit, that of 12.6."""
    rows = [row for row in env.matrix.cuda_releases if number(row.version) <= number(cuda)]
    return max(rows, key=lambda row: number(row.version), default=None)


def branch(driver: str) -> str:
    """The branch of a driver: ``535`` of ``535.104.05``."""
    return driver.partition(".")[0]


def segments(env: Env) -> set[str]:
    """The lines of products of the GPUs that are named; "" stands for one whose name does not tell."""
    fact = env.fact(GPUS)
    if not isinstance(fact, Known):
        return {""}
    rows = [env.matrix.gpu_model(value_or(gpu.name, "")) for gpu in fact.value]
    return {row.segment if row else "" for row in rows} or {""}


def compat_remedy(env: Env, release: CudaRelease, driver: str) -> Remedy | None:
    """To keep the driver and bring the newer libcuda along, where NVIDIA supports that; None where it does not.

    `driver` is the installed version, "" where only its CUDA version is known.
    """
    found = segments(env)
    if "consumer" in found:
        return None
    if driver and release.compat_branches and branch(driver) not in release.compat_branches:
        return None
    package = f"cuda-compat-{release.version.replace('.', '-')}"
    where = (
        "on these GPUs"
        if found == {"data-centre"}
        else "on data-centre GPUs and some professional ones, not on GeForce,"
    )
    on = f" with drivers of the branches {', '.join(release.compat_branches)}" if release.compat_branches else ""
    folder = f"/usr/local/cuda-{release.version}/compat"
    return Remedy(
        text=f"Or keep the driver: {where} NVIDIA's package {package} runs CUDA {release.version}{on}; install it, "
        f"and `export LD_LIBRARY_PATH={folder}:$LD_LIBRARY_PATH`",
        safety=Safety.MANUAL,
    )

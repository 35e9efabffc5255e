"""GPU012."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.machine.gpu import GPUS, VISIBLE_DEVICES
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.core.rule import Env, rule
from doctor.rules.gpu.devices import cuda_torch, name_of, visible_gpus


@rule(severity=Severity.WARNING, cause=Cause.OTHER, since="0.1.0", reads=(GPUS, VISIBLE_DEVICES, TORCH_BUILD))
def uncorrected_memory_errors(env: Env) -> Iterator[Problem]:
    """No visible GPU has met memory errors that ECC could not correct.

    ## What it checks
    The count of uncorrected volatile ECC errors: those since the driver was last loaded. GPUs
    without ECC memory have no such count.

    ## Why it matters
    The process that met the error was ended ("an uncorrectable ECC error was encountered"), and
    the memory row stays bad until it is remapped at the next reset.

    ## How to fix it
    Reset the GPU; if the errors come back, have it replaced.

    ## Sources
    - https://docs.nvidia.com/deploy/a100-gpu-mem-error-mgmt/index.html
    - https://docs.nvidia.com/deploy/xid-errors/index.html
    """
    gpus = visible_gpus(env)
    cuda_torch(env)
    for gpu in gpus:
        count = env.note(f"ECC errors of GPU {gpu.index}", gpu.ecc_errors)
        if count:
            index = str(gpu.index)
            yield Problem(
                subject=f"GPU {index}",
                message=f"{name_of(gpu)} met {count} memory errors that ECC could not correct; there must be none",
                remedies=(
                    Remedy(
                        text="Look at the counts and remapped rows, then reset the GPU with nothing running on it",
                        commands=(
                            ("nvidia-smi", "-q", "-i", index, "-d", "ECC,ROW_REMAPPER"),
                            ("sudo", "nvidia-smi", "--gpu-reset", "-i", index),
                        ),
                    ),
                ),
            )

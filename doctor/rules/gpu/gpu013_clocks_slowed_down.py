"""GPU013."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.machine.gpu import GPUS, VISIBLE_DEVICES
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.rules.gpu.devices import cuda_torch, name_of, visible_gpus

# Reasons that mean trouble. Idle clocks, clocks that someone has set, and the power cap under
# load are how a GPU works.
_BAD = (
    "hardware slowdown",
    "hardware thermal slowdown",
    "hardware power brake",
    "software thermal slowdown",
)


@rule(severity=Severity.WARNING, cause=Cause.OTHER, since="0.1.0", reads=(GPUS, VISIBLE_DEVICES, TORCH_BUILD))
def clocks_slowed_down(env: Env) -> Iterator[Problem]:
    """No visible GPU is slowed down by heat or power.

    ## What it checks
    The reasons that the GPU gives for its present clocks: slowdown by the hardware, by heat or by
    the power brake. Idle clocks and the ordinary power cap are left out.

    ## Why it matters
    The clocks fall to a half or less. With several GPUs the slowest sets the pace.

    ## How to fix it
    See to cooling and power supply; look at temperatures and clocks.

    ## Sources
    - https://docs.nvidia.com/deploy/nvml-api/group__nvmlClocksEventReasons.html
    """
    gpus = visible_gpus(env)
    cuda_torch(env)
    for gpu in gpus:
        reasons = env.note(f"clock reasons of GPU {gpu.index}", gpu.throttling) or ()
        bad = [reason for reason in reasons if reason in _BAD]
        if bad:
            show = ("nvidia-smi", "-q", "-i", str(gpu.index), "-d", "PERFORMANCE,TEMPERATURE,POWER,CLOCK")
            yield Problem(
                subject=f"GPU {gpu.index}",
                message=f"{name_of(gpu)} lowers its clocks: {', '.join(bad)}; it should run without a slowdown",
                remedies=(
                    Remedy(text="Look at temperature, power and clocks", commands=(show,), safety=Safety.SAFE),
                    Remedy(text="See to the cooling and the power cables of the GPU", safety=Safety.MANUAL),
                ),
            )

"""FLT011."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fleet.report import Finding
from doctor.core.fleet.rule import FleetEnv, fleet_rule
from doctor.core.report import Cause, Severity
from doctor.rules.flt.difference import by_hand, difference
from doctor.rules.flt.traits import NVIDIA_DRIVER


@fleet_rule(severity=Severity.WARNING, cause=Cause.DRIVER_TOO_OLD, since="0.1.0", traits=(NVIDIA_DRIVER,))
def driver_differs(fleet: FleetEnv) -> Iterator[Finding]:
    """The NVIDIA driver is of one branch on all nodes that have GPUs.

    ## What it checks
    The branch (the first number) of the driver, among the nodes of each role. Another release of one branch
    is only mentioned.

    ## Why it matters
    What a driver supports decides which kernels and which transports NCCL chooses; with two branches nodes
    choose differently. GPU001 says of each node by itself whether its driver is new enough.

    ## How to fix it
    Install one driver on all nodes; that is a matter for the administrator, and takes a restart.

    ## Sources
    - https://github.com/vllm-project/vllm/issues/4114 (whether nodes need one driver)
    - https://docs.nvidia.com/datacenter/tesla/drivers/ (branches)
    """
    spreads = {spread.item: spread for spread in fleet.spreads(NVIDIA_DRIVER, within_roles=True) if spread.differs}
    remedy = by_hand("Have the administrator install one driver on all nodes", ("nvidia-smi",))
    if "branch" in spreads:
        yield difference(fleet, spreads["branch"], "the driver's branch", remedy)
    elif "version" in spreads:
        yield difference(fleet, spreads["version"], "the driver", remedy, severity=Severity.INFO)

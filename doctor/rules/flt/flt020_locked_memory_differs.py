"""FLT020."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fleet.report import Finding
from doctor.core.fleet.rule import FleetEnv, fleet_rule
from doctor.core.report import Cause, Severity
from doctor.rules.flt.difference import by_hand, difference
from doctor.rules.flt.traits import LOCKED_MEMORY


@fleet_rule(severity=Severity.WARNING, cause=Cause.NCCL, since="0.1.0", traits=(LOCKED_MEMORY,))
def locked_memory_differs(fleet: FleetEnv) -> Iterator[Finding]:
    """Every node may lock as much memory as the others.

    ## What it checks
    The limit of locked memory (`ulimit -l`) of the process that took the snapshot, among the nodes of each role.

    ## Why it matters
    InfiniBand and RoCE pin the memory that they send from. Where the limit is small on one node, NCCL fails there
    ("ibv_reg_mr failed", "Cannot allocate memory") while the others have begun.

    ## How to fix it
    Start containers with `--ulimit memlock=-1`, and set `LimitMEMLOCK=infinity` for services.

    ## Sources
    - https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html
    - https://docs.docker.com/reference/cli/docker/container/run/#ulimit
    """
    for spread in fleet.spreads(LOCKED_MEMORY, within_roles=True):
        if spread.differs:
            remedy = by_hand("Lift the limit where it is smaller", ("ulimit", "-l", "unlimited"))
            yield difference(fleet, spread, "the limit of locked memory", remedy)

"""FLT012."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fleet.report import Finding
from doctor.core.fleet.rule import FleetEnv, fleet_rule
from doctor.core.report import Cause, Severity
from doctor.rules.flt.difference import by_hand, difference
from doctor.rules.flt.traits import DEVICES


@fleet_rule(severity=Severity.WARNING, cause=Cause.OTHER, since="0.1.0", traits=(DEVICES,))
def gpus_differ(fleet: FleetEnv) -> Iterator[Finding]:
    """The nodes of one role have the same GPUs.

    ## What it checks
    How many GPUs CUDA sees, of which model and with how much memory, among the nodes of each role.

    ## Why it matters
    Tensor parallelism splits a layer evenly: the smallest GPU sets the size of the cache and the slowest the
    speed. A node on which a GPU has fallen out has one fewer, and the placement group waits for it.

    ## How to fix it
    Find the GPU that is missing, or give nodes of another kind a role of their own (`--role decode=...`).

    ## Sources
    - https://docs.vllm.ai/en/latest/serving/parallelism_scaling/
    - https://github.com/vllm-project/vllm/issues/7815 (waiting for a placement group)
    """
    for spread in fleet.spreads(DEVICES, within_roles=True):
        if spread.differs:
            remedy = by_hand(
                "See which GPUs there are", ("nvidia-smi", "--query-gpu=index,name,memory.total", "--format=csv")
            )
            yield difference(fleet, spread, f"the {spread.item} of the GPUs", remedy)

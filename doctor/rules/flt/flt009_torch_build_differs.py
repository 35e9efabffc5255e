"""FLT009."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fleet.report import Finding
from doctor.core.fleet.rule import FleetEnv, fleet_rule
from doctor.core.report import Cause, Severity
from doctor.rules.flt.difference import SYNC, by_hand, difference
from doctor.rules.flt.traits import TORCH


@fleet_rule(severity=Severity.ERROR, cause=Cause.TORCH_PIN_VIOLATED, since="0.1.0", traits=(TORCH,))
def torch_build_differs(fleet: FleetEnv) -> Iterator[Finding]:
    """torch is built for the same CUDA on all nodes.

    ## What it checks
    For what the installed torch was compiled, and from which commit. Two builds may bear one version.

    ## Why it matters
    Kernels of different builds compute with other libraries, and a torch for the CPU among torches for CUDA has
    no NCCL at all: the group is never formed.

    ## How to fix it
    Install one build everywhere, from one index.

    ## Sources
    - https://pytorch.org/get-started/locally/ (one version, several builds)
    - https://docs.vllm.ai/en/latest/getting_started/installation/gpu/
    """
    for spread in fleet.spreads(TORCH):
        if spread.differs:
            severity = None if spread.item == "platform of torch" else Severity.WARNING
            remedy = by_hand("Install the same build of torch on all nodes, from one index or one lock file", SYNC)
            yield difference(fleet, spread, f"the {spread.item}", remedy, severity=severity)

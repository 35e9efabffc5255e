"""FLT010."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fleet.report import Finding
from doctor.core.fleet.rule import FleetEnv, fleet_rule
from doctor.core.report import Cause, Severity
from doctor.rules.flt.difference import by_hand, difference
from doctor.rules.flt.traits import NCCL

SHOW = ("python", "-m", "pip", "show", "nvidia-nccl-cu12", "nvidia-nccl-cu13")
SUBJECTS = {"version": "the version of NCCL", "file": "the file of NCCL", "found by": "the way in which NCCL is found"}


@fleet_rule(severity=Severity.ERROR, cause=Cause.NCCL, since="0.1.0", traits=(NCCL,))
def communication_library_differs(fleet: FleetEnv) -> Iterator[Finding]:
    """The NCCL that would be loaded is the same file on all nodes.

    ## What it checks
    The version of the library and the hash of its file, and how the loader comes to it.

    ## Why it matters
    Processes of different builds of NCCL do not always understand each other, and then they wait without a
    word in `ncclCommInitRank` or in the first collective. The version does not tell enough: of two builds with one
    number one works and the other deadlocks.

    ## How to fix it
    Install the same package `nvidia-nccl-cu12` (or `-cu13`) everywhere, and take VLLM_NCCL_SO_PATH and
    LD_LIBRARY_PATH entries away that bring another.

    ## Sources
    - https://github.com/vllm-project/vllm/issues/42354 (two builds of 2.28.9)
    - https://github.com/vllm-project/vllm/issues/46097 (builds of NCCL told apart by their hashes)
    - https://github.com/vllm-project/vllm/issues/58290 (a hang in ncclCommInitRank)
    """
    for spread in fleet.spreads(NCCL):
        if spread.differs:
            severity = Severity.WARNING if spread.item == "found by" else None
            remedy = by_hand("Make each node load the same file", SHOW)
            yield difference(fleet, spread, SUBJECTS[spread.item], remedy, severity=severity)

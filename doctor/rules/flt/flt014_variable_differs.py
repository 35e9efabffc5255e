"""FLT014."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from doctor.core.fleet.report import Finding
from doctor.core.fleet.rule import FleetEnv, Spread, fleet_rule
from doctor.core.fleet.trait import Trait
from doctor.core.report import Cause, Severity
from doctor.core.rule import NotApplicableError
from doctor.rules.flt.difference import by_hand, difference
from doctor.rules.flt.variables import KEPT, TAKEN_ALONG


@fleet_rule(severity=Severity.WARNING, cause=Cause.ENV_VARIABLE, since="0.1.0", traits=(KEPT, TAKEN_ALONG))
def variable_differs(fleet: FleetEnv) -> Iterator[Finding]:
    """Variables that steer the engine are set alike on all nodes.

    ## What it checks
    The variables of CUDA, NCCL, Gloo, torch, vLLM and of the loader. One that the installed vLLM does not
    hand on to workers on other nodes must be the same everywhere. Of one that it hands on with Ray, two different
    values are only mentioned: which of them wins depends on the release. Variables that are each node's own
    (VLLM_HOST_IP, CUDA_VISIBLE_DEVICES) are left to other rules.

    ## Why it matters
    A setting of NCCL that only some ranks have makes them choose other algorithms or other networks than
    their peers, and the first collective hangs. What is set in the shell of the head node does not reach the others
    where nodes are started one by one (`--nnodes`).

    ## How to fix it
    Set the variables where all nodes get them: in the image, the pod template, or the script that starts each.

    ## Sources
    - https://docs.vllm.ai/en/latest/serving/distributed_troubleshooting/
    - https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html
    - https://github.com/vllm-project/vllm/blob/main/vllm/ray/ray_env.py (what is handed on)
    """
    fleet.several()
    remedy = by_hand("Set it in the image or in the script that starts every node", ("env",))
    applicable = False
    for trait, severity in ((KEPT, None), (TAKEN_ALONG, Severity.INFO)):
        for spread in _spreads(fleet, trait):
            applicable = True
            values = [value for value, _ in spread.shares if value.known]
            if spread.differs and (trait is KEPT or len(values) > 1):
                yield difference(fleet, spread, spread.item, remedy, severity=severity)
    if not applicable and not fleet.gaps:
        raise NotApplicableError("no node sets a variable that steers the engine")


def _spreads(fleet: FleetEnv, trait: Trait) -> Iterator[Spread]:
    """The spreads of a trait, none where no node sets such a variable."""
    with contextlib.suppress(NotApplicableError):
        yield from fleet.spreads(trait)

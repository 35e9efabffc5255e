"""FLT018."""

from __future__ import annotations

import math
from collections.abc import Iterator

from doctor.core.fleet.report import Finding, Share
from doctor.core.fleet.rule import FleetEnv, fleet_rule
from doctor.core.fleet.trait import ABSENT
from doctor.core.report import Cause, Remedy, Severity
from doctor.core.rule import NotApplicableError
from doctor.core.serve import ServeCommand
from doctor.rules.flt.difference import by_hand, finding, tell
from doctor.rules.flt.traits import DEVICES
from doctor.rules.serve.command import fitting_sizes


@fleet_rule(severity=Severity.ERROR, cause=Cause.GPU_MEMORY, since="0.1.0", traits=(DEVICES,))
def gpus_too_few(fleet: FleetEnv) -> Iterator[Finding]:
    """The nodes that serve have the GPUs that the command asks for.

    ## What it checks
    With `--serve COMMAND`: `--tensor-parallel-size` times `--pipeline-parallel-size` must not be more than the
    GPUs of all nodes that serve, and with `--nnodes` not more than each node's even part of them. Tensor
    parallelism beyond one node is a warning.

    ## Why it matters
    vLLM with Ray asks for a placement group that can never be filled, and says so after 1,800 seconds. Between nodes
    tensor parallelism sends two collectives a layer over the network.

    ## How to fix it
    Lower the sizes, add nodes, or set tensor parallelism to the GPUs of a node and pipeline parallelism to the
    number of nodes.

    ## Sources
    - https://docs.vllm.ai/en/latest/serving/parallelism_scaling/
    - https://github.com/vllm-project/vllm/issues/7815
    - https://github.com/vllm-project/vllm/issues/2406 (a driver node without GPUs)
    """
    if fleet.serve is None:
        raise NotApplicableError("not asked for: --serve COMMAND says how many GPUs are needed")
    counts = _counts(fleet)
    if fleet.gaps:
        return
    tensor, pipeline = (fleet.serve.number(name) or 1 for name in ("tensor_parallel_size", "pipeline_parallel_size"))
    nodes = fleet.serve.number("nnodes") or 1
    total = sum(counts.values())
    shares = _shares(counts)
    if tensor * pipeline > total:
        message = f"the command needs {tensor * pipeline} GPUs, and the fleet has {total}: {tell(fleet, shares)}"
        yield finding("too few GPUs", message, tuple(counts), _smaller(fleet.serve, total, total), shares=shares)
        return
    least = math.ceil(tensor * pipeline / nodes) if nodes > 1 else 0
    short = tuple(index for index, count in counts.items() if count < least)
    if short:
        message = f"with --nnodes {nodes} each node needs {least} GPUs; fewer are on {fleet.name(*short)}"
        even = min(counts.values()) * nodes
        yield finding("too few GPUs on a node", message, short, _smaller(fleet.serve, even, even), shares=shares)
    elif tensor > (most := max(counts.values())):
        message = f"tensor parallelism of {tensor} goes beyond one node: none has more than {most} GPUs"
        remedy = _smaller(fleet.serve, most, tensor * pipeline)
        yield finding("tensor parallelism over the network", message, (), remedy, severity=Severity.WARNING)


def _counts(fleet: FleetEnv) -> dict[int, int]:
    """The GPUs of each node that serves."""
    counts: dict[int, int] = {}
    for reading, nodes in fleet.readings(DEVICES):
        count = dict(reading.items).get("count", ABSENT)
        for index in fleet.workers(nodes):
            counts[index] = int(count.text) if count.known else 0
    return counts


def _shares(counts: dict[int, int]) -> list[Share]:
    found: dict[int, list[int]] = {}
    for index, count in counts.items():
        found.setdefault(count, []).append(index)
    ordered = sorted(found.items(), key=lambda item: -len(item[1]))
    return [Share(text=f"{count} GPU{'s' * (count != 1)}", nodes=tuple(sorted(nodes))) for count, nodes in ordered]


def _smaller(command: ServeCommand, most: int, gpus: int) -> Remedy:
    """Sizes for so many GPUs, of which a node has `most`; there are none to take where there is no GPU."""
    if not most:
        return by_hand("Add nodes that have GPUs")
    changes = fitting_sizes(command, most, gpus=gpus)
    return by_hand("Take other sizes, or add nodes; for example", command.words(changes))

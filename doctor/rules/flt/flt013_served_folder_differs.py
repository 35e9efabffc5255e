"""FLT013."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fleet.report import Finding
from doctor.core.fleet.rule import FleetEnv, Spread, fleet_rule
from doctor.core.report import Cause, Remedy, Severity
from doctor.rules.flt.difference import by_hand, difference
from doctor.rules.flt.traits import FOLDERS


@fleet_rule(severity=Severity.ERROR, cause=Cause.MODEL_WEIGHTS_INCOMPLETE, since="0.1.0", traits=(FOLDERS,))
def served_folder_differs(fleet: FleetEnv) -> Iterator[Finding]:
    """Model and adapters lie at the same path with the same content on all nodes that serve.

    ## What it checks
    Each folder that was given with `--model` or `--adapter` when the snapshots were taken: whether it is at that
    path on every node that serves, and whether the hash over its files is the same.

    ## Why it matters
    Every node loads the model and each adapter from its own disk. Where the folder is missing, workers on that
    node fail with FileNotFoundError after the others have loaded; where an older adapter lies, its tokens come from
    another fine-tuning, and nothing says so. Trainers that save on rank 0 only leave the folder on one node.

    ## How to fix it
    Copy the folder to the nodes that differ (`rsync -a --checksum`), or put it on storage that all share.

    ## Sources
    - https://docs.vllm.ai/en/latest/serving/parallelism_scaling/ (the model at the same path on all nodes)
    - https://github.com/vllm-project/vime/pull/228 (adapters that are saved on one node)
    """
    for spread in fleet.spreads(FOLDERS, within_roles=True):
        if spread.differs:
            yield difference(fleet, spread, spread.item, _copy(fleet, spread), cause=_cause(spread.item))


def _copy(fleet: FleetEnv, spread: Spread) -> Remedy:
    """Copying what most nodes have, or the only one that there is."""
    path = spread.item.partition(" ")[2]
    contents = [nodes for value, nodes in spread.shares if value.known]
    if len(contents) > 1 and not (spread.majority and spread.majority.known):
        return by_hand(f"Copy {path} from the node that has the right one to the others")
    source = fleet.name(contents[0][0])
    others = fleet.name(*(node for node in spread.nodes if node not in contents[0]))
    return by_hand(
        f"Copy {path} from {source} to {others}", ("rsync", "-a", "--checksum", f"{source}:{path}/", f"{path}/")
    )


def _cause(item: str) -> Cause:
    return Cause.LORA_ADAPTER_FORMAT if item.startswith("adapter") else Cause.MODEL_WEIGHTS_INCOMPLETE

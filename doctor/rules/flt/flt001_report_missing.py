"""FLT001."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fleet.members import NodeState
from doctor.core.fleet.report import Finding, Share
from doctor.core.fleet.rule import FleetEnv, fleet_rule
from doctor.core.report import Cause, Severity
from doctor.rules.flt.difference import by_hand, finding

SILENT = {
    NodeState.MISSING: ("no report", "no report came, though the node was expected"),
    NodeState.NO_ANSWER: ("no answer", "no answer came, though the launcher still lists the node"),
    NodeState.LOST: ("node lost", "the node went away during the check"),
    NodeState.PROBE_FAILED: ("probe failed", "the probe ran there and failed"),
}
"""What is said of each state in which nothing was heard."""


@fleet_rule(severity=Severity.ERROR, cause=Cause.OTHER, since="0.1.0")
def report_missing(fleet: FleetEnv) -> Iterator[Finding]:
    """Every node that was expected has reported.

    ## What it checks
    Each node that a launcher listed or that `--expect` names must have sent its snapshot. With a number
    (`--expect 8`) the reports are counted.

    ## Why it matters
    The node that does not answer is the one that the others will wait for: vLLM waits half an hour for
    workers that do not come. And a launcher does not tell of it by itself: `srun` ended with 0 when a node had
    died and one report of three was missing.

    ## How to fix it
    See whether the node is up and whether the probe runs there by hand, or take it off the list.

    ## Sources
    - https://docs.vllm.ai/en/latest/serving/distributed_troubleshooting/
    - https://slurm.schedmd.com/srun.html (exit codes, `--kill-on-bad-exit`)
    """
    for state, (subject, message) in SILENT.items():
        nodes = tuple(index for index, node in enumerate(fleet.nodes) if node.state is state)
        if nodes:
            yield finding(
                subject,
                f"{message}: {fleet.name(*nodes)}",
                nodes,
                by_hand(
                    "Run the probe there by hand and look at what it says", ("doctor", "snapshot", "-o", "node.json")
                ),
                shares=_details(fleet, nodes),
            )
    yield from _uncounted(fleet)


def _details(fleet: FleetEnv, nodes: tuple[int, ...]) -> list[Share]:
    """What is known of silent nodes, if anything is: the stderr of a probe, the reason of a death."""
    if not any(fleet.nodes[index].detail for index in nodes):
        return []
    found: dict[str, list[int]] = {}
    for index in nodes:
        found.setdefault(fleet.nodes[index].detail or "nothing more is known", []).append(index)
    return [Share(text=text, nodes=tuple(members)) for text, members in found.items()]


def _reports(count: int) -> str:
    return "1 report" if count == 1 else f"{count or 'no'} reports"


def _uncounted(fleet: FleetEnv) -> Iterator[Finding]:
    wanted, count = fleet.expectation.count, len(fleet.nodes)
    if wanted is not None and count < wanted:
        message = f"{wanted} nodes were expected, and {_reports(count)} came"
        yield finding("too few reports", message, (), by_hand("Name them with --expect FILE to see which are missing"))

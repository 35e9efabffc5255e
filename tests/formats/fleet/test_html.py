"""The page of a fleet, in a real browser where there is one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from doctor.formats.fleet.html import render
from tests.formats.fleet.reports import BROKEN, KINDS, THREE, finding, large, outcome, reading, rendering, report
from tests.formats.pages import EXTERNAL, tags_of
from tests.formats.validators import use_fleet_page


def test_a_person_filters_points_and_compares_at_a_thousand_nodes(tmp_path: Path):
    page = tmp_path / "fleet.html"
    page.write_text(render(rendering(large(1000))), encoding="utf-8")
    seen = use_fleet_page(page, tmp_path / "fleet.png")
    assert seen["shown"] == "1000 of 1000 nodes, 2 of 2 things"
    assert seen["widest"] <= 900
    assert seen["rows"] == 1
    assert 0.05 < seen["off"] < 0.2  # every fifteenth node, none lost between pixels
    assert seen["filtered"].startswith("222 of 1000 nodes")
    assert seen["pointed"] == "node7 (worker), torch: B 2.6.0, as 67 of 1000 nodes; most have 2.7.1"
    assert seen["compared"].split() == [
        "1",
        "differences",
        "Thing",
        "node7",
        "node6",
        "torch",
        "(packages)",
        "2.6.0",
        "2.7.1",
    ]
    assert seen["nobody"] == "There is no such node"
    assert seen["phoneScrolls"] is False
    assert seen["violations"] == {"light": [], "dark": []}
    assert seen["said"] == []  # its own content policy is not broken
    assert set(seen["requests"]) == {page.as_uri()}


@pytest.mark.parametrize("kind", KINDS)
def test_needs_nothing_from_elsewhere_and_tells_every_finding(kind: str):
    text = render(rendering(KINDS[kind]))
    assert not EXTERNAL.search(text)
    for item in KINDS[kind].outcomes:
        if item.findings or item.gaps:
            assert item.code in text


def test_without_a_script_the_values_stand_beside_their_nodes():
    text = render(rendering(BROKEN))
    row = text[text.index("<tbody>") : text.index("</tbody>")]
    assert "2.7.1" in row and "2.6.0" in row and "node3" in row
    assert "its heartbeat\\x1b[31m stopped" in text


def test_a_thousand_nodes_make_no_large_page():
    assert len(render(rendering(large(1000)))) < 200_000


def test_nothing_of_a_node_becomes_markup_or_a_control():
    bad = '</script><script>alert(1)</script><img src=x onerror="y">&\x1b[31m\u202e'
    readings = {"packages": {reading(**{bad: "1"}): (0, 1), reading(**{bad: bad}): (2,)}}
    judged = report(THREE, outcome("FLT007", finding(bad, (0,), message=bad)), readings=readings)
    text = render(rendering(judged))
    assert tags_of(text).count("script") == 2
    assert "img" not in tags_of(text)
    assert "\x1b" not in text
    assert "\u202e" not in text
    data = json.loads(text.split('id="data">')[1].split("</script>")[0])
    assert data["rows"][0]["item"].startswith("</script><script>")

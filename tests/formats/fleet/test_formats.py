"""The verdict on a fleet as text, JSON, JUnit and Markdown."""

from __future__ import annotations

import json as json_module
import re
from xml.etree import ElementTree

import jsonschema
import pytest
import xmlschema

from doctor.core.report import Severity
from doctor.formats.fleet import json, junit, markdown, text
from doctor.formats.look import Look
from doctor.formats.rendering import Detail
from doctor.formats.schema import FLEET_FILE, shipped
from tests.formats.fleet.reports import BROKEN, HEALTHY, KINDS, UNDETERMINED, finding, large, outcome, rendering, report
from tests.formats.fleet.reports import THREE as NODES
from tests.formats.validators import junit_schema

every_kind = pytest.mark.parametrize("kind", KINDS)


class TestText:
    @every_kind
    def test_ends_with_the_verdict(self, kind: str):
        words = {
            "healthy": "All 3 nodes are healthy",
            "broken": "This fleet is broken",
            "undetermined": "not the same as healthy",
        }
        assert words[kind] in " ".join(text.render(rendering(KINDS[kind])).split())

    def test_all_nodes_are_counted_and_two_are_both(self):
        for count, words in ((2, "both nodes"), (3, "all 3 nodes")):
            found = outcome("FLT007", finding("torch", tuple(range(count))))
            assert f"(engine-differs; {words})" in text.render(rendering(report(NODES[:count], found)))

    def test_names_nodes_and_what_to_do(self):
        written = text.render(rendering(BROKEN))
        assert "x FLT001" not in written
        assert "✗ FLT007 torch  (engine-differs; node3)" in written
        assert "pip install 'torch<2.5'" in written
        assert "? node2: gpus: refused (no-permission)  (GPU012)" in written

    def test_what_has_one_remedy_on_the_same_nodes_is_one_group(self):
        many = outcome("FLT007", *(finding(f"package{number}", (2,)) for number in range(9)))
        written = text.render(rendering(report(NODES, many)))
        assert written.count("pip install") == 1
        assert "package0, package1, package2, package3, package4 and 4 more" in written
        assert "... and 4 more; -v shows them all" in written

    def test_of_a_thousand_nodes_no_line_is_long(self):
        written = text.render(rendering(large(1000)))
        assert len(written.splitlines()) < 40
        assert max(map(len, written.splitlines())) <= 100

    def test_in_ascii_and_quietly(self):
        look = Look(unicode=False)
        assert text.render(rendering(BROKEN, look=look)).isascii()
        quiet = text.render(rendering(BROKEN, detail=Detail(quiet=True)))
        assert "doctor fleet" not in quiet
        assert "FLT007" in quiet

    def test_verbosely_every_rule_is_told(self):
        written = text.render(rendering(HEALTHY, detail=Detail(verbose=True)))
        assert "FLT007" in written
        assert "(not asked for)" in " ".join(written.split())


class TestJson:
    @every_kind
    def test_fits_its_schema(self, kind: str):
        found = json_module.loads(json.render(rendering(KINDS[kind])))
        jsonschema.Draft202012Validator(json_module.loads(shipped(FLEET_FILE))).validate(found)
        assert found["exit_code"] == KINDS[kind].exit_code(Severity.ERROR)

    def test_says_of_each_node_what_became_of_it(self):
        found = json_module.loads(json.render(rendering(BROKEN)))
        told = {node["name"]: (node["state"], node["verdict"]) for node in found["nodes"]}
        assert told == {
            "node1": ("answered", "problem"),
            "node2": ("answered", "problem"),
            "node3": ("answered", "problem"),
            "node4": ("lost", "problem"),
        }
        assert json_module.loads(json.render(rendering(UNDETERMINED)))["nodes"][0]["verdict"] == "undetermined"

    def test_holds_every_difference_with_its_nodes(self):
        (torch,) = json_module.loads(json.render(rendering(BROKEN)))["differences"]
        assert (torch["trait"], torch["item"]) == ("packages", "torch")
        assert [(value["text"], value["nodes"]) for value in torch["values"]] == [
            ("2.7.1", ["node1", "node2"]),
            ("2.6.0", ["node3"]),
        ]


@pytest.fixture(scope="module")
def schema() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(junit_schema()))


class TestJunit:
    @every_kind
    def test_fits_the_schema_of_jenkins(self, kind: str, schema: xmlschema.XMLSchema):
        schema.validate(junit.render(rendering(KINDS[kind])))

    @every_kind
    @pytest.mark.parametrize("fail_on", Severity)
    def test_fails_exactly_where_the_exit_code_does(self, kind: str, fail_on: Severity):
        tree = ElementTree.fromstring(junit.render(rendering(KINDS[kind], fail_on=fail_on)))
        code = KINDS[kind].exit_code(fail_on)
        assert (tree.find(".//failure") is not None) == (code == 1)
        if code == 0:
            assert tree.find(".//error") is None
        if code == 3:
            assert tree.find(".//error") is not None

    def test_each_node_is_a_case_with_its_name(self):
        tree = ElementTree.fromstring(junit.render(rendering(BROKEN)))
        cases = {case.get("name"): case for case in tree.iter("testcase")}
        assert len(cases) == len(list(tree.iter("testcase")))
        assert cases["node3 (worker)"].find("failure") is not None
        assert cases["node1 (worker)"].find("failure") is None


class TestMarkdown:
    def test_tells_findings_with_their_values_and_who_is_silent(self):
        written = markdown.render(rendering(BROKEN))
        assert written.startswith("### doctor fleet: This fleet is broken")
        assert "| 1 | 2.6.0 | node3 |" in written
        assert re.search(r"\| node4 \| lost \|", written)
        assert "\x1b" not in written

    def test_nothing_of_a_node_is_taken_for_markup(self):
        bad = "<img src=x> @someone | `x`"
        judged = report(NODES, outcome("FLT007", finding(bad, (0,), message=bad)))
        written = markdown.render(rendering(judged))
        assert "<img" not in written.replace("\\<", "")

"""``doctor fleet check`` and ``doctor fleet diff``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from doctor.core.interpreter import INTERPRETER
from doctor.core.machine.system import LIMITS
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.formats.schema import FLEET_DIFFERENCE_FILE, FLEET_FILE, shipped
from tests.cli.conftest import Doctor
from tests.facts import distribution, interpreter, unknown
from tests.fleets import Facts, arrive

Reports = Callable[..., Path]


@pytest.fixture
def reports(tmp_path: Path) -> Reports:
    """Write one report for each of the given facts: node1.json, node2.json, ..."""

    def write(*facts: Facts, of: str = "sound_gpu") -> Path:
        folder = tmp_path / "reports"
        folder.mkdir()
        for number, item in enumerate(facts, start=1):
            (folder / f"node{number}.json").write_bytes(arrive(f"node{number}", number, facts=item, of=of).content)
        return folder

    return write


class TestExitCodes:
    def test_0_where_all_nodes_are_healthy_and_alike(self, doctor: Doctor, reports: Reports):
        done = doctor("fleet", "check", reports({}, {}, {}), "--expect", "node[1-3]", "--ignore", "PIN")
        assert done.returncode == 0, done.stdout
        assert "All 3 nodes are healthy" in done.stdout
        assert done.stderr == ""

    def test_1_where_one_differs(self, doctor: Doctor, reports: Reports):
        done = doctor("fleet", "check", reports({}, {}, {INTERPRETER: interpreter("3.11.2")}))
        assert done.returncode == 1
        assert "FLT006 Python  (python-differs; node3)" in done.stdout

    @pytest.mark.parametrize("expect", [("4",), ("node[1-4]", "--role", "head=node4")])
    def test_1_where_one_is_missing_be_it_the_head(self, doctor: Doctor, reports: Reports, expect: tuple[str, ...]):
        done = doctor("fleet", "check", reports({}, {}, {}), "--expect", *expect, "--select", "FLT")
        assert done.returncode == 1
        assert "FLT001" in done.stdout

    def test_1_where_a_report_is_cut_short(self, doctor: Doctor, reports: Reports):
        folder = reports({}, {})
        whole = (folder / "node2.json").read_bytes()
        (folder / "node2.json").write_bytes(whole[: len(whole) // 2])
        done = doctor("fleet", "check", folder, "--select", "FLT")
        assert done.returncode == 1
        assert "FLT002" in done.stdout

    def test_1_where_nothing_came_of_those_that_were_expected(self, doctor: Doctor, tmp_path: Path):
        done = doctor("fleet", "check", tmp_path, "--expect", "2")
        assert done.returncode == 1

    def test_reports_that_follow_each_other_on_standard_input(self, doctor: Doctor, reports: Reports):
        first, second, third = (path.read_text() for path in sorted(reports({}, {}, {}).iterdir()))
        said = "\n".join([json.dumps(json.loads(first), indent=1), second[: len(second) // 2], third])
        done = doctor("fleet", "check", "-", "--select", "FLT", "--format", "json", input=said)
        assert done.returncode == 1
        nodes = {node["name"]: node["state"] for node in json.loads(done.stdout)["nodes"]}
        assert nodes == {"node1": "answered", "report 2 of standard input": "unreadable", "node3": "answered"}

    @pytest.mark.parametrize("stdin", ["", "\n \n"])
    def test_2_where_nothing_comes_on_standard_input(self, doctor: Doctor, stdin: str):
        done = doctor("fleet", "check", "-", input=stdin)
        assert done.returncode == 2
        assert "there is no report" in done.stderr

    def test_2_where_there_is_nothing_to_judge(self, doctor: Doctor, tmp_path: Path):
        done = doctor("fleet", "check", tmp_path)
        assert (done.returncode, done.stdout) == (2, "")
        assert "there is no report" in done.stderr

    @pytest.mark.parametrize(
        "arguments",
        [
            (),
            ("missing.json",),
            (".", "--role", "head"),
            (".", "--role", "head=nobody"),
            (".", "--expect", "hosts.txt"),
            (".", "--lock", "a", "--set", "b"),
            (".", "--set", "no-such-set"),
            (".", "--select", "FLT999"),
            (".", "--format", "sarif"),
        ],
    )
    def test_2_where_the_question_is_wrong(self, doctor: Doctor, reports: Reports, arguments: tuple[str, ...]):
        folder = reports({})
        done = doctor("fleet", "check", *(str(folder) if item == "." else item for item in arguments))
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("error: ")

    def test_3_where_something_is_not_known_of_one_node(self, doctor: Doctor, reports: Reports):
        done = doctor("fleet", "check", reports({}, {}, {LIMITS: unknown()}), "--select", "FLT")
        assert done.returncode == 3
        assert "? node3: limits: the test says so (failed)  (FLT020)" in done.stdout


class TestTerms:
    def test_a_head_without_gpu_is_no_fault_where_its_role_is_given(self, doctor: Doctor, reports: Reports):
        folder = reports({}, {})
        (folder / "boss.json").write_bytes(arrive("boss", 9, of="sound_cpu").content)
        given = ("--select", "FLT011,FLT012,GPU")
        assert doctor("fleet", "check", folder, "--select", "FLT012", "--fail-on", "warning").returncode == 1
        done = doctor("fleet", "check", folder, *given, "--fail-on", "warning", "--role", "head=boss")
        assert done.returncode == 0, done.stdout
        assert "head: boss" in done.stdout

    def test_against_a_lock_file(self, doctor: Doctor, reports: Reports, tmp_path: Path):
        (tmp_path / "lock.txt").write_text("torch==2.4.0\nvllm==0.6.0\n")
        done = doctor("fleet", "check", reports({}, {}), "--lock", tmp_path / "lock.txt", "--select", "FLT021")
        assert done.returncode == 1
        assert "vllm 0.6.0, and it is 0.5.5 on node[1-2]" in " ".join(done.stdout.split())

    def test_against_a_set(self, doctor: Doctor, reports: Reports):
        done = doctor("fleet", "check", reports({}), "--set", "vllm-0.5.5", "--select", "FLT021")
        assert "the set vllm-0.5.5 has" in done.stdout

    def test_gpus_are_counted_over_all_nodes(self, doctor: Doctor, reports: Reports):
        folder = reports({}, {})
        command = "vllm serve model --pipeline-parallel-size"
        fits = doctor("fleet", "check", folder, "--select", "FLT018,SERVE009", "--serve", f"{command} 2")
        assert fits.returncode == 0, fits.stdout
        assert doctor("fleet", "check", folder, "--select", "FLT018", "--serve", f"{command} 3").returncode == 1

    def test_check_of_one_environment_says_where_these_rules_are(self, doctor: Doctor):
        done = doctor("check", "--select", "FLT007")
        assert done.returncode == 2
        assert "doctor fleet check --select FLT007" in done.stderr


class TestFormats:
    def test_all_at_once(self, doctor: Doctor, reports: Reports, tmp_path: Path):
        folder = reports({}, {}, {INTERPRETER: interpreter("3.11.2"), LIMITS: unknown()})
        outputs = [f"{form}={tmp_path / form}" for form in ("junit", "markdown", "html")]
        given = [word for output in outputs for word in ("--output", output)]
        done = doctor("fleet", "check", folder, "--select", "FLT", "--format", "json", *given)
        found = json.loads(done.stdout)
        jsonschema.Draft202012Validator(json.loads(shipped(FLEET_FILE))).validate(found)
        assert found["exit_code"] == done.returncode == 1
        assert [node["verdict"] for node in found["nodes"]] == ["healthy", "healthy", "problem"]
        assert {"python", "locked memory"} <= {item["trait"] for item in found["differences"]}
        failed = ElementTree.parse(tmp_path / "junit").findall(".//testcase[failure]")
        assert [case.get("name") for case in failed if case.get("classname") == "doctor.fleet.nodes"] == [
            "node3 (worker)"
        ]
        assert "FLT006 Python" in (tmp_path / "markdown").read_text()
        assert "FLT006 Python" in (tmp_path / "html").read_text()


class TestDiff:
    def pair(self, reports: Reports, *facts: Facts) -> tuple[Path, Path]:
        folder = reports(*facts)
        return folder / "node1.json", folder / "node2.json"

    def test_the_same(self, doctor: Doctor, reports: Reports):
        done = doctor("fleet", "diff", *self.pair(reports, {}, {}))
        assert done.returncode == 0
        assert done.stdout.splitlines()[-1].startswith("0 differences, ")

    def test_what_differs(self, doctor: Doctor, reports: Reports):
        other = {DISTRIBUTIONS: (distribution("torch", "2.4.1"),), LIMITS: unknown()}
        left, right = self.pair(reports, {}, other)
        done = doctor("fleet", "diff", left, right)
        assert done.returncode == 1
        assert "  torch\n    - 2.4.0\n    + 2.4.1\n" in done.stdout
        assert "could not be compared" in done.stdout
        found = json.loads(doctor("fleet", "diff", left, right, "--format", "json").stdout)
        jsonschema.Draft202012Validator(json.loads(shipped(FLEET_DIFFERENCE_FILE))).validate(found)
        (torch,) = (item for item in found["differences"] if item["item"] == "torch")
        assert (torch["left"], torch["right"]) == ("2.4.0", "2.4.1")
        assert [item["trait"] for item in found["undetermined"]] == ["locked memory"]

    def test_what_could_not_be_read_is_not_the_same(self, doctor: Doctor, reports: Reports):
        assert doctor("fleet", "diff", *self.pair(reports, {}, {LIMITS: unknown()})).returncode == 3

    def test_a_file_that_is_no_snapshot(self, doctor: Doctor, reports: Reports):
        left, right = self.pair(reports, {}, {})
        right.write_text("")
        done = doctor("fleet", "diff", left, right)
        assert (done.returncode, done.stdout) == (2, "")
        assert "it is empty" in done.stderr
        done = doctor("fleet", "diff", left, "gone.json")
        assert done.returncode == 2 and "error: gone.json: cannot be read: No such file" in done.stderr

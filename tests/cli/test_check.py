"""``doctor check`` and ``doctor snapshot``."""

from __future__ import annotations

import dataclasses
import json
import stat
import subprocess
import sys
import venv
from pathlib import Path

import jsonschema
import pytest

from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Report
from doctor.engine.catalogue import select
from doctor.engine.examine import take_snapshot
from doctor.engine.judge import judge
from doctor.formats.schema import REPORT_FILE, SNAPSHOT_FILE, shipped
from doctor.formats.snapshot import render_snapshot
from doctor.intake.snapshot import decode_snapshot
from doctor.matrix.load import load_matrix
from tests.bases import BASES, base
from tests.cli.conftest import Doctor, Save
from tests.facts import distribution, known


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real virtual environment in which one requirement is not met."""
    prefix = tmp_path_factory.mktemp("patient")
    venv.create(prefix, with_pip=False)
    site = next((prefix / "lib").glob("python*/site-packages"))
    for name, version, requires in (("vllm", "0.5.5", "Requires-Dist: torch (==2.4.0)\n"), ("torch", "2.5.1", "")):
        folder = site / f"{name}-{version}.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}")
        (folder / "RECORD").write_text("")
    return prefix


class TestLive:
    def test_finds_the_fault_in_a_real_environment(self, doctor: Doctor, patient: Path):
        done = doctor("check", "--python", patient / "bin" / "python", "--select", "PKG001")
        assert done.returncode == 1
        assert " ".join(done.stdout.split()).startswith(f"doctor {patient}/bin/python (given with --python) ")
        assert "2.5.1 is installed" in done.stdout

    def test_takes_the_folder_of_an_environment(self, doctor: Doctor, patient: Path):
        assert doctor("check", "--python", patient, "--select", "PKG001").returncode == 1

    def test_json_is_alone_on_stdout(self, doctor: Doctor, patient: Path):
        done = doctor("check", "--python", patient, "--format", "json")
        found = json.loads(done.stdout)
        jsonschema.Draft202012Validator(json.loads(shipped(REPORT_FILE))).validate(found)
        assert found["exit_code"] == done.returncode == 1
        assert done.stderr == ""

    def test_only_facts_that_selected_rules_read_are_looked_for(self, doctor: Doctor, patient: Path):
        done = doctor("check", "--python", patient, "--select", "PKG001", "--format", "json")
        found = json.loads(done.stdout)
        assert found["stack"]["devices"] is None
        assert len(found["outcomes"]) == 1
        assert "GPU001" in found["not_selected"]

    def test_a_snapshot_is_judged_the_same_elsewhere(self, doctor: Doctor, patient: Path, tmp_path: Path):
        """Every outcome, problem, reason and piece of evidence, on the facts of a live run."""
        taken = tmp_path / "taken.json"
        assert doctor("snapshot", "--python", patient, "-o", taken).returncode == 0
        jsonschema.Draft202012Validator(json.loads(shipped(SNAPSHOT_FILE))).validate(json.loads(taken.read_text()))
        first = doctor("check", "--snapshot", taken, "--format", "json")
        live = json.loads(doctor("check", "--python", patient, "--format", "json").stdout)
        again = json.loads(first.stdout)
        assert first.returncode == live["exit_code"]
        assert [timeless(item) for item in again["outcomes"]] == [timeless(item) for item in live["outcomes"]]


def timeless(outcome: dict[str, object]) -> dict[str, object]:
    """Only what is free of the moment: measured memory and disks may differ between two runs."""
    return {key: outcome[key] for key in ("code", "verdict", "undetermined", "severity")}


def test_the_same_facts_give_the_same_outcomes_after_a_journey():
    """Every problem, reason and piece of evidence, for the real facts of this interpreter and machine."""
    taken = take_snapshot(Path(sys.executable))
    arrived = decode_snapshot(render_snapshot(taken).encode(), "test")
    rules, left_out = select()
    here, there = (judge(snapshot, load_matrix(), rules, left_out) for snapshot in (taken, arrived))
    assert untimed(here) == untimed(there)
    assert arrived.facts == taken.facts


def untimed(report: Report) -> Report:
    outcomes = tuple(dataclasses.replace(outcome, milliseconds=0.0) for outcome in report.outcomes)
    return dataclasses.replace(report, outcomes=outcomes)


class TestSnapshotInput:
    @pytest.mark.parametrize("name", BASES)
    def test_from_standard_input_as_from_a_file(self, doctor: Doctor, save: Save, name):
        path = save(name)
        from_file = doctor("check", "--snapshot", path, "--format", "json")
        from_stdin = doctor("check", "--snapshot", "-", "--format", "json", input=path.read_text())
        one, other = json.loads(from_file.stdout), json.loads(from_stdin.stdout)
        for item in (*one["outcomes"], *other["outcomes"]):
            del item["milliseconds"]
        assert one == other
        assert from_file.returncode == from_stdin.returncode == one["exit_code"]

    def test_says_that_it_judges_a_snapshot(self, doctor: Doctor, save: Save):
        path = save("sound_cpu")
        assert f"(the snapshot {path})" in " ".join(doctor("check", "--snapshot", path).stdout.split())


class TestSelection:
    def test_selectors_with_commas_and_repeated(self, doctor: Doctor, save: Save):
        path = save("sound_cpu")
        one = doctor("check", "--snapshot", path, "--select", "PKG001,GPU", "--ignore", "GPU001", "--format", "json")
        other = doctor(
            "check",
            "--snapshot",
            path,
            "--select",
            "PKG001",
            "--select",
            "gpu",
            "--ignore",
            "GPU001",
            "--format",
            "json",
        )
        codes = [item["code"] for item in json.loads(one.stdout)["outcomes"]]
        assert codes == [item["code"] for item in json.loads(other.stdout)["outcomes"]]
        assert "PKG001" in codes
        assert "GPU001" not in codes

    def test_fail_on_lowers_the_bar(self, doctor: Doctor, save: Save):
        """The busy machine has faults of several grades; each level counts those at or above it."""
        path = save("busy")
        for level, ranks in (("error", {"error"}), ("warning", {"error", "warning"})):
            done = doctor("check", "--snapshot", path, "--fail-on", level, "--format", "json")
            found = json.loads(done.stdout)
            severities = {item["severity"] for outcome in found["outcomes"] for item in outcome["problems"]}
            assert (done.returncode == 1) is bool(severities & ranks)


class TestOutput:
    def test_is_written_to_a_file_and_not_to_stdout(self, doctor: Doctor, save: Save, tmp_path: Path):
        target = tmp_path / "report.json"
        snapshot = save("sound_cpu")
        done = doctor("check", "--snapshot", snapshot, "--format", "json", "--output", target)
        assert done.stdout == ""
        assert json.loads(target.read_text())["schema"] == "doctor-report"
        assert {item.name for item in tmp_path.iterdir()} == {"report.json", "snapshot.json"}

    def test_a_file_that_cannot_be_written_is_2(self, doctor: Doctor, save: Save, tmp_path: Path):
        done = doctor("check", "--snapshot", save("sound_cpu"), "--output", tmp_path / "no-such-folder" / "x")
        assert done.returncode == 2
        assert done.stderr.startswith("error: ")

    def test_what_was_there_stays_when_it_cannot_be_replaced(self, doctor: Doctor, save: Save, tmp_path: Path):
        """A bad option or target must not cost the earlier report."""
        target = tmp_path / "report.txt"
        target.write_text("earlier")
        assert doctor("check", "--python", "/no/such/python", "--output", target).returncode == 2
        assert target.read_text() == "earlier"

    def test_keeps_the_mode_of_the_file_and_follows_links(self, doctor: Doctor, save: Save, tmp_path: Path):
        target, link = tmp_path / "report.txt", tmp_path / "link.txt"
        target.write_text("earlier")
        target.chmod(0o640)
        link.symlink_to(target)
        doctor("check", "--snapshot", save("sound_cpu"), "--output", link)
        assert link.is_symlink()
        assert target.read_text().startswith("doctor ")
        assert stat.S_IMODE(target.stat().st_mode) == 0o640

    def test_text_in_a_file_has_no_colours(self, doctor: Doctor, save: Save, tmp_path: Path):
        target = tmp_path / "report.txt"
        doctor("check", "--snapshot", save("busy"), "--output", target, FORCE_COLOR="")
        assert "\x1b" not in target.read_text()

    def test_a_device_is_written_to(self, doctor: Doctor, save: Save):
        assert doctor("check", "--snapshot", save("sound_cpu"), "--output", "/dev/null").stderr == ""
        assert Path("/dev/null").is_char_device()


class TestTerminal:
    def test_a_pipe_gets_no_colour_and_no_progress(self, doctor: Doctor, save: Save):
        done = doctor("check", "--python", sys.executable, "--select", "PKG001")
        assert "\x1b" not in done.stdout
        assert done.stderr == ""

    @pytest.mark.parametrize(
        ("arguments", "variables", "coloured"),
        [
            (("--color",), {}, True),
            (("--color",), {"NO_COLOR": "1"}, True),
            ((), {"FORCE_COLOR": "1"}, True),
            ((), {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
            (("--no-color",), {"FORCE_COLOR": "1"}, False),
        ],
    )
    def test_colours_when_asked(self, doctor: Doctor, save: Save, arguments, variables, coloured):
        done = doctor("check", "--snapshot", save("busy"), *arguments, **variables)
        assert ("\x1b[" in done.stdout) is coloured

    @pytest.mark.parametrize(
        ("variables", "ascii_only"),
        [
            ({"LANG": "C"}, True),
            ({"LC_ALL": "C", "LANG": "en_US.UTF-8"}, True),
            ({"LC_ALL": "POSIX"}, True),
            ({"LANG": "C", "PYTHONIOENCODING": "ascii"}, True),
            ({"PYTHONIOENCODING": "latin-1"}, True),
            ({"LANG": "C.UTF-8"}, False),
            ({"LC_ALL": "C.UTF-8", "LANG": "C"}, False),
        ],
    )
    def test_an_ascii_terminal_gets_ascii(self, doctor: Doctor, save: Save, variables, ascii_only):
        done = doctor("check", "--snapshot", save("busy"), **variables)
        assert done.stdout.isascii() is ascii_only
        assert done.returncode in (1, 3)

    def test_the_width_is_that_of_the_terminal(self, doctor: Doctor, save: Save):
        path = save("busy")
        narrow, wide = (doctor("check", "--snapshot", path, COLUMNS=columns).stdout for columns in ("50", "90"))
        assert len(narrow.splitlines()) > len(wide.splitlines())


class TestHostilePatient:
    def test_names_of_the_patient_do_not_steer_the_terminal(self, doctor: Doctor, save: Save):
        evil = "\x1b[2Jevil\r\n\u202e"
        installed = (distribution("vllm", f"0.5.5{evil}", "torch==2.4.0"), distribution("torch", f"2.5.1{evil}"))
        path = save(base("sound_cpu").replace(DISTRIBUTIONS, known(installed)))
        for arguments in ((), ("-v",), ("--format", "json")):
            done = doctor("check", "--snapshot", path, *arguments)
            assert not any(character in done.stdout + done.stderr for character in "\x1b\r\u202e")


def test_version():
    done = subprocess.run([sys.executable, "-m", "doctor", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("doctor ")


@pytest.mark.parametrize("command", ["check", "snapshot", "explain", "matrix"])
def test_every_command_has_help(doctor: Doctor, command):
    for flag in ("-h", "--help"):
        done = doctor(command, flag)
        assert done.returncode == 0
        assert done.stdout.startswith(f"Usage: doctor {command}")
    assert f"  {command} " in doctor("-h").stdout


def test_several_corrections_of_a_command_also_stand_in_one(doctor: Doctor):
    command = "vllm serve org/model --enable-lorra --lora-modules a=org/a --max-lora-rank 20"
    for form in ("text", "markdown"):
        done = doctor("check", "--serve", command, "--select", "SERVE", "--format", form)
        assert done.returncode == 1, done.stderr
        _, _, after = done.stdout.partition("The command with all of these changes")
        (line,) = [line.strip() for line in after.splitlines() if line.strip().startswith("vllm serve")]
        assert line == "vllm serve org/model --lora-modules a=org/a --max-lora-rank 32 --enable-lora"
    alone = doctor("check", "--serve", "vllm serve org/model --enable-lorra", "--select", "SERVE")
    assert "with all of these changes" not in alone.stdout

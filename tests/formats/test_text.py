"""The report that people read."""

from __future__ import annotations

import dataclasses
import re
import shlex

import pytest

from doctor.core.fact import Source, SourceKind
from doctor.core.report import Evidence, Problem, Remedy, Report, Severity, Verdict
from doctor.formats.look import Look
from doctor.formats.rendering import Detail
from doctor.formats.stack import Stack
from doctor.formats.text import render
from tests.formats.reports import (
    BROKEN,
    HEALTHY,
    KINDS,
    METADATA,
    NOTHING,
    STACK,
    UNDETERMINED,
    outcome,
    problem,
    rendering,
    report,
)


def text_of(judged: Report, *, quiet: bool = False, verbose: bool = False, stack: Stack = STACK, **look: object) -> str:
    return render(
        rendering(
            judged,
            stack,
            why="the active virtual environment",
            look=Look(**look),
            detail=Detail(quiet=quiet, verbose=verbose),
        )
    )


def other(evidence: Evidence) -> Source:
    return Source(kind=SourceKind.ELF, where=evidence.key)


class TestHead:
    def test_says_what_was_examined_and_why(self):
        assert text_of(HEALTHY).splitlines()[0] == "doctor /env/bin/python  (the active virtual environment)"
        assert text_of(HEALTHY, width=50).splitlines()[:2] == [
            "doctor /env/bin/python",
            "  (the active virtual environment)",
        ]

    def test_names_the_stack(self):
        text = text_of(HEALTHY, width=100)
        assert "vllm 0.5.5, torch 2.5.1 (CUDA 12.4)" in text
        assert "2 x NVIDIA H100 80GB HBM3 (80 GiB, capability 9.0), driver 550.54.14 (CUDA 12.4)" in text

    def test_leaves_out_what_was_not_looked_at(self):
        text = text_of(HEALTHY, stack=Stack(executable="/env/bin/python"))
        assert "GPU" not in text
        assert "Stack" not in text

    def test_says_that_there_is_no_gpu(self):
        assert re.search(r"GPU +none", text_of(HEALTHY, stack=Stack(devices=())))


class TestProblems:
    def test_one_problem_in_full(self):
        lines = text_of(BROKEN).splitlines()
        start = lines.index("Packages")
        assert lines[start + 1 : start + 5] == [
            "  ✗ PKG001 torch  name-of-pkg001",
            "    2.5.1 is installed, 2.4.0 is needed",
            "    → fix: Install the torch that vllm takes",
            "      /env/bin/python -m pip install 'torch<2.5'",
        ]

    def test_the_gravest_topic_comes_first(self):
        text = text_of(BROKEN)
        assert text.index("Packages") < text.index("GPU and driver")

    def test_the_same_remedy_is_told_once(self):
        many = report(outcome("PKG001", Verdict.PROBLEM, problem(message="a"), problem(message="b")))
        assert text_of(many).count("pip install") == 1

    def test_hundreds_of_problems_stay_readable(self):
        one_remedy = [problem(message=f"file {number} is damaged") for number in range(300)]
        own_remedies = [problem(f"package-{n}", remedies=(Remedy(text=f"Install {n}"),)) for n in range(300)]
        text = text_of(report(outcome("PKG001", Verdict.PROBLEM, *one_remedy, *own_remedies)))
        assert len(text.splitlines()) < 60
        assert "... and 295 more of PKG001; -v shows them all" in text
        assert "600 errors" in text

    def test_verbose_shows_every_problem(self):
        own_remedies = [problem(f"package-{n}", remedies=(Remedy(text=f"Install {n}"),)) for n in range(300)]
        text = text_of(report(outcome("PKG001", Verdict.PROBLEM, *own_remedies)), verbose=True)
        assert all(f"package-{number} " in text for number in range(300))

    def test_commands_paste_whatever_their_length(self):
        words = ("python", "-m", "pip", "install", *(f"name-{n}=={n}; python_version<'3.{n}'" for n in range(20)))
        judged = report(outcome("PKG001", Verdict.PROBLEM, problem(remedies=(Remedy(text="do", commands=(words,)),))))
        line = next(line for line in text_of(judged, width=40).splitlines() if "pip install" in line)
        assert tuple(shlex.split(line)) == words


class TestUndetermined:
    def test_the_same_reason_is_told_once_with_its_codes(self):
        text = text_of(UNDETERMINED)
        assert "? GPU001 GPU002\n    driver: NVML timed out (timed-out)" in text
        assert text.count("NVML timed out") == 1

    def test_what_a_rule_with_a_problem_could_not_judge_is_told_too(self):
        assert "requirements of peft: not readable" in text_of(BROKEN)

    def test_one_remedy_for_problems_of_several_severities_is_told_once(self):
        grave, light = problem(subject="torch"), problem(subject="triton", severity=Severity.WARNING)
        text = text_of(report(outcome("PKG001", Verdict.PROBLEM, light, grave)))
        assert text.count("Install the torch that vllm takes") == 1
        assert text.index("✗ PKG001 torch") < text.index("! PKG001 triton")


class TestSummary:
    def test_beside_an_error_notes_are_counted_and_shown_on_demand(self):
        grave, light = problem(subject="torch"), problem(subject="triton", severity=Severity.INFO)
        found = report(outcome("PKG001", Verdict.PROBLEM, light, grave))
        assert "triton" not in text_of(found)
        assert "1 note is left out; -v shows it" in text_of(found)
        assert "i PKG001 triton" in text_of(found, verbose=True)

    def test_notes_alone_are_shown(self):
        found = report(outcome("PKG001", Verdict.PROBLEM, problem(subject="triton", severity=Severity.INFO)))
        assert "i PKG001 triton" in text_of(found)
        assert "left out" not in text_of(found)

    def test_counts_every_rule_once(self):
        counts = "Rules: 1 healthy, 2 with problems, 0 undetermined, 0 not applicable, 1 not selected"
        assert counts in " ".join(text_of(BROKEN).split())

    @pytest.mark.parametrize(
        ("kind", "line"),
        [
            ("healthy", "✓ Healthy"),
            ("broken", "✗ This environment is broken: 1 error and 1 warning; 1 rule could not be judged in full"),
            (
                "undetermined",
                "? Nothing wrong was found, but 2 rules could not be judged: that is not the same as healthy",
            ),
            ("nothing", "? Nothing could be judged"),
        ],
    )
    def test_the_verdict(self, kind, line):
        assert line in text_of(KINDS[kind], width=100).splitlines()

    def test_names_the_rule_to_start_with(self):
        assert "Start with PKG001 above; `doctor explain PKG001` says why" in text_of(BROKEN)

    def test_says_why_nothing_was_judged(self):
        assert "No selected rule applies (there is no GPU)." in text_of(NOTHING)
        many = [outcome(f"GPU{n:03}", Verdict.NOT_APPLICABLE, reasons=(f"reason {n}",)) for n in range(9)]
        assert "Is it the right one?" in text_of(report(*many))

    def test_a_warning_is_no_error(self):
        warned = report(outcome("PKG001", Verdict.PROBLEM, problem(severity=Severity.WARNING)))
        assert "! No error, but 1 warning" in text_of(warned)


class TestDetail:
    def test_quiet_shows_problems_and_summary_only(self):
        text = text_of(BROKEN, quiet=True)
        assert text.startswith("Packages\n")
        assert "Could not be determined" not in text
        assert "Rules:" in text

    def test_verbose_shows_every_rule_with_its_evidence(self):
        text = text_of(BROKEN, verbose=True)
        assert "✓ SYS001 The title of SYS001" in text
        assert "read distributions: dist-info /env/lib" in text
        assert "- GPU001 The title of GPU001\n    there is no GPU" in text_of(NOTHING, verbose=True)

    def test_of_much_evidence_the_first_is_shown_and_the_rest_counted(self):
        many = tuple(Evidence(key=f"size of file {number}", state="known", source=METADATA) for number in range(300))
        same = tuple(dataclasses.replace(item, key="an extension", source=other(item)) for item in many)
        text = text_of(report(outcome("PKG001", evidence=(*same, *many))), verbose=True)
        assert "and 299 more" in text
        assert "and 296 more facts; --format json lists them" in text
        assert len(text.splitlines()) < 40


class TestPatientText:
    HOSTILE = "\x1b[2J\x1b]8;;https://evil.example\x07x\r\nfake line\u202e\x9b31m\udcff"

    def test_nothing_that_steers_a_terminal_gets_through(self):
        bad = problem(self.HOSTILE, self.HOSTILE, remedies=(Remedy(text=self.HOSTILE, commands=((self.HOSTILE,),)),))
        judged = report(outcome("PKG001", Verdict.PROBLEM, bad, reasons=(self.HOSTILE,)))
        text = text_of(judged, verbose=True, stack=Stack(versions={"vllm": self.HOSTILE}))
        assert all(character.isprintable() or character == "\n" for character in text)
        assert "fake line" not in [line.strip() for line in text.splitlines()]

    def test_brackets_are_text_and_no_markup(self):
        judged = report(outcome("PKG001", Verdict.PROBLEM, problem(message="needs vllm[audio] :smile: [red]x[/red]")))
        assert "needs vllm[audio] :smile: [red]x[/red]" in text_of(judged)


class TestLook:
    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("width", [1, 40, 80, 120, 400])
    def test_prose_fits_the_width(self, kind, width):
        prose = [line for line in text_of(KINDS[kind], width=width).splitlines() if "/env" not in line]
        assert max(map(len, prose)) <= max(min(width, 100), 40)

    @pytest.mark.parametrize("kind", KINDS)
    def test_ascii_only(self, kind):
        assert text_of(KINDS[kind], unicode=False, verbose=True).isascii()

    def test_no_colours_unless_wanted(self):
        assert "\x1b" not in text_of(BROKEN)
        assert "\x1b[1;31m✗ PKG001" in text_of(BROKEN, colour=True)

    @pytest.mark.parametrize("kind", KINDS)
    def test_colours_change_no_text(self, kind):
        coloured = re.sub(r"\x1b\[[0-9;]*m", "", text_of(KINDS[kind], colour=True, verbose=True))
        assert coloured == text_of(KINDS[kind], verbose=True)


def test_manual_remedies_are_words_only():
    text = text_of(BROKEN)
    lines = text.splitlines()
    place = lines.index("    → fix: Ask who runs the machine to load the driver")
    assert lines[place + 1] == ""


def test_a_second_remedy_is_an_alternative():
    both = Problem(subject="x", message="y", remedies=(Remedy(text="do this"), Remedy(text="do that")))
    text = text_of(report(outcome("PKG001", Verdict.PROBLEM, both)))
    assert "→ fix: do this" in text
    assert "→ or: do that" in text


def test_of_a_model_that_was_given_it_is_not_said_that_it_was_made():
    served = outcome("E2E005", Verdict.HEALTHY)
    tiny = text_of(report(served, outcome("E2E003", Verdict.HEALTHY)))
    assert "It made, merged and served a small model" in tiny
    given = text_of(report(served, outcome("E2E003", Verdict.NOT_APPLICABLE, reasons=("it is not merged again",))))
    assert "It loaded and served the model that was given" in given


def test_a_proof_is_told_beside_a_warning_too_and_not_where_it_failed():
    problem = Problem(subject="x", message="y", severity=Severity.WARNING, remedies=(Remedy(text="do it"),))
    warned = outcome("SYS003", Verdict.PROBLEM, problem)
    served = outcome("E2E005", Verdict.HEALTHY)
    assert "It made, merged and served a small model. `doctor explain SYS003`" in " ".join(
        text_of(report(served, warned)).split()
    )
    failed = outcome("E2E007", Verdict.PROBLEM, problem)
    assert "It made" not in text_of(report(served, failed))


def test_an_environment_without_the_stack_may_be_the_wrong_one():
    bare = text_of(HEALTHY, stack=Stack(executable="/env/bin/python"))
    assert "Is it the right environment?" in " ".join(bare.split())
    assert "right environment" not in text_of(HEALTHY)
    # Of a run that was asked for alone the versions are not read, and it was the right one.
    served = text_of(report(outcome("E2E005", Verdict.HEALTHY)), stack=Stack(executable="/env/bin/python"))
    assert "right environment" not in " ".join(served.split())

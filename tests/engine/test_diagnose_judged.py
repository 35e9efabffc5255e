"""The causes of an error text that rules and pairs judge."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from doctor.core.breakage import Circumstance
from doctor.core.diagnosis import Certainty, Diagnosis
from doctor.core.interpreter import PLATFORM, Platform
from doctor.core.matrix import Matrix
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import EXTENSIONS
from doctor.core.report import Cause, Severity, Verdict
from doctor.core.rule import unstated
from doctor.engine.catalogue import load
from doctor.engine.diagnose import diagnose
from doctor.engine.judge import judge
from doctor.formats.diagnosis_text import write_diagnosis
from doctor.formats.look import Look
from doctor.formats.page import Page
from doctor.matrix.load import load_matrix
from scripts.case_snapshot import snapshot_of_case
from tests.breakages.environment import environment
from tests.engine.rows import PAIR, certainties, found, matrix, row
from tests.environments import sound_gpu
from tests.facts import distribution, extension, known, snapshot, unknown
from tests.formats.reports import outcome, problem, report

SHIPPED = load_matrix()


@pytest.mark.parametrize(
    ("packages", "certainty"),
    [
        ({"one": "1", "two": "5"}, Certainty.CONFIRMED),
        ({"one": "1", "two": "4"}, Certainty.DOUBTFUL),
        ({"one": "1"}, Certainty.LIKELY),
    ],
)
def test_a_pair_is_not_written_twice(packages: dict[str, str], certainty: Certainty) -> None:
    rows = matrix(row("pair", "it broke", pairs=("one-two",)), pairs=(PAIR,))
    [finding] = found("it broke", rows, {"packages": packages}).findings
    assert finding.certainty is certainty
    assert bool(finding.doubts) is (certainty is Certainty.DOUBTFUL)


def test_a_pair_counts_also_where_metadata_refuses_it() -> None:
    facts = environment({}) | {DISTRIBUTIONS: (distribution("one", "1", "two<5"), distribution("two", "5"))}
    rows = matrix(row("pair", "it broke", pairs=("one-two",)), pairs=(PAIR,))
    [finding] = diagnose("it broke", snapshot(facts), rows).findings
    assert finding.certainty is Certainty.CONFIRMED


def ruled(facts: dict[Any, Any], rows: Matrix, *codes: str) -> Diagnosis:
    taken = snapshot(facts)
    return diagnose("undefined symbol: _ZN3c10", taken, rows, judge(taken, rows, [load(code) for code in codes]))


def test_a_rule_confirms_with_what_it_sees_and_its_own_remedy() -> None:
    rows = matrix(row("symbol", "undefined symbol", rules=("ABI001",)))
    broken = extension("vllm", missing_symbols=known(("c10::Error (_ZN3c105ErrorC2)",)), missing_count=1)
    [finding] = ruled({**sound_gpu(), EXTENSIONS: (known(broken),)}, rows, "ABI001").findings
    assert finding.certainty is Certainty.CONFIRMED
    assert finding.seen[0].startswith("ABI001 ") and finding.remedies[0].commands
    [finding] = ruled(sound_gpu(), rows, "ABI001").findings
    assert finding.certainty is Certainty.DOUBTFUL and "ABI001 finds nothing" in finding.doubts[0]
    [finding] = ruled({**sound_gpu(), EXTENSIONS: unknown()}, rows, "ABI001").findings
    assert finding.certainty is Certainty.LIKELY and finding.gaps


def test_the_silence_of_a_sign_and_of_a_rule_that_does_not_apply_says_nothing() -> None:
    rows = matrix(row("symbol", "undefined symbol", signs=("ABI001",)))
    [finding] = ruled(sound_gpu(), rows, "ABI001").findings
    assert finding.certainty is Certainty.LIKELY and finding.doubts == ()
    broken = extension("vllm", missing_symbols=known(("c10::Error (_ZN3c105ErrorC2)",)), missing_count=1)
    [finding] = ruled({**sound_gpu(), EXTENSIONS: (known(broken),)}, rows, "ABI001").findings
    assert finding.certainty is Certainty.CONFIRMED
    rows = matrix(row("symbol", "undefined symbol", rules=("GPU003",)))
    [finding] = ruled(environment({}), rows, "GPU003").findings
    assert finding.certainty is Certainty.LIKELY and finding.doubts == ()


def test_where_the_text_names_no_cause_the_rule_that_confirms_it_does() -> None:
    broken = extension("vllm", missing_symbols=known(("c10::Error (_ZN3c105ErrorC2)",)), missing_count=1)

    def cause(**changes: Any) -> Cause:
        rows = matrix(row("symbol", "undefined symbol", signs=("ABI001",), **changes))
        [finding] = ruled({**sound_gpu(), EXTENSIONS: (known(broken),)}, rows, "ABI001").findings
        assert finding.certainty is Certainty.CONFIRMED
        return finding.cause

    assert cause(general=True) is Cause.ABI_MISMATCH_OTHER
    assert cause(general=False) is Cause.OTHER
    assert cause(general=True, cause=Cause.NCCL) is Cause.NCCL


def test_a_note_of_a_rule_casts_no_doubt() -> None:
    """Windows without vLLM is worth a note: no reason to doubt that Windows is the cause."""
    names = {"release": "11", "machine": "AMD64", "distribution": "", "libc": "", "libc_version": "", "container": ""}
    windows = Platform(system="Windows", **names, wsl=0)
    facts = {**environment({"packages": {"torch": "2.6.0"}}), PLATFORM: known(windows)}
    [finding] = ruled(facts, matrix(row("linux", "undefined symbol", rules=("SYS001",))), "SYS001").findings
    assert finding.certainty is Certainty.LIKELY and finding.doubts == ()


def test_errors_of_the_environment_stand_beside_what_was_found() -> None:
    broken = extension("vllm", missing_symbols=known(("c10::Error (_ZN3c105ErrorC2)",)), missing_count=1)
    diagnosis = ruled({**sound_gpu(), EXTENSIONS: (known(broken),)}, matrix(), "ABI001")
    assert diagnosis.findings == ()
    assert [item.code for item in diagnosis.environment] == ["ABI001"]
    assert {item.cause for item in (*diagnosis.findings, *diagnosis.environment)} == {Cause.ABI_MISMATCH_OTHER}


@pytest.mark.parametrize(("general", "led"), [(True, True), (False, False)])
def test_an_error_of_the_environment_goes_before_what_is_merely_possible(general: bool, led: bool) -> None:
    broken = extension("vllm", missing_symbols=known(("c10::Error (_ZN3c105ErrorC2)",)), missing_count=1)
    facts = {**sound_gpu(), EXTENSIONS: (known(broken),)}
    diagnosis = ruled(facts, matrix(row("vague", "undefined symbol", general=general)), "ABI001")
    assert diagnosis.led_by_environment is led
    page = Page(Look(width=100))
    lines = write_diagnosis(page, diagnosis, text="log", environment="here", verbose=False).splitlines()
    places = [number for number, line in enumerate(lines) if "vague" in line or "What is wrong in" in line]
    assert ("What is wrong in" in lines[places[0]]) is led


@pytest.mark.parametrize(
    ("packages", "certainty", "doubts"),
    [
        ({"one": "1.0", "two": "6.0"}, Certainty.CONFIRMED, ()),
        ({"one": "1.0", "two": "mine"}, Certainty.LIKELY, ()),
        ({"one": "1.0", "two": "4.0"}, Certainty.DOUBTFUL, ("one 1.0 and two 4.0 go together",)),
    ],
)
def test_a_pair_confirms_leaves_open_or_casts_doubt(packages: Any, certainty: Certainty, doubts: Any) -> None:
    known_rows = matrix(row("misfit", "boom", pairs=("one-two",)), pairs=(PAIR,))
    (finding,) = found("RuntimeError: boom", known_rows, {"packages": packages}).findings
    assert (finding.certainty, finding.doubts) == (certainty, doubts)


def test_a_pair_in_an_environment_that_could_not_be_read_is_left_open() -> None:
    known_rows = matrix(row("misfit", "boom", pairs=("one-two",)), pairs=(PAIR,))
    facts = snapshot({**environment({}), DISTRIBUTIONS: unknown()})
    (finding,) = diagnose("RuntimeError: boom", facts, known_rows).findings
    assert (finding.certainty, finding.gaps) == (Certainty.LIKELY, ("what is installed is not known",))
    (finding,) = diagnose("RuntimeError: boom", facts, matrix(row("no pair", "boom"))).findings
    assert finding.gaps == ()


def test_rules_that_a_row_does_not_name_say_nothing_of_it() -> None:
    other = outcome("PKG002", Verdict.PROBLEM, problem())
    told = diagnose(
        "it broke",
        snapshot(environment({})),
        matrix(row("ruled", "it broke", rules=("PKG001",))),
        report(other, outcome("PKG001")),
    )
    assert certainties(told) == [("ruled", Certainty.DOUBTFUL)]


def test_what_a_rule_only_mentions_neither_confirms_nor_casts_doubt_nor_stands_beside() -> None:
    told = report(outcome("PKG001", Verdict.PROBLEM, problem(severity=Severity.INFO)))
    rows = matrix(row("ruled", "it broke", rules=("PKG001",)))
    diagnosis = diagnose("it broke", snapshot(environment({})), rows, told)
    assert certainties(diagnosis) == [("ruled", Certainty.LIKELY)]
    assert diagnosis.environment == ()


def test_of_several_judges_one_that_confirms_decides_and_one_that_cannot_tell_keeps_doubts_back() -> None:
    second = dataclasses.replace(PAIR, name="one-three", partner="three")
    rows = matrix(row("pair", "it broke", pairs=("one-two", "one-three")), pairs=(PAIR, second))

    def finding(**packages: str) -> Any:
        [told] = found("it broke", rows, {"packages": {"one": "1", **packages}}).findings
        return told

    assert finding(two="4", three="4").doubts == ("one 1 and two 4 go together", "one 1 and three 4 go together")
    open_one = finding(two="4", three="mine")
    assert open_one.doubts == ()
    assert open_one.gaps == ("three has the version 'mine', which cannot be compared",)
    for two, three in (("4", "5"), ("mine", "5")):
        confirmed = finding(two=two, three=three)
        assert (confirmed.certainty, confirmed.doubts, confirmed.gaps) == (Certainty.CONFIRMED, (), ())


NMS = "RuntimeError: operator torchvision::nms does not exist"


@pytest.mark.parametrize(
    ("torchvision", "certainty"), [("0.22.1", Certainty.DOUBTFUL), ("0.21.0", Certainty.CONFIRMED)]
)
def test_listed_versions_that_fit_cast_doubt_though_no_list_states_what_a_rule_reads(
    torchvision: str, certainty: Certainty
) -> None:
    stated = {"packages": {"torch": "2.7.1", "torchvision": torchvision}, "python": "3.12.11"}
    facts = snapshot_of_case({"id": "list", "environment": stated})
    diagnosis = diagnose(NMS, facts, SHIPPED, judge(facts, SHIPPED, (load("ABI001"), load("ABI008"))))
    told = {item.name: item.certainty for item in diagnosis.findings}
    assert told["torchvision-for-other-torch"] is certainty


def test_versions_that_fit_do_not_outweigh_what_could_not_be_read() -> None:
    rows = matrix(row("pair", "it broke", pairs=("one-two",), rules=("ABI001",)), pairs=(PAIR,))
    facts = snapshot(environment({"packages": {"one": "1", "two": "4"}}))

    def certainty(*reasons: str) -> Certainty:
        [finding] = diagnose(
            "it broke", facts, rows, report(outcome("ABI001", Verdict.UNKNOWN, reasons=reasons))
        ).findings
        return finding.certainty

    unread = "extensions: not readable (no-permission)"
    assert certainty(unstated("extensions")) is Certainty.DOUBTFUL
    assert certainty(unread) is Certainty.LIKELY
    assert certainty(unstated("extensions"), unread) is Certainty.LIKELY


def test_a_version_that_no_row_speaks_of_does_not_fit_for_that() -> None:
    stated = {"packages": {"torch": "1.12.1", "torchvision": "0.12.9"}, "python": "3.10.4"}
    facts = snapshot_of_case({"id": "list", "environment": stated})
    diagnosis = diagnose(NMS, facts, SHIPPED, judge(facts, SHIPPED, (load("ABI001"),)))
    told = {item.name: item.certainty for item in diagnosis.findings}
    assert told["torchvision-for-other-torch"] is Certainty.LIKELY


def test_only_the_pairs_that_a_row_names_are_asked() -> None:
    other = dataclasses.replace(PAIR, name="one-three", partner="three")
    rows = matrix(row("pair", "it broke", pairs=("one-two",)), pairs=(other, PAIR))
    [finding] = found("it broke", rows, {"packages": {"one": "1", "two": "4", "three": "5"}}).findings
    assert finding.certainty is Certainty.DOUBTFUL
    [finding] = found("it broke", rows, {"packages": {"one": "1", "two": "5", "three": "4"}}).findings
    assert finding.certainty is Certainty.CONFIRMED


def test_a_pair_is_of_what_is_imported_and_its_requirements_need_not_be_known() -> None:
    rows = matrix(row("pair", "it broke", pairs=("one-two",)), pairs=(PAIR,))
    one = distribution("one", "1", requires=unknown())

    def certainty(*packages: Any) -> Certainty:
        facts = {**environment({}), DISTRIBUTIONS: (one, *packages)}
        [finding] = diagnose("it broke", snapshot(facts), rows).findings
        return finding.certainty

    shadowed = distribution("two", "5", shadowed=True)
    assert certainty(distribution("two", "4"), shadowed) is Certainty.DOUBTFUL
    assert certainty(distribution("two", "5")) is Certainty.CONFIRMED


def test_what_must_be_there_is_seen_beside_what_confirms_with_its_remedy() -> None:
    """The pair has no remedy and no cause of its own, the rule has both."""
    here = (Circumstance(packages={"two": ""}),)
    told = row("both", "it broke", when=here, pairs=("one-two",), rules=("PKG001",), general=True)
    facts = snapshot(environment({"packages": {"one": "1", "two": "5"}}))
    rules = report(outcome("PKG001", Verdict.PROBLEM, problem(), cause=Cause.TORCH_PIN_VIOLATED))
    [finding] = diagnose("it broke", facts, matrix(told, pairs=(PAIR,)), rules).findings
    assert (finding.certainty, finding.cause) == (Certainty.CONFIRMED, Cause.TORCH_PIN_VIOLATED)
    assert finding.seen == (
        "one 1",
        "two 5",
        "PKG001 torch: 2.5.1 is installed, 2.4.0 is needed",
    )
    assert [remedy.text for remedy in finding.remedies] == ["Install the torch that vllm takes"]

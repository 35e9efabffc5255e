"""Every breakage is met: its words in a text, its circumstances in an environment; and not beside them."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest

from doctor.core.diagnosis import Certainty, Diagnosis
from doctor.core.matrix import Matrix
from doctor.core.packages.no_releases import NoReleases
from doctor.core.report import Outcome, Safety, Severity
from doctor.engine.catalogue import module_names
from doctor.engine.diagnose import diagnose
from doctor.engine.symptom import read_symptom
from doctor.matrix.pattern import fault_of
from tests.breakages.environment import environment
from tests.breakages.examples import examples, matrix, names, rows
from tests.facts import judge, snapshot


def only(name: str) -> Matrix:
    """The matrix with one breakage."""
    return dataclasses.replace(rows_alone(), breakages=(rows()[name],))


def rows_alone() -> Matrix:
    """The matrix without what the releases themselves tell of a name, which goes first: see test_imports."""
    return dataclasses.replace(matrix(), releases=NoReleases())


def found_in(name: str, text: str, described: dict[str, Any] | None = None) -> Diagnosis:
    facts = None if described is None else snapshot(environment(described))
    return diagnose(text, facts, only(name))


def check_by_rule(name: str, described: dict[str, Any]) -> Outcome:
    return judge("PKG016" if rows()[name].supply_chain else "PIN009", environment(described), only(name))


class TestTable:
    def test_each_breakage_has_examples_and_each_example_a_breakage(self) -> None:
        assert set(examples()) == set(rows())

    @pytest.mark.parametrize("name", names(having="symptoms"))
    def test_texts_and_near_ones_are_there(self, name: str) -> None:
        assert examples()[name]["text"] and examples()[name]["other"]

    @pytest.mark.parametrize("name", names(having="when"))
    def test_an_environment_and_its_neighbour_are_there(self, name: str) -> None:
        assert examples()[name]["environment"] and examples()[name]["neighbour"]

    @pytest.mark.parametrize("name", names(having="pairs"))
    def test_a_pair_has_an_environment_too(self, name: str) -> None:
        assert examples()[name]["environment"] and examples()[name]["neighbour"]


class TestText:
    @pytest.mark.parametrize("name", names(having="symptoms"))
    def test_its_words_are_found(self, name: str) -> None:
        for text in examples()[name]["text"]:
            assert [item.name for item in found_in(name, text).findings] == [name], text

    @pytest.mark.parametrize("name", names(having="symptoms"))
    def test_each_pattern_is_needed(self, name: str) -> None:
        """A pattern that no example has may be wrong without anyone noticing."""
        texts = [read_symptom(text).text for text in examples()[name]["text"]]
        for pattern in rows()[name].symptoms:
            assert any(re.search(pattern, text) for text in texts), pattern

    @pytest.mark.parametrize("name", names(having="symptoms"))
    def test_a_near_text_is_not_taken_for_it(self, name: str) -> None:
        for text in examples()[name]["other"]:
            assert found_in(name, text).findings == (), text

    @pytest.mark.parametrize("name", names(having="symptoms"))
    def test_among_all_breakages_it_comes_first(self, name: str) -> None:
        """Unless its words say little, and another breakage says more."""
        row = rows()[name]
        if row.severity == Severity.INFO.label or row.general:
            return
        for text in examples()[name]["text"]:
            findings = diagnose(text, None, rows_alone()).findings
            assert findings[0].name == name, [item.name for item in findings]

    @pytest.mark.parametrize("name", names(having="symptoms"))
    def test_lost_line_breaks_and_wrapping_do_not_matter(self, name: str) -> None:
        for text in examples()[name]["text"]:
            wrapped = re.sub(r"(?<=\S) (?=\S)", "\n    ", text)
            for changed in (" ".join(text.split()), wrapped):
                assert found_in(name, changed).findings, changed


class TestEnvironment:
    @pytest.mark.parametrize("name", names(having="when"))
    def test_it_is_confirmed_where_it_happens_and_not_beside(self, name: str) -> None:
        example = examples()[name]
        for text in example.get("text", ())[:1]:
            [finding] = found_in(name, text, example["environment"]).findings
            assert finding.certainty is Certainty.CONFIRMED or rows()[name].rules or rows()[name].signs, finding
            assert finding.seen
            beside = found_in(name, text, example["neighbour"])
            assert beside.findings == () and beside.excluded[0].reason

    @pytest.mark.parametrize("name", names(having="pairs"))
    def test_a_pair_that_does_not_fit_confirms_it(self, name: str) -> None:
        example = examples()[name]
        [finding] = found_in(name, example["text"][0], example["environment"]).findings
        assert finding.certainty is Certainty.CONFIRMED
        for beside in found_in(name, example["text"][0], example["neighbour"]).findings:
            assert beside.certainty is Certainty.DOUBTFUL and beside.doubts

    @pytest.mark.parametrize("name", [*names(having="predictable"), *names(having="supply_chain")])
    def test_a_check_reports_what_can_be_foreseen(self, name: str) -> None:
        row = rows()[name]
        outcome = check_by_rule(name, examples()[name]["environment"])
        [problem] = outcome.problems
        assert (outcome.cause_of(problem), outcome.severity_of(problem)) == (row.cause, row.gravity)
        assert not outcome.reasons
        beside = check_by_rule(name, examples()[name]["neighbour"])
        assert not beside.problems and not beside.reasons


class TestForm:
    @pytest.mark.parametrize("name", names())
    def test_its_patterns_may_be_let_loose_on_any_text(self, name: str) -> None:
        assert [fault_of(pattern) for pattern in rows()[name].symptoms if fault_of(pattern)] == []

    @pytest.mark.parametrize("name", names())
    def test_its_rules_exist(self, name: str) -> None:
        assert {*rows()[name].rules, *rows()[name].signs} <= set(module_names())

    @pytest.mark.parametrize("name", names())
    def test_somebody_else_can_read_where_it_is_known_from(self, name: str) -> None:
        assert any(re.search(r"https://\S+", source) for source in rows()[name].sources)

    @pytest.mark.parametrize("name", names())
    def test_the_reason_and_the_fix_are_one_sentence_each(self, name: str) -> None:
        row = rows()[name]
        for text in (row.reason, row.fix):
            assert not text.endswith(".") and "\n" not in text and 10 < len(text) < 250

    @pytest.mark.parametrize("name", names(having="symptoms"))
    def test_the_remedy_can_be_pasted_or_says_that_a_person_must_do_it(self, name: str) -> None:
        [finding] = found_in(name, examples()[name]["text"][0]).findings
        for remedy in finding.remedies:
            assert remedy.text and (remedy.commands or remedy.safety is Safety.MANUAL)

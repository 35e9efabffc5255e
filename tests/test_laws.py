"""What holds for every rule, those included that are not written yet."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
from functools import cache
from pathlib import Path

import pytest

from doctor.core.fact import Known, Reason, Source, SourceKind, Unknown
from doctor.core.keys import KEYS
from doctor.core.matrix import Matrix
from doctor.core.report import Outcome, Safety, Severity, Verdict
from doctor.core.rule import Rule
from doctor.core.snapshot import Snapshot
from doctor.engine.catalogue import load, module_names, node_codes
from doctor.formats.explanation import HEADINGS, sections_of
from doctor.matrix.load import load_matrix
from tests import nested
from tests.bases import BASES, SOUND, base
from tests.facts import apply_soundly

CODES = tuple(module_names())
JUDGED = (Verdict.HEALTHY, Verdict.PROBLEM)
NOT_HEALTHY = (Verdict.PROBLEM, Verdict.UNKNOWN)

BANNED_PREFIXES = ("not-", "disallow-", "forbid-", "check-", "avoid-", "must-", "should-", "use-", "bad-")
"""A name reads as "allow <name>": it names the pattern, and neither the cure nor the act of checking."""

every_rule = pytest.mark.parametrize("code", CODES)
every_rule_of_nodes = pytest.mark.parametrize("code", node_codes())
"""What holds for rules that compare nodes stands in `test_fleet_laws.py`."""


@cache
def matrix() -> Matrix:
    return load_matrix()


@cache
def marked(name: str) -> Snapshot:
    """A base in which every fact, nested ones included, has a source of its own."""
    snapshot = base(name)
    facts = {
        key: dataclasses.replace(fact, value=nested.mark(fact.value, (key,))) if isinstance(fact, Known) else fact
        for key, fact in snapshot.facts.items()
    }
    return dataclasses.replace(snapshot, facts=facts)


@cache
def outcome_of(code: str, name: str) -> Outcome:
    return apply_soundly(load(code), marked(name), matrix())


def judged_bases(code: str) -> list[str]:
    return [name for name in BASES if outcome_of(code, name).verdict in JUDGED]


def places_read(outcome: Outcome) -> set[str]:
    return {item.source.where for item in outcome.evidence if item.source.kind is SourceKind.FILE}


def calls_of(name: str, tree: ast.AST) -> list[ast.Call]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == name]


def without(snapshot: Snapshot, key: str) -> Snapshot:
    gone: Unknown[object] = Unknown(
        reason=Reason.NO_PERMISSION, detail="taken away", source=Source(kind=SourceKind.FILE, where=key)
    )
    return dataclasses.replace(snapshot, facts={**snapshot.facts, key: gone})


class TestBases:
    @pytest.mark.parametrize("name", BASES)
    def test_states_every_fact(self, name: str) -> None:
        """A base that leaves a fact out would make the laws below hold for nothing."""
        assert set(base(name).facts) == set(KEYS)

    @pytest.mark.parametrize("name", SOUND)
    @every_rule
    def test_nothing_is_wrong_on_a_sound_machine(self, code: str, name: str) -> None:
        """No false error, and nothing that is left undetermined where nothing is amiss."""
        outcome = outcome_of(code, name)
        assert not outcome.undetermined, outcome.reasons
        errors = [problem for problem in outcome.problems if outcome.severity_of(problem) is Severity.ERROR]
        assert errors == []


class TestUnknownIsNeverHealthy:
    @every_rule_of_nodes
    def test_some_base_is_judged(self, code: str) -> None:
        """Or the tests below could not fail for this rule."""
        assert judged_bases(code), [outcome_of(code, name).reasons for name in BASES]

    @every_rule_of_nodes
    def test_every_declared_fact_is_read_in_some_base(self, code: str) -> None:
        read = set().union(*(places_read(outcome_of(code, name)) for name in judged_bases(code)))
        assert {key.name for key in load(code).reads} <= read

    @every_rule_of_nodes
    def test_without_a_fact_that_it_read(self, code: str) -> None:
        """A rule from which a fact is taken that it read is undetermined, or has met a problem."""
        for name in judged_bases(code):
            for key in load(code).reads:
                if key.name in places_read(outcome_of(code, name)):
                    outcome = apply_soundly(load(code), without(marked(name), key.name), matrix())
                    assert outcome.verdict in NOT_HEALTHY, (name, key.name)

    @every_rule_of_nodes
    def test_without_a_fact_inside_a_fact(self, code: str) -> None:
        """The same for each fact inside a value: one GPU's memory, one distribution's requirements."""
        for name in judged_bases(code):
            seen = outcome_of(code, name)
            for key, path, changed in self.variants(load(code), name):
                outcome = apply_soundly(load(code), changed, matrix())
                if nested.source_of(path).where in places_read(seen) or self.differs(seen, outcome):
                    assert outcome.verdict in NOT_HEALTHY, (name, key, path)

    @every_rule_of_nodes
    def test_with_no_fact_at_all(self, code: str) -> None:
        nothing = Snapshot(target="test", taken_at="", doctor_version="test", facts={})
        assert apply_soundly(load(code), nothing, matrix()).verdict is Verdict.UNKNOWN

    @staticmethod
    def variants(rule: Rule, name: str) -> list[tuple[str, nested.Path, Snapshot]]:
        snapshot = marked(name)
        found = []
        for key in rule.reads:
            fact = snapshot.facts[key.name]
            if isinstance(fact, Known):
                for path in nested.paths(fact.value, (key.name,)):
                    value = nested.remove(fact.value, (key.name,), path)
                    facts = {**snapshot.facts, key.name: dataclasses.replace(fact, value=value)}
                    found.append((key.name, path, dataclasses.replace(snapshot, facts=facts)))
        return found

    @staticmethod
    def differs(one: Outcome, other: Outcome) -> bool:
        return (one.verdict, one.problems, one.reasons) != (other.verdict, other.problems, other.reasons)


class TestRuleAndMatrix:
    @every_rule
    def test_an_empty_matrix_makes_nothing_healthy_that_reads_it(self, code: str) -> None:
        """A rule that cites a row is not healthy where there is no row: nothing is known then."""
        for name in judged_bases(code):
            cited = [item for item in outcome_of(code, name).evidence if item.source.kind is SourceKind.MATRIX]
            if cited:
                outcome = apply_soundly(load(code), marked(name), Matrix(version="empty"))
                assert outcome.verdict is not Verdict.HEALTHY, (name, [item.key for item in cited])


class TestForm:
    @every_rule
    def test_the_code_and_the_name_are_those_of_the_file(self, code: str) -> None:
        rule = load(code)
        assert module_names()[code].endswith(f".{rule.code.lower()}_{rule.name.replace('-', '_')}")
        assert rule.code.startswith(rule.topic)
        assert f".{rule.topic.lower()}." in module_names()[code]

    @every_rule
    def test_the_name_reads_as_allow_name(self, code: str) -> None:
        assert not load(code).name.startswith(BANNED_PREFIXES)

    @every_rule
    def test_the_explanation_has_the_headings_in_order(self, code: str) -> None:
        sections = sections_of(load(code).explanation)
        assert tuple(sections) == HEADINGS
        assert all(sections.values())

    @every_rule
    def test_a_source_can_be_followed(self, code: str) -> None:
        assert re.search(r"https://\S+", sections_of(load(code).explanation)["Sources"])

    @every_rule
    def test_the_title_is_one_sentence(self, code: str) -> None:
        title = load(code).title
        assert 10 < len(title) <= 100
        assert not title.endswith((".", ":"))

    @every_rule
    def test_every_problem_says_what_to_do(self, code: str) -> None:
        """Each has a remedy, and each remedy has commands or says that only a person can do it."""
        for name in BASES:
            for problem in outcome_of(code, name).problems:
                assert problem.message and problem.subject and problem.remedies
                for remedy in problem.remedies:
                    assert remedy.text
                    assert remedy.commands or remedy.safety is Safety.MANUAL
                    assert all(command and all(command) for command in remedy.commands)

    @every_rule
    def test_it_does_not_judge_by_default_values(self, code: str) -> None:
        """`value_or` turns an Unknown into a value: it is for messages."""
        tree = ast.parse(inspect.getsource(inspect.getmodule(load(code).load())))
        messages = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
        assert len(calls_of("value_or", tree)) == sum(len(calls_of("value_or", message)) for message in messages)

    @every_rule
    def test_it_has_a_test(self, code: str) -> None:
        topic = load(code).topic.lower()
        assert (Path(__file__).parent / "rules" / topic / f"test_{code.lower()}.py").is_file()

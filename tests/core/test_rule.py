"""What a rule's file and docstring have to be, and what is said of a fact that is not known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from doctor.core.errors import ArgumentError
from doctor.core.fact import Fact, Reason
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, card_of, describe_gap, explanation_of, rule, unstated, unstated_in
from doctor.core.snapshot import Key
from tests.facts import EMPTY_MATRIX, absent, known, snapshot, unknown


def check_something(env: Any) -> Iterator[Problem]:
    """All is well.

    ## What it checks
    Nothing.
    """
    yield from ()


def moved(check: Any, module: str) -> Any:
    check.__module__ = module
    return check


def test_the_file_and_the_first_line_say_what_a_rule_is_called() -> None:
    card = card_of(moved(check_something, "doctor.rules.abi.abi042_something_wrong"))
    assert (card["code"], card["name"], card["topic"]) == ("ABI042", "something-wrong", "ABI")
    assert card["title"] == "All is well"
    assert explanation_of(check_something).startswith("All is well.\n\n## What it checks")


@pytest.mark.parametrize("module", ["doctor.rules.abi.stack", "doctor.rules.abi.abi_something", "abi042"])
def test_a_file_that_is_not_named_as_a_rule_is_refused(module: str) -> None:
    with pytest.raises(ValueError, match="the file of a rule is named"):
        card_of(moved(check_something, module))


def test_a_rule_without_an_explanation_is_refused() -> None:
    def check(env: Any) -> Iterator[Problem]:
        yield from ()

    with pytest.raises(ValueError, match="a rule needs a docstring"):
        card_of(moved(check, "doctor.rules.abi.abi042_something_wrong"))


def test_a_python_without_docstrings_is_told_and_one_without_assertions_does() -> None:
    check = moved(check_something, "doctor.rules.abi.abi042_something_wrong")
    assert card_of(check, optimize=1) == card_of(check)
    with pytest.raises(ArgumentError, match="started without docstrings"):
        card_of(check, optimize=2)


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        (unknown(Reason.NO_PERMISSION, "cannot be read"), "gpus: cannot be read (no-permission)"),
        (unknown(Reason.FAILED, ""), "gpus: no detail (failed)"),
        (absent(), "gpus is not known"),
    ],
)
def test_a_gap_says_what_is_not_known_and_why(fact: Fact[Any], said: str) -> None:
    assert describe_gap("gpus", fact) == said


def test_a_rule_may_read_only_what_it_declares() -> None:
    """What it reads and does not declare, a run with `--select` would not look for."""
    env = Env(snapshot=snapshot({}), matrix=EMPTY_MATRIX, reads=frozenset({"gpus"}))
    with pytest.raises(AssertionError, match="the rule reads variables without declaring it"):
        env.fact(Key("variables", str, "something else"))


DRIVEN: Key[str] = Key("driven", str, "for the test")


def env_with(fact: Fact[Any]) -> Env:
    return Env(snapshot=snapshot({DRIVEN: fact}), matrix=EMPTY_MATRIX, reads=frozenset({"driven"}))


@pytest.mark.parametrize(("detail", "said"), [("no driver", "no driver"), ("", "driven is absent")])
def test_what_is_absent_makes_a_rule_not_applicable_and_says_why(detail: str, said: str) -> None:
    with pytest.raises(NotApplicableError, match=f"^{said}$"):
        env_with(absent(detail)).need(DRIVEN)


def test_what_is_noted_is_evidence_and_what_is_unknown_of_it_a_gap() -> None:
    env = env_with(known("x"))
    assert [env.note(name, fact) for name, fact in (("a", known(1)), ("b", absent()), ("c", unknown()))] == [
        1,
        None,
        None,
    ]
    assert [(item.key, item.state) for item in env.evidence] == [
        ("a", "known"),
        ("b", "absent"),
        ("c", "unknown (failed)"),
    ]
    assert env.gaps == ["c: the test says so (failed)"]


def test_what_nobody_states_is_told_apart_from_what_failed() -> None:
    assert unstated_in(unstated("version of Python")) == "version of Python"
    assert unstated_in(describe_gap("version of Python", unknown())) == ""


def test_a_function_becomes_the_rule_of_its_file() -> None:
    check = moved(check_something, "doctor.rules.abi.abi042_something_wrong")
    made = rule(severity=Severity.INFO, cause=Cause.OTHER, since="1.0", reads=(DRIVEN,))(check)
    assert (made.code, made.severity, made.cause, made.since, made.reads) == (
        *("ABI042", Severity.INFO),
        *(Cause.OTHER, "1.0", (DRIVEN,)),
    )
    assert made.load() is check
    assert made.explanation.startswith("All is well.")


def test_what_is_looked_at_is_its_value_or_nothing() -> None:
    assert (env_with(known("x")).look(DRIVEN), env_with(absent()).look(DRIVEN)) == ("x", None)
    assert explanation_of(lambda env: iter(())) == ""

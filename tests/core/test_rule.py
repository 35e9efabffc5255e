"""What a rule's file and docstring have to be, and what is said of a fact that is not known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from doctor.core.fact import Fact, Reason
from doctor.core.report import Problem
from doctor.core.rule import Env, card_of, describe_gap
from doctor.core.snapshot import Key
from tests.facts import EMPTY_MATRIX, absent, snapshot, unknown


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
    assert card["explanation"].startswith("All is well.\n\n## What it checks")


@pytest.mark.parametrize("module", ["doctor.rules.abi.stack", "doctor.rules.abi.abi_something", "abi042"])
def test_a_file_that_is_not_named_as_a_rule_is_refused(module: str) -> None:
    with pytest.raises(ValueError, match="the file of a rule is named"):
        card_of(moved(check_something, module))


def test_a_rule_without_an_explanation_is_refused() -> None:
    def check(env: Any) -> Iterator[Problem]:
        yield from ()

    with pytest.raises(ValueError, match="a rule needs a docstring"):
        card_of(moved(check, "doctor.rules.abi.abi042_something_wrong"))


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

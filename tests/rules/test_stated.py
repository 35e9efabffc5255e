"""What a rule needs for its remedies only: it judges without, where nobody states it."""

from __future__ import annotations

import pytest

from doctor.core.fact import Reason
from doctor.core.interpreter import INTERPRETER, unplaced
from doctor.core.keys import KEYS
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.rule import Env, UndeterminedError
from doctor.rules.stated import distributions_if_stated, interpreter_if_stated, is_listed_only
from tests.facts import EMPTY_MATRIX, distribution, interpreter, snapshot, unknown

LISTED = distribution("torch", "2.4.0", requires_python=unknown(Reason.NOT_STATED))
INSTALLED = distribution("vllm", "0.5.5")


def env(**facts: object) -> Env:
    named = {DISTRIBUTIONS: facts.get("distributions", (INSTALLED,)), INTERPRETER: facts.get("python", interpreter())}
    return Env(snapshot=snapshot(named), matrix=EMPTY_MATRIX, reads=frozenset(KEYS))


def test_what_is_stated_is_taken() -> None:
    assert distributions_if_stated(env()) == (INSTALLED,)
    assert interpreter_if_stated(env()) == interpreter()


@pytest.mark.parametrize("reason", [Reason.NOT_STATED, Reason.UNSUPPORTED])
def test_where_nobody_states_it_something_stands_in(reason: Reason) -> None:
    silent = env(distributions=unknown(reason), python=unknown(reason))
    assert distributions_if_stated(silent) == ()
    assert interpreter_if_stated(silent) == unplaced()


def test_what_could_not_be_read_is_no_silence() -> None:
    failed = env(distributions=unknown(), python=unknown())
    for ask in (distributions_if_stated, interpreter_if_stated):
        with pytest.raises(UndeterminedError):
            ask(failed)


@pytest.mark.parametrize(
    ("distributions", "listed"), [((), True), ((INSTALLED,), False), ((INSTALLED, LISTED), True), ((LISTED,), True)]
)
def test_a_list_may_leave_others_out(distributions: tuple, listed: bool) -> None:
    assert is_listed_only(distributions) is listed

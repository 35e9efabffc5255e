"""What a rule needs for its remedies only, so that it can judge where nobody states it."""

from __future__ import annotations

from doctor.core.fact import not_told
from doctor.core.interpreter import INTERPRETER, Interpreter, unplaced
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.rule import Env

_PYTHON = unplaced()
"""The interpreter of commands that are written for an environment of which nothing is known."""


def distributions_if_stated(env: Env) -> tuple[Distribution, ...]:
    """The distributions; none where nobody states what is installed."""
    return () if not_told(env.fact(DISTRIBUTIONS)) else env.need(DISTRIBUTIONS)


def interpreter_if_stated(env: Env) -> Interpreter:
    """The interpreter; a stand-in where nobody states it."""
    return _PYTHON if not_told(env.fact(INTERPRETER)) else env.need(INTERPRETER)


def is_listed_only(distributions: tuple[Distribution, ...]) -> bool:
    """Whether these are what somebody has listed, so that others may be installed as well."""
    return any(not_told(item.requires_python) for item in distributions) or not distributions

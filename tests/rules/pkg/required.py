"""Judging PKG001 on distributions alone."""

from __future__ import annotations

from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from tests.facts import EMPTY_MATRIX, interpreter, judge


def outcome(*distributions, matrix=EMPTY_MATRIX, **changes):
    facts = {INTERPRETER: interpreter(**changes), DISTRIBUTIONS: distributions}
    return judge("PKG001", facts, matrix)


def only(found):
    [problem] = found.problems
    return problem

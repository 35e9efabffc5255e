"""An environment that trains and one that serves."""

from __future__ import annotations

from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Outcome
from doctor.core.training import TRAINING, not_named
from doctor.matrix.load import load_matrix
from tests.facts import distribution, judge


def judge_pair(code: str, trained: dict[str, str] | None, served: dict[str, str]) -> Outcome:
    """Judge the versions of both sides by one rule; None is a side that was not named."""
    side = not_named() if trained is None else tuple(distribution(*item) for item in trained.items())
    facts = {TRAINING: side, DISTRIBUTIONS: tuple(distribution(*item) for item in served.items())}
    return judge(code, facts, load_matrix())

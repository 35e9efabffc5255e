from __future__ import annotations

from doctor.core.interpreter import INTERPRETER, StartCode, unplaced
from doctor.core.report import Outcome, Verdict
from tests.facts import interpreter, judge

FILE = "/env/lib/python3.11/site-packages/shared.pth"


def outcome(*lines: StartCode) -> Outcome:
    return judge("ENV015", {INTERPRETER: interpreter(start_code=lines)})


def test_a_folder_that_comes_first_is_told() -> None:
    found = outcome(StartCode(file=FILE, code="", first=("/other",)))
    (problem,) = found.problems
    assert problem.subject == "shared.pth" and "/other before the environment's own" in problem.message
    assert problem.remedies[0].commands == (("rm", FILE),)


def test_what_cannot_be_read_from_the_line_is_undetermined() -> None:
    found = outcome(StartCode(file=FILE, code="import sys; sys.path[:0] = find()", plain=False))
    assert found.verdict is Verdict.UNKNOWN and "sys.path[:0] = find()" in str(found)


def test_a_folder_that_comes_last_hides_nothing() -> None:
    assert outcome(StartCode(file=FILE, code="", last=("/other",))).verdict is Verdict.HEALTHY


def test_one_that_is_only_named_leaves_it_open() -> None:
    assert judge("ENV015", {INTERPRETER: unplaced("3.11.7")}).verdict is Verdict.UNKNOWN

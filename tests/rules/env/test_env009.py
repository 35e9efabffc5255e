from __future__ import annotations

from doctor.core.interpreter import INTERPRETER, unplaced
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Outcome, Severity, Verdict
from tests.facts import distribution, interpreter, judge, unknown


def outcome(free_threaded: bool, *names: str) -> Outcome:
    facts = {
        INTERPRETER: interpreter("3.13.0", free_threaded=free_threaded),
        DISTRIBUTIONS: tuple(distribution(name, "0.32.0") for name in names),
    }
    return judge("ENV009", facts)


def test_an_ordinary_interpreter_is_healthy() -> None:
    assert outcome(False, "vllm").verdict is Verdict.HEALTHY


def test_a_free_threaded_one_cannot_load_vllm() -> None:
    (problem,) = outcome(True, "vllm").problems
    assert problem.severity is Severity.ERROR
    assert problem.remedies[0].commands == (("uv", "venv", "--python", "3.13", ".venv"),)
    (problem,) = outcome(True).problems
    assert problem.severity is Severity.WARNING


def test_unknown_distributions_are_undetermined() -> None:
    facts = {INTERPRETER: interpreter(), DISTRIBUTIONS: unknown()}
    assert judge("ENV009", facts).verdict is Verdict.UNKNOWN


def test_a_text_that_states_no_python_does_not_say_that_it_has_the_lock() -> None:
    found = judge("ENV009", {INTERPRETER: unplaced(), DISTRIBUTIONS: (distribution("vllm", "0.32.0"),)})
    assert found.verdict is Verdict.UNKNOWN
    assert found.reasons[0].startswith("version of Python")

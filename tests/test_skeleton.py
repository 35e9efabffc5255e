from doctor.core.distribution import DISTRIBUTIONS
from doctor.core.interpreter import INTERPRETER
from doctor.core.report import Verdict
from tests.facts import distribution, interpreter, judge


def test_unmet():
    facts = {
        INTERPRETER: interpreter(),
        DISTRIBUTIONS: (distribution("vllm", "0.5.5", "torch==2.4.0"), distribution("torch", "2.5.1")),
    }
    outcome = judge("PKG001", facts)
    assert outcome.verdict is Verdict.PROBLEM, outcome

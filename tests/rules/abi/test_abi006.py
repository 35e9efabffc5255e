from __future__ import annotations

from doctor.core.extension import BROKEN_LIBRARIES, BrokenLibrary
from doctor.core.report import Severity, Verdict
from tests.facts import unknown
from tests.rules.abi.environments import commands_of, environment, judge

CODE = "ABI006"
CUT = BrokenLibrary(
    distribution="torch", path="/env/site-packages/torch/lib/libtorch_cpu.so", damage="it has 5 bytes of 9"
)
SHORT = BrokenLibrary(distribution="vllm", path="/env/vllm/_C.abi3.so", damage="no sections", loadable=True)


def test_whole_libraries_are_healthy() -> None:
    assert judge(CODE, environment()).verdict is Verdict.HEALTHY


def test_a_cut_library_is_an_error_with_the_command_that_replaces_it() -> None:
    outcome = judge(CODE, environment(broken=(CUT,)))
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is Severity.ERROR
    assert problem.message == "torch/lib/libtorch_cpu.so is broken: it has 5 bytes of 9"
    assert commands_of(outcome)[0].endswith("torch==2.4.0")


def test_what_the_loader_does_not_read_is_a_warning() -> None:
    outcome = judge(CODE, environment(broken=(SHORT,)))
    assert [outcome.severity_of(problem) for problem in outcome.problems] == [Severity.WARNING]


def test_several_of_one_distribution_are_one_problem_as_grave_as_the_worst() -> None:
    short = BrokenLibrary(distribution="torch", path="/env/torch/lib/libshm.so", damage="short", loadable=True)
    outcome = judge(CODE, environment(broken=(short, CUT)))
    (problem,) = outcome.problems
    assert outcome.severity_of(problem) is Severity.ERROR
    assert "libtorch_cpu.so" in problem.message
    assert "1 more of torch" in problem.message


def test_libraries_that_could_not_be_listed_are_undetermined() -> None:
    assert judge(CODE, {**environment(), BROKEN_LIBRARIES: unknown()}).verdict is Verdict.UNKNOWN

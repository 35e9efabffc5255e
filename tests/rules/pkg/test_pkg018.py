"""PKG018: the packages of a virtual environment are those of its interpreter."""

from __future__ import annotations

from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS, LEFTOVERS, Leftover
from doctor.core.report import Severity, Verdict
from tests.facts import distribution, interpreter, judge

OTHER = (Leftover(kind="other-python", name="python3.11", path="/env/lib/python3.11/site-packages"),)


def found_with(leftovers, *installed):
    return judge("PKG018", {INTERPRETER: interpreter("3.12.1"), DISTRIBUTIONS: installed, LEFTOVERS: leftovers})


def test_an_interpreter_that_sees_none_of_the_packages_is_an_error():
    found = found_with(OTHER)
    [problem] = found.problems
    assert found.severity_of(problem) is Severity.ERROR
    assert "Python 3.11" in problem.message and "3.12" in problem.message
    assert problem.remedies[0].commands == (("uv", "venv", "--python", "3.11", ".venv"),)


def test_packages_beside_a_stack_of_its_own_are_a_warning():
    found = found_with(OTHER, distribution("torch", "2.13.0"))
    assert [found.severity_of(problem) for problem in found.problems] == [Severity.WARNING]


def test_an_environment_of_one_python_is_healthy():
    assert found_with((), distribution("torch", "2.13.0")).verdict is Verdict.HEALTHY


def test_leftovers_of_other_kinds_are_other_rules_findings():
    leftover = Leftover(kind="duplicate", name="torch", path="/env/lib/python3.12/site-packages/torch-2.dist-info")
    assert found_with((leftover,), distribution("torch", "2.13.0")).verdict is Verdict.HEALTHY


def test_a_leftover_of_another_kind_hides_nothing_after_it():
    leftover = Leftover(kind="duplicate", name="torch", path="/env/lib/python3.12/site-packages/torch-2.dist-info")
    assert [problem.subject for problem in found_with((leftover, *OTHER)).problems] == ["python3.11"]


def test_an_environment_without_its_configuration_is_an_error_whatever_else_is_seen():
    lost = Leftover(kind="out-of-reach", name="python3.12", path="/srv/vllm/lib/python3.12/site-packages")
    found = found_with((lost,), distribution("torch", "2.13.0"))
    [problem] = found.problems
    assert found.severity_of(problem) is Severity.ERROR
    assert "there is no /srv/vllm/pyvenv.cfg" in problem.message
    [command] = problem.remedies[0].commands
    assert command[1:] == ("-m", "venv", "--upgrade", "--without-pip", "/srv/vllm")
    assert command[0].endswith("/bin/python3.12")

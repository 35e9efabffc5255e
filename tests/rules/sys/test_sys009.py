from __future__ import annotations

from typing import Any

from doctor.core.machine.system import TOOLKITS, Toolkit
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.report import Outcome, Severity, Verdict
from tests.facts import absent, distribution, judge, torch_build, unknown


def toolkit(version: str, found_by: str) -> Toolkit:
    return Toolkit(path=f"/usr/local/cuda-{version}", version=version, found_by=found_by)


def outcome(*toolkits: Toolkit, torch: Any = None, others: tuple[str, ...] = ()) -> Outcome:
    facts = {
        TOOLKITS: toolkits,
        TORCH_BUILD: torch or torch_build("2.6.0", "12.4"),
        DISTRIBUTIONS: tuple(distribution(name, "1.0") for name in others),
    }
    return judge("SYS009", facts)


def test_the_same_major_version_is_healthy() -> None:
    assert outcome(toolkit("12.1", "PATH")).verdict is Verdict.HEALTHY


def test_another_major_version_is_worth_knowing_when_nothing_is_compiled() -> None:
    (problem,) = outcome(toolkit("11.8", "PATH, /usr/local/cuda")).problems
    assert "builds would use CUDA 11.8" in problem.message
    assert "torch 2.6.0 needs CUDA 12.4" in problem.message
    assert problem.severity is Severity.INFO
    assert problem.message.endswith("(this matters only when something is compiled)")
    assert "install a CUDA 12.4 toolkit" in problem.remedies[0].text


def test_it_is_a_warning_beside_a_package_that_compiles_at_run_time() -> None:
    (problem,) = outcome(toolkit("11.8", "PATH"), others=("flashinfer-python",)).problems
    assert problem.severity is Severity.WARNING
    assert problem.message.endswith("(flashinfer-python compiles at run time)")


def test_cuda_home_is_taken_before_path() -> None:
    toolkits = (toolkit("12.4", "CUDA_HOME"), toolkit("11.8", "PATH, /usr/local/cuda"))
    assert outcome(*toolkits).verdict is Verdict.HEALTHY


def test_a_fitting_toolkit_that_is_not_used_is_the_remedy() -> None:
    toolkits = (toolkit("11.8", "PATH"), toolkit("12.4", "/usr/local/cuda-12.4"))
    (problem,) = outcome(*toolkits).problems
    assert "export CUDA_HOME=/usr/local/cuda-12.4" in problem.remedies[0].text


def test_a_toolkit_that_no_build_would_find_does_not_matter() -> None:
    assert outcome(toolkit("11.8", "/usr/local/cuda-11.8")).verdict is Verdict.NOT_APPLICABLE


def test_no_toolkit_and_no_cuda_are_nothing_to_judge() -> None:
    assert outcome().verdict is Verdict.NOT_APPLICABLE
    cpu = torch_build("2.13.0+cpu", "")
    assert outcome(toolkit("11.8", "PATH"), torch=cpu).verdict is Verdict.NOT_APPLICABLE
    assert outcome(toolkit("11.8", "PATH"), torch=absent()).verdict is Verdict.NOT_APPLICABLE


def test_a_version_that_nothing_states_leaves_it_undetermined() -> None:
    assert outcome(toolkit("", "PATH")).verdict is Verdict.UNKNOWN
    facts = {TOOLKITS: unknown(), TORCH_BUILD: torch_build(), DISTRIBUTIONS: ()}
    assert judge("SYS009", facts).verdict is Verdict.UNKNOWN

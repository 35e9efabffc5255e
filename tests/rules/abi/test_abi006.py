from __future__ import annotations

import pytest

from doctor.core.packages.distribution import DAMAGED_FILES, DamagedFile
from doctor.core.packages.extension import BROKEN_LIBRARIES, BrokenLibrary
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


@pytest.mark.parametrize(("damage", "severity"), [("truncated", Severity.INFO), ("size", Severity.ERROR)])
def test_what_the_record_shows_as_cut_is_only_mentioned(damage: str, severity: Severity) -> None:
    """PKG005 says it as an error, and one fault is told once; another size is a warning there."""
    damaged = DamagedFile(distribution="torch", path=CUT.path, damage=damage)
    outcome = judge(CODE, environment(broken=(CUT,), damaged=(damaged,)))
    assert [outcome.severity_of(problem) for problem in outcome.problems] == [severity]


def test_where_damage_could_not_be_looked_for_the_error_stands() -> None:
    outcome = judge(CODE, {**environment(broken=(CUT,)), DAMAGED_FILES: unknown()})
    assert [outcome.severity_of(problem) for problem in outcome.problems] == [Severity.ERROR]
    assert outcome.undetermined


def test_libraries_that_could_not_be_listed_are_undetermined() -> None:
    assert judge(CODE, {**environment(), BROKEN_LIBRARIES: unknown()}).verdict is Verdict.UNKNOWN


def test_a_library_of_a_distribution_without_metadata_is_installed_by_its_name() -> None:
    lost = BrokenLibrary(distribution="xformers", path="/env/xformers/_C.so", damage="it has 5 bytes of 9")
    (command,) = commands_of(judge(CODE, environment(broken=(lost,))))
    assert command.endswith("--force-reinstall --no-deps --no-cache-dir xformers")


def test_where_nothing_is_broken_nobody_asks_for_damage() -> None:
    assert judge(CODE, {**environment(), DAMAGED_FILES: unknown()}).verdict is Verdict.HEALTHY


def test_one_that_the_record_does_not_show_keeps_the_error() -> None:
    other = BrokenLibrary(distribution="torch", path="/env/site-packages/torch/lib/libc10.so", damage="it is empty")
    damaged = DamagedFile(distribution="torch", path=CUT.path, damage="truncated")
    outcome = judge(CODE, environment(broken=(CUT, other), damaged=(damaged,)))
    assert [outcome.severity_of(problem) for problem in outcome.problems] == [Severity.ERROR]


def test_what_replaces_it_does_not_come_from_the_cache() -> None:
    """The copy there may be the one that was cut."""
    assert "--no-cache" in commands_of(judge(CODE, environment(broken=(CUT,))))[0]


def test_a_library_that_this_user_may_not_read_is_not_known_to_be_broken() -> None:
    closed = BrokenLibrary(distribution="torch", path="/env/torch/_C.so", damage="it cannot be read", closed=True)
    found = judge(CODE, environment(broken=(closed,)))
    assert found.verdict is Verdict.UNKNOWN
    assert found.reasons == ("/env/torch/_C.so: it cannot be read",)

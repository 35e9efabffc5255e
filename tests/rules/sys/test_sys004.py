from __future__ import annotations

from doctor.core.machine.system import DISKS, Disk
from doctor.core.report import Outcome, Severity, Verdict
from tests.facts import judge, unknown


def outcome(purpose: str, writable: bool) -> Outcome:
    disk = Disk(purpose=purpose, path="/data/folder", free=100000, writable=writable)
    return judge("SYS004", {DISKS: (disk,)})


def test_folders_that_can_be_written_to_are_healthy() -> None:
    assert outcome("vLLM cache", True).verdict is Verdict.HEALTHY
    disks = [Disk(purpose=name, path="/data", free=100000, writable=name == "one") for name in ("one", "two")]
    assert [problem.subject for problem in judge("SYS004", {DISKS: tuple(disks)}).problems] == ["two"]


def test_a_closed_cache_is_a_warning_and_names_its_variable() -> None:
    (problem,) = outcome("Triton cache", False).problems
    assert problem.severity is Severity.WARNING
    assert "TRITON_CACHE_DIR" in problem.remedies[0].text


def test_nowhere_for_temporary_files_is_an_error() -> None:
    (problem,) = outcome("temporary files", False).problems
    assert problem.severity is Severity.ERROR


def test_unknown_folders_are_undetermined() -> None:
    assert judge("SYS004", {DISKS: unknown()}).verdict is Verdict.UNKNOWN

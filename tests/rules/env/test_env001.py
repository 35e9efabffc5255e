from __future__ import annotations

from doctor.core.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Outcome, Severity, Verdict
from doctor.core.system import LOADER_ENTRIES, LoaderEntry
from tests.facts import distribution, judge, unknown

SITE = "/env/lib/python3.11/site-packages"
FOLDER = "/usr/local/cuda-12.1/lib64"


def entry(name: str, version: str = "", folder: str = FOLDER, variable: str = "LD_LIBRARY_PATH") -> LoaderEntry:
    library = f"{folder}/{name}"
    return LoaderEntry(variable=variable, entry=folder, library=library, hides=f"{SITE}/x/{name}", version=version)


def outcome(*entries: LoaderEntry) -> Outcome:
    wheels = (distribution("nvidia-nvjitlink-cu12", "12.4.127"), distribution("nvidia-nccl-cu12", "2.20.5"))
    return judge("ENV001", {LOADER_ENTRIES: entries, DISTRIBUTIONS: wheels})


def test_nothing_hidden_is_healthy() -> None:
    assert outcome().verdict is Verdict.HEALTHY


def test_an_older_library_that_others_bind_is_an_error() -> None:
    found = outcome(entry("libnvJitLink.so.12", "12.1.105"))
    (problem,) = found.problems
    assert "libnvJitLink.so.12 (12.1.105) is loaded instead of the environment's own" in problem.message
    assert problem.severity is Severity.ERROR
    assert found.cause is Cause.ENV_VARIABLE
    assert problem.remedies[0].commands == (("unset", "LD_LIBRARY_PATH"),)


def test_a_newer_one_of_the_same_minor_version_is_a_warning() -> None:
    for version in ("12.4.99", "12.8.61", ""):
        (problem,) = outcome(entry("libnvJitLink.so.12", version)).problems
        assert problem.severity is Severity.WARNING


def test_a_library_that_no_wheel_is_known_to_bring_is_a_warning() -> None:
    (problem,) = outcome(entry("libcublasLt.so.12", "12.1.3.1")).problems
    assert problem.severity is Severity.WARNING


def test_another_torch_is_an_error() -> None:
    (problem,) = outcome(entry("libc10.so"), entry("libcudnn.so.9", "9.1.0")).problems
    assert problem.severity is Severity.ERROR
    assert "libc10.so" in problem.message


def test_one_folder_is_one_problem_however_many_libraries_it_holds() -> None:
    names = [f"libcudnn_part{number}.so.9" for number in range(7)]
    (problem,) = outcome(*(entry(name) for name in names)).problems
    assert "and 3 more" in problem.message


def test_each_folder_is_its_own_problem() -> None:
    found = outcome(entry("libcudnn.so.9"), entry("libnccl.so.2", folder="/opt/nccl/lib"))
    assert len(found.problems) == 2


def test_unknown_entries_are_undetermined() -> None:
    assert judge("ENV001", {LOADER_ENTRIES: unknown(), DISTRIBUTIONS: ()}).verdict is Verdict.UNKNOWN

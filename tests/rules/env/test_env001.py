from __future__ import annotations

from doctor.core.machine.system import LOADER_ENTRIES, LoaderEntry
from doctor.core.report import Cause, Outcome, Severity, Verdict
from tests.facts import judge, unknown

SITE = "/env/lib/python3.11/site-packages"
FOLDER = "/usr/local/cuda-12.1/lib64"


def entry(name: str, version: str = "", *missing: str, folder: str = FOLDER) -> LoaderEntry:
    return LoaderEntry(
        variable="LD_LIBRARY_PATH",
        entry=folder,
        library=f"{folder}/{name}",
        hides=f"{SITE}/x/{name}",
        version=version,
        missing_symbols=missing,
    )


def outcome(*entries: LoaderEntry) -> Outcome:
    return judge("ENV001", {LOADER_ENTRIES: entries})


def test_nothing_hidden_is_healthy() -> None:
    assert outcome().verdict is Verdict.HEALTHY


def test_a_library_that_lacks_what_others_need_is_an_error() -> None:
    found = outcome(entry("libcudnn_ops.so.9"), entry("libnvJitLink.so.12", "12.1.105", "__nvJitLinkComplete_12_4"))
    (problem,) = found.problems
    assert problem.message == (
        f"LD_LIBRARY_PATH names {FOLDER}, whose libnvJitLink.so.12 (12.1.105) is loaded instead of the environment's "
        f"own (for example {SITE}/x/libnvJitLink.so.12); it lacks __nvJitLinkComplete_12_4, which the environment's "
        "libraries need"
    )
    assert problem.severity is Severity.ERROR
    assert found.cause is Cause.ENV_VARIABLE
    assert problem.remedies[0].commands == (("unset", "LD_LIBRARY_PATH"),)


def test_a_library_that_has_all_that_is_needed_is_a_warning() -> None:
    (problem,) = outcome(entry("libnvJitLink.so.12", "12.8.61")).problems
    assert problem.severity is Severity.WARNING


def test_one_folder_is_one_problem_however_many_libraries_it_holds() -> None:
    names = ("liba.so", "libb.so", "libc.so", "libd.so", "libe.so", "libf.so", "libg.so")

    def told(count: int) -> str:
        (problem,) = outcome(*(entry(name) for name in names[:count])).problems
        return problem.message.partition(", whose ")[2]

    loaded = f"are loaded instead of the environment's own (for example {SITE}/x/liba.so)"
    assert told(4) == f"liba.so, libb.so, libc.so, libd.so {loaded}"
    assert told(5) == f"liba.so, libb.so, libc.so, libd.so and 1 more {loaded}"
    assert told(7) == f"liba.so, libb.so, libc.so, libd.so and 3 more {loaded}"


def test_each_folder_is_its_own_problem() -> None:
    found = outcome(entry("libcudnn.so.9"), entry("libnccl.so.2", folder="/opt/nccl/lib"))
    assert len(found.problems) == 2


def test_unknown_entries_are_undetermined() -> None:
    assert judge("ENV001", {LOADER_ENTRIES: unknown()}).verdict is Verdict.UNKNOWN

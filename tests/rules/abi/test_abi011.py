"""ABI011: the C++ runtime that is loaded is new enough for the extensions."""

from __future__ import annotations

import pytest

from doctor.core.fact import Fact, Known, Source, SourceKind
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import EXTENSIONS
from doctor.core.report import Outcome, Severity, Verdict
from tests.facts import absent, distribution, extension, judge, known, unknown

SYSTEM = "/lib/x86_64-linux-gnu/libstdc++.so.6"


def lacking(*versions: str, where: str = SYSTEM) -> Fact[tuple[str, ...]]:
    return Known(value=versions, source=Source(kind=SourceKind.ELF, where=where))


def judged(missing: Fact[tuple[str, ...]], *, links_torch: bool = True) -> Outcome:
    item = extension("vllm", missing_versions=missing, links_torch=links_torch)
    facts = {
        DISTRIBUTIONS: (distribution("vllm", "0.10.2"),),
        EXTENSIONS: (known(item),),
    }
    return judge("ABI011", facts)


def test_an_older_runtime_of_the_system_is_an_error() -> None:
    found = judged(lacking("GLIBCXX_3.4.32", "CXXABI_1.3.15"))
    [problem] = found.problems
    assert found.severity_of(problem) is Severity.ERROR
    assert f"needs GLIBCXX_3.4.32 and CXXABI_1.3.15, and {SYSTEM} does not define it" in problem.message
    [remedy] = problem.remedies
    assert "whose GCC defines GLIBCXX_3.4.32 or newer" in remedy.text


def test_one_that_is_not_the_system_s_is_taken_out_of_the_variables() -> None:
    found = judged(lacking("GLIBCXX_3.4.32", where="/opt/old/libstdc++.so.6"))
    [remedy] = found.problems[0].remedies
    assert remedy.text.startswith("Take /opt/old out of LD_LIBRARY_PATH and LD_PRELOAD")


@pytest.mark.parametrize("fact", [lacking(), absent("it asks for no version")])
def test_nothing_that_is_missing_is_healthy(fact: Fact[tuple[str, ...]]) -> None:
    assert judged(fact).verdict is Verdict.HEALTHY


def test_what_is_not_known_is_undetermined() -> None:
    assert judged(unknown()).verdict is Verdict.UNKNOWN


def test_a_library_that_links_no_torch_may_never_be_loaded() -> None:
    assert judged(lacking("GLIBCXX_3.4.32"), links_torch=False).verdict is Verdict.HEALTHY

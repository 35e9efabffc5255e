"""PKG019: every release that a list names has a wheel for the interpreter and its C library."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from doctor.core.fact import Reason
from doctor.core.interpreter import INTERPRETER
from doctor.core.matrix import Basis, Matrix, WheelBuild
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.packages.no_releases import NoReleases
from doctor.core.packages.release import Release
from doctor.core.report import Cause, Outcome, Severity, Verdict
from doctor.core.snapshot import Snapshot
from doctor.engine.catalogue import load
from doctor.engine.judge import apply
from doctor.intake.stated import Stated, StatedPackage
from doctor.intake.stated_facts import facts_of
from doctor.intake.stated_platform import Said
from doctor.matrix.load import load_matrix
from tests.facts import distribution, interpreter, judge, unknown

MATRIX = load_matrix()


def outcome(package: str, version: str, *, python: str = "3.11", libc: str = "glibc-2.35", system: str = "") -> Outcome:
    stated = Stated(
        where="text",
        python=Said(python),
        libc=Said(libc) if libc else None,
        system=Said(system or "Ubuntu 22.04.4 LTS (x86_64)"),
        packages=(StatedPackage(name=package, version=version),),
    )
    facts = {key.name: fact for key, fact in facts_of(stated)}
    snapshot = Snapshot(target="text", taken_at="", doctor_version="test", facts=facts)
    return apply(load("PKG019"), snapshot, MATRIX)


@pytest.mark.parametrize(
    ("package", "version", "python", "libc"),
    [
        ("torch", "2.4.0", "3.11", "glibc-2.17"),
        ("torch", "2.7.1", "3.11", "glibc-2.28"),
        ("triton", "3.3.1", "3.12.11", "glibc-2.35"),
        ("transformers", "4.55.2", "3.12", "glibc-2.31"),
        ("vllm", "0.10.1", "3.9", "glibc-2.31"),
    ],
)
def test_a_wheel_that_suits(package: str, version: str, python: str, libc: str) -> None:
    assert outcome(package, version, python=python, libc=libc).verdict is Verdict.HEALTHY


def test_a_c_library_that_is_too_old() -> None:
    found = outcome("torch", "2.7.1", libc="glibc-2.17", system="CentOS Linux 7 (Core) (x86_64)")
    (problem,) = found.problems
    assert found.cause_of(problem) is Cause.PLATFORM_OR_GLIBC
    assert found.severity_of(problem) is Severity.ERROR
    assert "glibc 2.28 or newer" in problem.remedies[0].text


def test_a_python_that_there_is_no_wheel_for() -> None:
    found = outcome("torch", "2.4.0", python="3.14")
    (problem,) = found.problems
    assert found.cause_of(problem) is Cause.PYTHON_VERSION


def test_a_build_from_elsewhere_has_wheels_of_its_own() -> None:
    assert outcome("torch", "2.7.1+mine", libc="glibc-2.12").verdict is Verdict.NOT_APPLICABLE


def test_a_c_library_that_nobody_states() -> None:
    assert outcome("torch", "2.7.1", libc="", system="Arch Linux (x86_64)").verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("system", "verdict"),
    [
        ("CentOS Linux 7 (Core) (x86_64)", Verdict.PROBLEM),
        ("Amazon Linux 2 (x86_64)", Verdict.PROBLEM),
        ("Ubuntu 18.04.6 LTS (x86_64)", Verdict.PROBLEM),
        ("Red Hat Enterprise Linux 8.10 (Ootpa) (x86_64)", Verdict.HEALTHY),
        ("Amazon Linux 2023.4.20240611 (x86_64)", Verdict.HEALTHY),
        ("Debian GNU/Linux 12 (bookworm) (x86_64)", Verdict.HEALTHY),
        ("Rocky Linux 9.5 (Blue Onyx) (x86_64)", Verdict.HEALTHY),
    ],
)
def test_a_c_library_that_follows_from_the_distribution(system: str, verdict: Verdict) -> None:
    """torch 2.7.1 needs glibc 2.28."""
    assert outcome("torch", "2.7.1", libc="", system=system).verdict is verdict


def test_what_is_installed_is_judged_by_its_own_wheel() -> None:
    old = interpreter(tags=("cp311-cp311-manylinux_2_17_x86_64",), libc="glibc 2.17")
    facts = {INTERPRETER: old, DISTRIBUTIONS: (distribution("torch", "2.7.1"),)}
    assert judge("PKG019", facts, MATRIX).verdict is Verdict.HEALTHY


def test_the_glibc_of_a_wheel_with_one_of_the_older_names() -> None:
    """manylinux1, 2010 and 2014 stand for glibc 2.5, 2.12 and 2.17 (PEP 513, 571 and 599)."""
    tag, symbols = outcome("vllm", "0.5.5", libc="glibc-2.4", system="CentOS 5 (x86_64)").problems
    assert "glibc 2.5 or newer" in tag.remedies[0].text
    assert "need glibc 2.14" in symbols.message


@pytest.mark.parametrize(
    ("version", "libc", "verdict"),
    [
        ("0.10.1", "glibc-2.28", Verdict.PROBLEM),
        ("0.10.1+gptoss", "glibc-2.28", Verdict.PROBLEM),
        ("0.9.2", "glibc-2.17", Verdict.PROBLEM),
        ("0.10.1", "glibc-2.29", Verdict.HEALTHY),
        ("0.8.5", "glibc-2.17", Verdict.HEALTHY),
        ("0.10.1+mine", "glibc-2.28", Verdict.NOT_APPLICABLE),
        ("0.10.1+cpu", "glibc-2.28", Verdict.NOT_APPLICABLE),
    ],
)
def test_a_wheel_may_need_a_newer_glibc_than_its_tag_says(version: str, libc: str, verdict: Verdict) -> None:
    found = outcome("vllm", version, libc=libc)
    assert found.verdict is verdict
    assert all("need glibc 2.29, whatever the tag" in problem.message for problem in found.problems)
    assert all(found.severity_of(problem) is Severity.WARNING for problem in found.problems)


TAGS = ("cp311-cp311-manylinux_2_28_x86_64", "cp311-cp311-manylinux_2_17_x86_64", "py3-none-any")
ELSEWHERE = "cp312-cp312-manylinux_2_28_x86_64"


class Published(NoReleases):
    """Release 1 of some packages, with these wheels."""

    def __init__(self, wheels: dict[str, tuple[str, ...]]) -> None:
        self._wheels = wheels

    def release(self, package: str, version: str) -> Release | None:
        if package not in self._wheels:
            return None
        return Release(
            package=package,
            version="1",
            uploaded="2024-01-01",
            requires_python="",
            requires=(),
            wheels=self._wheels[package],
        )


def listed(name: str, version: str = "1", **changes: Any) -> Distribution:
    untold = unknown(Reason.NOT_STATED)
    return distribution(name, version, requires=untold, requires_python=untold, origin="index", **changes)


def told(
    *items: Distribution,
    wheels: dict[str, tuple[str, ...]],
    libc: str = "glibc 2.28",
    needed: dict[str, str] | None = None,
) -> Outcome:
    builds = tuple(
        WheelBuild(
            package=package,
            version="1",
            cuda="",
            architectures=(),
            basis=Basis.DECLARED,
            sources=("https://example.org",),
            glibc=glibc,
        )
        for package, glibc in (needed or {}).items()
    )
    facts = {INTERPRETER: interpreter(tags=TAGS, libc=libc), DISTRIBUTIONS: items}
    return judge("PKG019", facts, Matrix(version="test", releases=Published(wheels), wheel_builds=builds))


def test_what_cannot_be_judged_hides_nothing_behind_it() -> None:
    wheels = {
        "old": (ELSEWHERE,),
        "compiled": (),
        "labelled": (ELSEWHERE,),
        "of-conda": (ELSEWHERE,),
        "app": (ELSEWHERE,),
    }
    found = told(
        listed("old", shadowed=True),
        listed("unheard-of"),
        listed("compiled"),
        listed("labelled", "1+mine"),
        dataclasses.replace(listed("of-conda"), origin="conda"),
        listed("app"),
        wheels=wheels,
    )
    assert [(problem.subject, found.severity_of(problem)) for problem in found.problems] == [("app", Severity.WARNING)]
    assert "release app 1" in {item.key for item in found.evidence}
    assert not found.undetermined


@pytest.mark.parametrize(
    ("platforms", "text"),
    [
        (("win_amd64",), "Move to win_amd64"),
        (("musllinux_1_2_x86_64",), "Move to musllinux_1_2_x86_64"),
        (("manylinux_2_17_aarch64", "manylinux_2_34_x86_64", "manylinux_2_39_x86_64"), "glibc 2.34 or newer"),
        (("manylinux2014_x86_64.manylinux_2_34_x86_64",), "glibc 2.17 or newer"),
        (("manylinux2010_x86_64",), "glibc 2.12 or newer"),
        (("manylinux1_x86_64",), "glibc 2.5 or newer"),
    ],
)
def test_the_system_that_a_wheel_of_this_python_is_for(platforms: tuple[str, ...], text: str) -> None:
    """Where it has none for this machine; wheels of other Pythons do not help."""
    wheels = {"torch": (ELSEWHERE, *(f"cp311-cp311-{platform}" for platform in platforms))}
    facts = {INTERPRETER: interpreter(tags=("cp311-cp311-linux_x86_64",), libc=""), DISTRIBUTIONS: (listed("torch"),)}
    found = judge("PKG019", facts, Matrix(version="test", releases=Published(wheels)))
    assert text in found.problems[0].remedies[0].text


def test_the_symbols_of_a_wheel_are_judged_without_its_tags() -> None:
    needed = {"vllm": "2.29"}
    assert told(listed("vllm"), wheels={}, libc="glibc 2.29", needed=needed).verdict is Verdict.HEALTHY
    found = told(listed("vllm"), wheels={}, libc="glibc 2.28", needed=needed)
    assert found.verdict is Verdict.PROBLEM
    assert "wheel vllm 1" in {item.key for item in found.evidence}


@pytest.mark.parametrize("libc", ["", "musl 1.2", "glibc 2", "glibc 2.x"])
def test_against_a_c_library_that_is_not_known_symbols_are_not_held(libc: str) -> None:
    assert told(listed("vllm"), wheels={}, libc=libc, needed={"vllm": "2.29"}).verdict is Verdict.NOT_APPLICABLE


def test_symbols_that_nobody_read_or_that_another_build_has_are_not_held() -> None:
    of_conda = dataclasses.replace(listed("vllm"), origin="conda")
    assert told(of_conda, wheels={}, needed={"vllm": "2.29"}).verdict is Verdict.NOT_APPLICABLE
    assert told(listed("vllm"), wheels={}, needed={"vllm": ""}).verdict is Verdict.NOT_APPLICABLE


def test_vllm_0_5_2_was_built_on_a_newer_system_than_those_around_it() -> None:
    """https://github.com/vllm-project/vllm/issues/6562: tagged manylinux1, and mended in 0.5.3."""
    (problem,) = outcome("vllm", "0.5.2", libc="glibc-2.31").problems
    assert "need glibc 2.32" in problem.message
    assert outcome("vllm", "0.5.3", libc="glibc-2.31").verdict is Verdict.HEALTHY

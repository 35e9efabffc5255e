from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from doctor.core.fact import Reason
from doctor.core.interpreter import INTERPRETER
from doctor.core.machine.system import VARIABLES
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import EXTENSIONS, TORCH_BUILD
from doctor.core.report import Outcome, Verdict
from doctor.matrix.load import load_matrix
from tests.facts import absent, distribution, extension, interpreter, judge, known, torch_build, unknown

CODE = "ABI010"
MATRIX = load_matrix()
UNSTATED = unknown(Reason.NOT_STATED)
FOLDER = "/env/lib/python3.11/site-packages/bitsandbytes"


def outcome(
    version: str,
    cuda: str,
    *,
    libraries: Any = UNSTATED,
    machine: str = "x86_64",
    override: str = "",
    matrix: Any = None,
) -> Outcome:
    markers = {**interpreter().markers, "platform_machine": machine}
    facts = {
        DISTRIBUTIONS: (distribution("torch", "2.9.0"), distribution("bitsandbytes", version)),
        TORCH_BUILD: torch_build(f"2.9.0+cu{cuda.replace('.', '')}", cuda),
        EXTENSIONS: libraries,
        INTERPRETER: interpreter(markers=markers),
        VARIABLES: {"BNB_CUDA_VERSION": override} if override else {},
    }
    return judge(CODE, facts, matrix or MATRIX)


def files(*names: str) -> tuple[Any, ...]:
    return tuple(
        known(extension("bitsandbytes", path=f"{FOLDER}/libbitsandbytes_{name}.so", links_torch=False))
        for name in names
    )


@pytest.mark.parametrize(
    ("version", "cuda", "pin"),
    [
        ("0.46.1", "13.0", "bitsandbytes>=0.48.0"),
        ("0.45.2", "12.8", "bitsandbytes>=0.45.3"),
        ("0.44.1", "12.6", "bitsandbytes>=0.45.0"),
        ("0.49.2", "13.2", "bitsandbytes>=0.50.0"),
        ("0.45.5", "12.9", "bitsandbytes>=0.46.1"),
    ],
)
def test_a_release_without_a_library_for_the_cuda_of_torch(version: str, cuda: str, pin: str) -> None:
    """As the wheels on the package index have them, which were read."""
    (problem,) = outcome(version, cuda).problems
    assert f"torch is built for {cuda}" in problem.message
    assert problem.remedies[0].pins == (pin,)


@pytest.mark.parametrize(
    ("version", "cuda"),
    [("0.46.1", "12.8"), ("0.48.0", "13.0"), ("0.44.1", "12.1"), ("0.50.2", "12.9"), ("0.50.0", "13.4")],
)
def test_the_exact_one_or_from_0_50_on_a_near_one_is_loaded(version: str, cuda: str) -> None:
    assert outcome(version, cuda).verdict is Verdict.HEALTHY


def test_wheels_for_arm_have_libraries_of_their_own() -> None:
    assert outcome("0.46.0", "12.8", machine="aarch64").verdict is Verdict.HEALTHY
    assert outcome("0.46.0", "13.0", machine="aarch64").problems[0].remedies[0].pins == ("bitsandbytes>=0.48.0",)
    # There was no wheel for ARM before 0.46: what is installed was compiled somewhere.
    assert outcome("0.45.5", "12.8", machine="aarch64").verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("installed", "has", "pin"),
    [
        ("0.1", {"0.1": "12.1", "0.2": "12.8", "0.3": "12.8", "0.4": "13.0"}, ">=0.2,<=0.3"),
        ("0.3", {"0.1": "12.8", "0.2": "12.8", "0.3": "13.0", "0.4": "13.0"}, ">=0.1,<=0.2"),
        ("0.2", {"0.1": "12.8", "0.2": "12.1", "0.3": "12.8"}, ">=0.3"),
        ("0.1", {"0.1": "13.0", "0.2": "12.8", "0.3": "12.8"}, ">=0.2"),
    ],
)
def test_the_last_releases_without_a_gap_that_have_the_library(installed: str, has: dict[str, str], pin: str) -> None:
    shipped = MATRIX
    row = shipped.wheel_build("bitsandbytes", "0.46.1", "x86_64")
    assert row is not None
    rows = tuple(dataclasses.replace(row, version=name, libraries={cuda: ()}) for name, cuda in has.items())
    found = outcome(installed, "12.8", matrix=dataclasses.replace(shipped, wheel_builds=rows))
    (remedy,) = found.problems[0].remedies
    assert remedy.pins == (f"bitsandbytes{pin}",)


def test_of_a_release_that_nobody_knows_it_is_said_that_nothing_was_read() -> None:
    (reason,) = outcome("99.0", "12.8").reasons
    assert reason.startswith("which libraries bitsandbytes 99.0 has: none was read")


@pytest.mark.parametrize("override", ["12", "abc"])
def test_what_is_no_cuda_version_names_no_other_library(override: str) -> None:
    assert outcome("0.46.1", "12.8", override=override).verdict is Verdict.HEALTHY


@pytest.mark.parametrize(("libraries", "told"), [((), False), (files("cuda128"), True)])
def test_the_libraries_of_others_tell_nothing(libraries: Any, told: bool) -> None:
    others = (known(extension("xformers")), *libraries)
    evidence = [item.key for item in outcome("0.46.1", "12.8", libraries=others).evidence]
    assert ("an extension" in evidence) is told


@pytest.mark.parametrize(
    ("cuda", "libraries", "cited"),
    [("12.8", UNSTATED, True), ("12.8", files("cuda126"), True), ("12.8", files("cuda126", "cuda128"), False)],
)
def test_the_wheel_is_evidence_where_the_files_do_not_tell_enough(cuda: str, libraries: Any, cited: bool) -> None:
    evidence = [item.key for item in outcome("0.46.1", cuda, libraries=libraries).evidence]
    assert ("wheel bitsandbytes 0.46.1" in evidence) is cited


def test_what_is_installed_counts_before_what_the_release_has() -> None:
    assert outcome("0.46.1", "13.0", libraries=files("cpu", "cuda130")).verdict is Verdict.HEALTHY
    assert outcome("0.48.0", "13.0", libraries=files("cpu", "cuda128")).verdict is Verdict.PROBLEM
    other = known(extension("vllm"))
    assert outcome("0.46.1", "12.8", libraries=(*files("cuda128"), other)).verdict is Verdict.HEALTHY


def test_what_could_not_be_read_is_undetermined() -> None:
    assert outcome("0.48.0", "13.0", libraries=(*files("cuda130"), unknown())).verdict is Verdict.UNKNOWN
    assert outcome("9.9.9", "13.0").verdict is Verdict.UNKNOWN
    # Whether a release that nobody knows takes a near library cannot be told.
    assert outcome("9.9.9", "13.1", libraries=files("cuda130")).verdict is Verdict.UNKNOWN
    assert outcome("9.9.9", "13.0", libraries=files("cuda130")).verdict is Verdict.HEALTHY


def test_a_variable_names_another_library() -> None:
    assert outcome("0.46.1", "13.0", override="128").verdict is Verdict.HEALTHY
    (problem,) = outcome("0.48.0", "12.8", override="127").problems
    assert "BNB_CUDA_VERSION asks for 12.7" in problem.message
    assert "unset BNB_CUDA_VERSION" in problem.remedies[-1].text
    assert outcome("0.50.2", "12.8", override="129").verdict is Verdict.PROBLEM  # then without a near one


def test_a_cuda_that_no_release_has_a_library_for() -> None:
    (problem,) = outcome("0.50.2", "14.0").problems
    assert problem.remedies[0].commands == ()


def test_it_does_not_apply_without_bitsandbytes_or_cuda() -> None:
    facts = {
        DISTRIBUTIONS: (distribution("torch", "2.9.0"),),
        TORCH_BUILD: torch_build("2.9.0+cu128", "12.8"),
        EXTENSIONS: (),
        INTERPRETER: interpreter(),
        VARIABLES: {},
    }
    assert judge(CODE, facts, MATRIX).verdict is Verdict.NOT_APPLICABLE
    bitsandbytes = (*facts[DISTRIBUTIONS], distribution("bitsandbytes", "0.46.1"))
    cpu = {**facts, DISTRIBUTIONS: bitsandbytes, TORCH_BUILD: torch_build("2.9.0+cpu", "", architectures=absent())}
    assert judge(CODE, cpu, MATRIX).verdict is Verdict.NOT_APPLICABLE


def test_without_the_variables_the_cuda_of_torch_decides() -> None:
    facts = {
        DISTRIBUTIONS: (distribution("torch", "2.9.0"), distribution("bitsandbytes", "0.46.1")),
        TORCH_BUILD: torch_build("2.9.0+cu130", "13.0"),
        EXTENSIONS: UNSTATED,
        INTERPRETER: interpreter(),
        VARIABLES: UNSTATED,
    }
    assert "torch is built for 13.0" in judge(CODE, facts, MATRIX).problems[0].message

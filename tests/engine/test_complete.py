"""The torch that a text states: what its wheel was built for is known without its files."""

from __future__ import annotations

import dataclasses
from functools import cache
from typing import Any

import pytest

from doctor.core.fact import Known, Reason, Unknown
from doctor.core.interpreter import INTERPRETER
from doctor.core.matrix import Matrix
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import TORCH_BUILD, TorchBuild
from doctor.core.snapshot import Snapshot
from doctor.engine.complete import complete
from doctor.intake.stated import Stated, StatedPackage
from doctor.intake.stated_facts import facts_of
from doctor.intake.stated_platform import Said
from doctor.matrix.load import load_matrix
from tests.facts import absent, distribution, interpreter, known, unknown
from tests.releases import restate


def stated(*packages: str, **changes: Any) -> Snapshot:
    listed = tuple(
        StatedPackage(name=name, version=version) for name, version in (item.split("==") for item in packages)
    )
    facts = facts_of(Stated(where="text", packages=listed, **changes))
    return Snapshot(target="text", taken_at="", doctor_version="test", facts={key.name: fact for key, fact in facts})


@cache
def matrix() -> Matrix:
    return load_matrix()


def build_of(snapshot: Snapshot) -> TorchBuild:
    fact = complete(snapshot, matrix()).get(TORCH_BUILD)
    assert isinstance(fact, Known), fact
    value: TorchBuild = fact.value
    return value


@pytest.mark.parametrize(
    ("packages", "version", "cuda", "abi"),
    [
        (("torch==2.7.1",), "2.7.1", "12.6", True),
        (("torch==2.6",), "2.6", "12.4", False),
        (("torch==2.6.0+cu126",), "2.6.0+cu126", "12.6", True),
        (("vllm==0.10.0",), "2.7.1", "12.6", True),
        (("vllm==0.10.0", "torch==2.8.0"), "2.8.0", "12.8", True),
    ],
)
def test_the_wheel_stands_in_for_the_files(packages: tuple[str, ...], version: str, cuda: str, abi: bool) -> None:
    build = build_of(stated(*packages))
    assert (build.version, build.cuda) == (version, cuda)
    assert isinstance(build.cxx11_abi, Known)
    assert build.cxx11_abi.value is abi
    assert isinstance(build.architectures, Known)
    assert not build.debug


@pytest.mark.parametrize(
    ("packages", "changes"),
    [
        (("numpy==2.0",), {}),
        (("torch==2.7.1+mine",), {}),
        (("torch==99.0",), {}),
        (("vllm==99.0",), {}),
        (("torch==2.7.1",), {"system": Said("macOS 15.4 (arm64)")}),
        (("torch==2.7.1",), {"system": Said("Windows 11")}),
        (("vllm==0.10.0",), {"system": Said("Windows 11")}),
    ],
)
def test_what_the_matrix_does_not_know_stays_unknown(packages: tuple[str, ...], changes: dict[str, Any]) -> None:
    snapshot = stated(*packages, **changes)
    assert isinstance(complete(snapshot, matrix()).get(TORCH_BUILD), Unknown)


def test_what_is_stated_is_kept() -> None:
    build = build_of(stated("torch==2.7.1", torch_cuda=Said("12.8"), torch_architectures=("sm_90",)))
    assert build.cuda == "12.8"
    assert isinstance(build.architectures, Known)
    assert build.architectures.value == ("sm_90",)
    assert isinstance(build.cxx11_abi, Unknown)


def test_architectures_alone_are_those_of_a_cuda_build() -> None:
    build = build_of(stated("numpy==2.0", torch_architectures=("sm_80", "sm_90")))
    assert (build.version, build.cuda) == ("", "?")


def test_a_list_that_cannot_be_read_states_no_torch() -> None:
    snapshot = stated("torch==2.7.1").replace(DISTRIBUTIONS, unknown())
    assert isinstance(complete(snapshot, matrix()).get(TORCH_BUILD), Unknown)


def test_without_an_interpreter_it_is_the_wheel_for_the_usual_processor() -> None:
    """The stack is published for x86_64 first, and a list that is read for another processor says so."""
    build = build_of(stated("torch==2.7.1").replace(INTERPRETER, unknown()))
    assert build.cuda == "12.6"


def test_what_stands_in_is_said_to_be_of_the_wheel() -> None:
    build = build_of(stated("torch==2.7.1", system=Said("Ubuntu 22.04.5 LTS (x86_64)")))
    assert isinstance(build.architectures, Known)
    assert str(build.architectures.source) == "matrix wheel torch 2.7.1"


def test_the_wheel_of_another_processor_says_nothing() -> None:
    power = interpreter(markers={"platform_machine": "ppc64le"})
    snapshot = stated("torch==2.7.1").replace(INTERPRETER, known(power))
    assert isinstance(complete(snapshot, matrix()).get(TORCH_BUILD), Unknown)


@pytest.mark.parametrize("reason", [Reason.FAILED, Reason.NO_PERMISSION, Reason.MALFORMED])
def test_files_that_could_not_be_read_need_not_be_those_of_the_wheel(reason: Reason) -> None:
    damaged = unknown(reason)
    snapshot = stated("torch==2.7.1").replace(TORCH_BUILD, damaged)
    assert complete(snapshot, matrix()).get(TORCH_BUILD) == damaged
    build = TorchBuild(
        version="2.7.1", cuda="12.6", hip="", git="", debug=False, path="", cxx11_abi=damaged, architectures=damaged
    )
    assert build_of(snapshot.replace(TORCH_BUILD, known(build))) == build


def test_a_torch_that_is_not_there_is_not_made_up() -> None:
    gone = absent()
    assert complete(stated("torch==2.7.1").replace(TORCH_BUILD, gone), matrix()).get(TORCH_BUILD) == gone


def test_an_abi_that_the_row_does_not_state_stays_unknown() -> None:
    rows = tuple(dataclasses.replace(row, cxx11_abi=None) for row in matrix().wheel_builds)
    completed = complete(stated("torch==2.7.1"), dataclasses.replace(matrix(), wheel_builds=rows)).get(TORCH_BUILD)
    assert isinstance(completed, Known)
    assert isinstance(completed.value.cxx11_abi, Unknown)


def test_the_torch_that_python_finds_counts_and_that_of_conda_is_built_by_others() -> None:
    first, hidden = distribution("torch", "2.7.1"), distribution("torch", "2.6.0", shadowed=True)
    both = stated("torch==2.7.1").replace(DISTRIBUTIONS, known((hidden, first)))
    assert build_of(both).version == "2.7.1"
    conda = stated("torch==2.7.1").replace(DISTRIBUTIONS, known((distribution("torch", "2.7.1", origin="conda"),)))
    assert isinstance(complete(conda, matrix()).get(TORCH_BUILD), Unknown)


@pytest.mark.parametrize(
    ("requires", "version"),
    [
        (("torch==2.7.1",), "2.7.1"),
        (("torch ==", "torch==2.7.1"), "2.7.1"),
        (("torch>=2.7.1",), None),
        (("torch",), None),
        (("torch==2.7.*",), None),
        (("torch==2.7.1; platform_machine == 'x86_64'",), None),
        (("torchvision==0.22.1",), None),
    ],
)
def test_a_vllm_tells_the_torch_that_it_pins_exactly(requires: tuple[str, ...], version: str | None) -> None:
    found = complete(stated("vllm==0.10.0"), restate(matrix(), "vllm", *requires)).get(TORCH_BUILD)
    assert (found.value.version if isinstance(found, Known) else None) == version

"""The torch that a text states: what its wheel was built for is known without its files."""

from __future__ import annotations

from typing import Any

import pytest

from doctor.core.distribution import DISTRIBUTIONS
from doctor.core.extension import TORCH_BUILD, TorchBuild
from doctor.core.fact import Known, Unknown
from doctor.core.interpreter import INTERPRETER
from doctor.core.snapshot import Snapshot
from doctor.engine.complete import complete
from doctor.intake.stated import Stated, StatedPackage
from doctor.intake.stated_facts import facts_of
from doctor.intake.stated_platform import Said
from doctor.matrix.load import load_matrix
from tests.facts import unknown


def stated(*packages: str, **changes: Any) -> Snapshot:
    listed = tuple(
        StatedPackage(name=name, version=version) for name, version in (item.split("==") for item in packages)
    )
    facts = facts_of(Stated(where="text", packages=listed, **changes))
    return Snapshot(target="text", taken_at="", doctor_version="test", facts={key.name: fact for key, fact in facts})


def build_of(snapshot: Snapshot) -> TorchBuild:
    fact = complete(snapshot, load_matrix()).get(TORCH_BUILD)
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


@pytest.mark.parametrize(
    ("packages", "changes"),
    [
        (("numpy==2.0",), {}),
        (("torch==2.7.1+mine",), {}),
        (("torch==99.0",), {}),
        (("vllm==99.0",), {}),
        (("torch==2.7.1",), {"system": Said("macOS 15.4 (arm64)")}),
        (("torch==2.7.1",), {"system": Said("Windows 11")}),
    ],
)
def test_what_the_matrix_does_not_know_stays_unknown(packages: tuple[str, ...], changes: dict[str, Any]) -> None:
    snapshot = stated(*packages, **changes)
    assert isinstance(complete(snapshot, load_matrix()).get(TORCH_BUILD), Unknown)


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
    assert isinstance(complete(snapshot, load_matrix()).get(TORCH_BUILD), Unknown)


def test_without_an_interpreter_it_is_the_wheel_for_the_usual_processor() -> None:
    """The stack is published for x86_64 first, and a list that is read for another processor says so."""
    build = build_of(stated("torch==2.7.1").replace(INTERPRETER, unknown()))
    assert build.cuda == "12.6"

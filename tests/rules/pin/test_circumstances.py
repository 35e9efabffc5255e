"""Circumstances of breakages: met, not met, or not known."""

from __future__ import annotations

from typing import Any

import pytest

from doctor.core.breakage import Circumstance
from doctor.core.fact import Reason
from doctor.core.interpreter import PLATFORM
from doctor.core.keys import KEYS
from doctor.core.machine.gpu import DRIVER, GPUS, Driver
from doctor.core.machine.system import VARIABLES, VARIABLES_LISTED
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.rule import Env
from doctor.rules.pin.circumstances import Meeting, meet, split_label
from tests.breakages.environment import environment
from tests.facts import EMPTY_MATRIX, distribution, known, platform, snapshot, unknown


def meeting(facts: dict[Any, Any], *, thorough: bool = False, **conditions: Any) -> Meeting:
    env = Env(snapshot=snapshot(facts), matrix=EMPTY_MATRIX, reads=frozenset(KEYS))
    return meet(Circumstance(**conditions), env, thorough=thorough)


@pytest.mark.parametrize(
    ("described", "conditions", "expected", "seen"),
    [
        ({"python": "3.13.1"}, {"python": ">=3.13"}, True, "Python 3.13.1"),
        ({"python": "3.12.9"}, {"python": ">=3.13"}, False, "Python is 3.12.9"),
        ({"glibc": "2.28"}, {"glibc": "<2.31"}, True, "glibc 2.28"),
        ({"glibc": "2.36"}, {"glibc": "<2.31"}, False, "glibc is 2.36"),
        ({"machine": "aarch64"}, {"machines": ("aarch64",)}, True, "a processor of type aarch64"),
        ({"machine": "x86_64"}, {"machines": ("aarch64",)}, False, "the processor is x86_64"),
        ({"wsl": 2}, {"wsl": True}, True, "WSL 2"),
        ({"wsl": 0}, {"wsl": True}, False, "the system does not run in WSL"),
        ({"wsl": 2}, {"wsl": False}, False, "the system runs in WSL"),
        ({"wsl": 0}, {"wsl": False}, True, "no WSL"),
        ({"gpus": ["7.5"]}, {"capability": "<8.0"}, True, "NVIDIA H100 80GB HBM3 (compute capability 7.5)"),
        ({"gpus": ["9.0"]}, {"capability": "<8.0"}, False, "the GPU is NVIDIA H100 80GB HBM3 (compute capability 9.0)"),
        ({"gpus": ["9.0", "7.5"]}, {"capability": "<8.0"}, True, "NVIDIA H100 80GB HBM3 (compute capability 7.5)"),
        ({"gpus": ["12.0"]}, {"capability": ">=10.0"}, True, "NVIDIA H100 80GB HBM3 (compute capability 12.0)"),
        ({}, {"capability": "<8.0"}, False, "there is no NVIDIA driver"),
        ({"gpus": ["9.0", "9.0"]}, {"gpus": ">=2"}, True, "the number of visible GPUs 2"),
        ({"gpus": ["9.0"]}, {"gpus": ">=2"}, False, "the number of visible GPUs is 1"),
        ({"driver": "535.1"}, {"driver": "<545"}, True, "driver 535.1"),
        ({"driver": "550.1"}, {"driver": "<545"}, False, "driver is 550.1"),
        ({"driver": "550.1", "driver_cuda": "12.4"}, {"driver_cuda": "<12.8"}, True, "CUDA of the driver 12.4"),
        ({"driver": "550.1", "driver_cuda": "12.8"}, {"driver_cuda": "<12.8"}, False, "CUDA of the driver is 12.8"),
        ({"packages": {"torch": "2.11.0"}, "cuda": "13.0"}, {"torch_cuda": ">=13"}, True, "torch 2.11.0 for CUDA 13.0"),
        (
            {"packages": {"torch": "2.11.0"}, "cuda": "12.8"},
            {"torch_cuda": ">=13"},
            False,
            "torch 2.11.0 for CUDA is 12.8",
        ),
        (
            {"packages": {"torch": "2.11.0+cpu"}},
            {"torch_cuda": ">=13"},
            False,
            "torch 2.11.0+cpu is not built for CUDA",
        ),
        ({"variables": {"A": "1"}}, {"variables": {"A": ""}}, True, "A=1"),
        ({"variables": {"A": "1"}}, {"variables": {"A": "[02]"}}, False, "A is '1'"),
        ({"variables": {"A": "1"}}, {"variables": {"A": "absent"}}, False, "A is set"),
        ({}, {"variables": {"A": "absent"}}, True, ""),
        ({}, {"variables": {"A": ""}}, False, "A is not set"),
        ({"packages": {"one": "1"}}, {"packages": {"one": ""}}, True, "one 1"),
        ({"packages": {"one": "1"}}, {"packages": {"one": "<1"}}, False, "one 1 is installed"),
        ({"packages": {"one": "1"}}, {"packages": {"one": "absent"}}, False, "one 1 is installed"),
        ({}, {"packages": {"one": "absent"}}, True, "no one"),
        ({}, {"packages": {"one": ""}}, False, "one is not installed"),
        ({"python": "3.14.0rc1"}, {"python": ">=3.13"}, True, "Python 3.14.0rc1"),
        ({"variables": {"A": "1"}}, {"variables": {"A": "[12]"}}, True, "A=1"),
        ({"packages": {"one": "1.0+cu126"}}, {"packages": {"one": "+cpu"}}, False, "one 1.0+cu126 is installed"),
        ({"packages": {"one": "1.0"}}, {"packages": {"one": "+cpu"}}, False, "one 1.0 is installed"),
        ({"packages": {"one": "1.0+cpu"}}, {"packages": {"one": "+cpu"}}, True, "one 1.0+cpu"),
    ],
)
def test_the_machine(described: dict[str, Any], conditions: dict[str, Any], expected: bool, seen: str) -> None:
    found = meeting(environment(described), **conditions)
    assert (found.met, ", ".join(found.seen)) == (expected, seen)


@pytest.mark.parametrize(("thorough", "expected"), [(True, False), (False, None)])
def test_a_thorough_look_finds_what_is_known_to_fail_behind_what_is_not_known(thorough: bool, expected: Any) -> None:
    facts = {**environment({"gpus": ["9.0"]}), VARIABLES: unknown()}
    assert meeting(facts, thorough=thorough, variables={"A": ""}, capability="<8.0").met is expected


def test_what_is_not_known_is_named() -> None:
    found = meeting({**environment({}), GPUS: unknown()}, capability="<8.0")
    assert found.met is None and found.gaps == ("gpus: the test says so (failed)",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ("", "")),
        (">=2,<3", (">=2,<3", "")),
        (">=2.4 +cpu", (">=2.4", "cpu")),
        (">=2.4+cpu", (">=2.4+cpu", "")),
        ("+cu126", ("", "cu126")),
        ("==2.13.0+cpu", ("==2.13.0+cpu", "")),
    ],
)
def test_labels_are_split_off(text: str, expected: tuple[str, str]) -> None:
    assert split_label(text) == expected


@pytest.mark.parametrize(
    ("untold", "conditions", "gap"),
    [
        ({"machine": ""}, {"machines": ("aarch64",)}, "processor"),
        ({"libc": "", "libc_version": ""}, {"glibc": "<2.31"}, "C library"),
        ({"libc_version": ""}, {"glibc": "<2.31"}, "glibc has the version ''"),
        ({"release": ""}, {"wsl": True}, "kernel"),
        ({"release": ""}, {"wsl": False}, "kernel"),
    ],
)
def test_what_a_text_leaves_out_of_the_platform_rules_nothing_out(untold: Any, conditions: Any, gap: str) -> None:
    found = meeting({**environment({}), PLATFORM: platform(**untold)}, **conditions)
    assert found.met is None
    assert found.gaps[0].startswith(gap)


def test_a_system_that_has_no_glibc_is_told_apart_from_one_that_states_none() -> None:
    mac = platform(system="Darwin", libc="", libc_version="")
    assert meeting({**environment({}), PLATFORM: mac}, glibc="<2.31").met is False
    musl = platform(libc="musl", libc_version="")
    assert meeting({**environment({}), PLATFORM: musl}, glibc="<2.31").met is False


@pytest.mark.parametrize("pattern", ["", "absent"])
@pytest.mark.parametrize(("listed", "expected"), [(("CUDA_",), None), (("A",), "absent")])
def test_a_variable_that_a_text_does_not_list_may_be_set(pattern: str, listed: Any, expected: Any) -> None:
    facts = {**environment({}), VARIABLES_LISTED: listed}
    found = meeting(facts, variables={"A": pattern})
    assert found.met is (None if expected is None else pattern == expected)


@pytest.mark.parametrize(
    ("untold", "conditions"),
    [
        ({"machine": "", "release": ""}, {"glibc": ">=2.31"}),
        ({"libc": "", "libc_version": ""}, {"machines": ("x86_64",)}),
        ({"libc": "musl", "libc_version": ""}, {"machines": ("x86_64",)}),
        ({"wsl": 2, "release": ""}, {"wsl": True}),
    ],
)
def test_what_is_not_asked_of_the_platform_need_not_be_known(untold: Any, conditions: Any) -> None:
    assert meeting({**environment({}), PLATFORM: platform(**untold)}, **conditions).met is True


def test_what_is_not_asked_for_need_not_be_known() -> None:
    assert meeting({**environment({}), DISTRIBUTIONS: unknown()}, python=">=3.11").met is True
    silent = Driver(version=known("535.1"), cuda=unknown(), kernel_module=unknown())
    assert meeting({**environment({"driver": "535.1"}), DRIVER: silent}, driver="<545").met is True


def test_of_several_variables_each_is_looked_at() -> None:
    """One that a text does not list may be set, and tells nothing of those that it does list."""
    facts = {**environment({"variables": {"B": "0"}}), VARIABLES_LISTED: ("CUDA_",)}
    assert meeting(facts, variables={"A": "", "B": "1"}).met is False
    assert meeting(facts, variables={"B": "0"}).met is True
    assert meeting(environment({"variables": {"B": "0"}}), variables={"A": "absent", "B": "1"}).met is False


def listed(name: str, version: str, reason: Reason = Reason.NOT_STATED) -> Distribution:
    return distribution(name, version, requires=unknown(reason))


@pytest.mark.parametrize(
    ("packages", "wanted", "expected", "gaps"),
    [
        ((listed("one", "1"),), {"one": ""}, True, ()),
        ((listed("one", "1"),), {"two": ""}, None, ()),
        ((listed("one", "1"),), {"two": "absent"}, None, ("whether two is installed: not stated (not-stated)",)),
        ((listed("one", "1"),), {"one": "absent"}, False, ()),
        ((listed("one", "1", Reason.FAILED),), {"two": "absent"}, True, ()),
        ((listed("one", "1"), listed("two", "2")), {"one": "<{two}"}, True, ()),
        ((listed("one", "1"), listed("two", "2")), {"one": "<{two},<{three}"}, None, ()),
        ((distribution("one", "1", shadowed=True),), {"one": ""}, False, ()),
    ],
)
def test_a_list_may_leave_out_what_is_installed(packages: Any, wanted: Any, expected: Any, gaps: Any) -> None:
    found = meeting({**environment({}), DISTRIBUTIONS: packages}, packages=wanted)
    assert (found.met, found.gaps) == (expected, gaps)


BESIDE = {"flashinfer-cubin": "!={flashinfer-python}"}


@pytest.mark.parametrize(
    ("packages", "expected"),
    [
        ({"flashinfer-cubin": "0.6.1", "flashinfer-python": "0.6.2"}, True),
        ({"flashinfer-cubin": "0.6.1", "flashinfer-python": "0.6.1"}, False),
        ({"flashinfer-cubin": "0.6.1", "flashinfer-python": "mine"}, None),
        ({"flashinfer-cubin": "mine", "flashinfer-python": "0.6.1"}, None),
        ({"flashinfer-cubin": "0.6.1"}, False),
    ],
)
def test_a_version_is_compared_with_that_of_another(packages: dict[str, str], expected: Any) -> None:
    assert meeting(environment({"packages": packages}), packages=BESIDE).met is expected


def test_a_list_that_leaves_the_other_out_does_not_say_that_it_is_not_installed() -> None:
    listed = distribution("flashinfer-cubin", "0.6.1", requires=unknown(Reason.NOT_STATED))
    found = meeting({**environment({}), DISTRIBUTIONS: (listed,)}, packages=BESIDE)
    assert (found.met, found.gaps) == (None, ())

"""Circumstances of breakages: met, not met, or not known."""

from __future__ import annotations

from typing import Any

import pytest

from doctor.core.breakage import Circumstance
from doctor.core.distribution import DISTRIBUTIONS
from doctor.core.fact import Reason
from doctor.core.gpu import GPUS
from doctor.core.interpreter import PLATFORM
from doctor.core.keys import KEYS
from doctor.core.rule import Env
from doctor.core.system import VARIABLES, VARIABLES_LISTED
from doctor.rules.pin.circumstances import Meeting, meet, split_label
from tests.breakages.environment import environment
from tests.facts import EMPTY_MATRIX, distribution, platform, snapshot, unknown


def meeting(facts: dict[Any, Any], *, thorough: bool = False, **conditions: Any) -> Meeting:
    env = Env(snapshot=snapshot(facts), matrix=EMPTY_MATRIX, reads=frozenset(KEYS))
    return meet(Circumstance(**conditions), env, thorough=thorough)


@pytest.mark.parametrize(
    ("described", "conditions", "expected"),
    [
        ({"python": "3.13.1"}, {"python": ">=3.13"}, True),
        ({"python": "3.12.9"}, {"python": ">=3.13"}, False),
        ({"glibc": "2.28"}, {"glibc": "<2.31"}, True),
        ({"glibc": "2.36"}, {"glibc": "<2.31"}, False),
        ({"machine": "aarch64"}, {"machines": ("aarch64",)}, True),
        ({"machine": "x86_64"}, {"machines": ("aarch64",)}, False),
        ({"wsl": 2}, {"wsl": True}, True),
        ({"wsl": 0}, {"wsl": True}, False),
        ({"gpus": ["7.5"]}, {"capability": "<8.0"}, True),
        ({"gpus": ["9.0"]}, {"capability": "<8.0"}, False),
        ({"gpus": ["9.0", "7.5"]}, {"capability": "<8.0"}, True),
        ({"gpus": ["12.0"]}, {"capability": ">=10.0"}, True),
        ({}, {"capability": "<8.0"}, False),
        ({"gpus": ["9.0", "9.0"]}, {"gpus": ">=2"}, True),
        ({"gpus": ["9.0"]}, {"gpus": ">=2"}, False),
        ({"driver": "535.1"}, {"driver": "<545"}, True),
        ({"driver": "550.1"}, {"driver": "<545"}, False),
        ({"driver": "550.1", "driver_cuda": "12.4"}, {"driver_cuda": "<12.8"}, True),
        ({"driver": "550.1", "driver_cuda": "12.8"}, {"driver_cuda": "<12.8"}, False),
        ({"packages": {"torch": "2.11.0"}, "cuda": "13.0"}, {"torch_cuda": ">=13"}, True),
        ({"packages": {"torch": "2.11.0"}, "cuda": "12.8"}, {"torch_cuda": ">=13"}, False),
        ({"packages": {"torch": "2.11.0+cpu"}}, {"torch_cuda": ">=13"}, False),
        ({"variables": {"A": "1"}}, {"variables": {"A": ""}}, True),
        ({"variables": {"A": "1"}}, {"variables": {"A": "[02]"}}, False),
        ({"variables": {"A": "1"}}, {"variables": {"A": "absent"}}, False),
        ({}, {"variables": {"A": "absent"}}, True),
        ({}, {"variables": {"A": ""}}, False),
    ],
)
def test_the_machine(described: dict[str, Any], conditions: dict[str, Any], expected: bool) -> None:
    found = meeting(environment(described), **conditions)
    assert found.met is expected
    assert found.seen or expected


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

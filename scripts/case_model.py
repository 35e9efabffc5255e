"""The model folder of a case: what a thread says of its files.

What a thread does not say to be missing is taken to be there, or every rule on a listing would
find it missing; what stands in the files is not stated, apart from what the case quotes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from doctor.core.artifact.adapter import CONFIG as ADAPTER_CONFIG
from doctor.core.artifact.adapter import WEIGHTS
from doctor.core.artifact.folder import Document, FileKind, FolderFile
from doctor.core.artifact.layout import layout_of
from doctor.core.artifact.model import MODEL, IndexedFile, ModelFolder, WeightIndex
from doctor.core.artifact.tensors import Damage, SafetensorsFile, group_tensors
from doctor.core.fact import Absent, Fact, Known, Reason, Source, Unknown
from doctor.core.snapshot import Key

CONFIG = "config.json"
INDEX = "model.safetensors.index.json"
USUAL = (CONFIG, "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")
"""Files that a folder holds where nobody says otherwise, beside the weights."""

_DTYPES = {"16bit": "BF16", "16-bit": "BF16", "bf16": "BF16", "bfloat16": "BF16", "fp16": "F16", "float16": "F16"}
"""How people name the type of weights, and how safetensors does."""

_MODEL_CONFIG: dict[str, Any] = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "torch_dtype": "bfloat16",
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "num_hidden_layers": 32,
    "vocab_size": 128256,
    "max_position_embeddings": 8192,
    "rms_norm_eps": 1e-05,
    "hidden_act": "silu",
    "bos_token_id": 1,
    "eos_token_id": 2,
}


def model_of(files: Mapping[str, Any], source: Source) -> Iterator[tuple[Key[Any], Fact[Any]]]:
    """The fact of the model folder that a ``model_files`` object tells of; none where it tells of an adapter alone."""
    adapter = ADAPTER_CONFIG in files or "adapter_tensor_names" in files
    if files and (CONFIG in files or not adapter):
        yield MODEL, Known(value=_model(files, source), source=source)


def _model(files: Mapping[str, Any], source: Source) -> ModelFolder:
    names = _listing(files)
    unstated = _unstated(source)
    absent: Absent[Any] = Absent(source=source, detail="the case says that it is missing, or names it nowhere")
    return ModelFolder(
        path=source.where,
        files=tuple(FolderFile(name=item, size=1, kind=_kind(item)) for item in names),
        config=_document(files, CONFIG, names, source),
        generation_config=unstated,
        tokenizer_config=_document(files, "tokenizer_config.json", names, source),
        special_tokens_map=unstated,
        tokenizer=unstated if "tokenizer.json" in names else absent,
        chat_templates=unstated,
        adapter_config=_document(files, ADAPTER_CONFIG, names, source) if ADAPTER_CONFIG in names else absent,
        index=_index(files, names, source),
        weights=tuple(_weights(item, files, source) for item in names if item.endswith(".safetensors")),
    )


def _listing(files: Mapping[str, Any]) -> list[str]:
    present = [item for item in files.get("present", ()) if "*" not in item]
    weights = _shards(files) or (
        # Who misses the index of the shards has shards.
        [*_names_of_shards(2)]
        if INDEX in files.get("missing", ())
        else []
        if any(INDEX in item or ".bin" in item for item in present)
        else ["model.safetensors"]
    )
    if ADAPTER_CONFIG in present and CONFIG not in present:
        weights = [WEIGHTS]
    missing = set(files.get("missing", ()))
    return [item for item in dict.fromkeys((*USUAL, *weights, *present)) if item not in missing]


def _shards(files: Mapping[str, Any]) -> list[str]:
    total, there = files.get("index_shards"), files.get("present_shards")
    if total is None or there is None:
        return []
    return [*_names_of_shards(int(total))[: int(there)], INDEX]


def _names_of_shards(total: int) -> list[str]:
    return [f"model-{number:05}-of-{total:05}.safetensors" for number in range(1, total + 1)]


def _index(files: Mapping[str, Any], names: Iterable[str], source: Source) -> Fact[WeightIndex]:
    total = files.get("index_shards")
    if total is not None:
        placed = tuple(IndexedFile(file=item, names=()) for item in _names_of_shards(int(total)))
        return Known(value=WeightIndex(name=INDEX, files=placed), source=source)
    if INDEX in names:
        return _unstated(source)
    return Absent(source=source, detail="the case names no index")


def _weights(name: str, files: Mapping[str, Any], source: Source) -> Fact[SafetensorsFile]:
    """A weight file of which a thread says that it is cut short, or of which type its numbers are."""
    if files.get("weights") in ("incomplete", "truncated", "corrupted"):
        cut = Damage(kind="truncated", detail=f"the case says that it is {files['weights']}")
        return Known(value=SafetensorsFile(name=name, size=1, damages=(cut,)), source=source)
    dtype = _DTYPES.get(str(files.get("weights_dtype", "")).lower())
    if dtype is None:
        return _unstated(source)
    config = _whole(CONFIG, files[CONFIG]) if isinstance(files.get(CONFIG), dict) else _MODEL_CONFIG
    layout = layout_of(config)
    # Of which names is not told: those that the config asks for.
    shapes = layout.needed if layout else {"model.embed_tokens.weight": (128256, 4096)}
    groups = group_tensors({tensor: (dtype, shape) for tensor, shape in shapes.items()})
    return Known(value=SafetensorsFile(name=name, size=1, groups=groups), source=source)


def _document(files: Mapping[str, Any], name: str, names: Iterable[str], source: Source) -> Fact[Document]:
    if isinstance(files.get(name), dict):
        return Known(value=Document(name=name, value=_whole(name, files[name])), source=source)
    if name == ADAPTER_CONFIG and name in names:
        return Known(value=Document(name=name, value={"peft_type": "LORA"}), source=source)
    if name in names:
        return _unstated(source)
    return Absent(source=source, detail=f"the case says that {name} is missing")


def _whole(name: str, excerpt: Mapping[str, Any]) -> dict[str, Any]:
    """A file of which a thread quotes some entries: the others are as they usually are."""
    quoted = {key: value for key, value in excerpt.items() if key != "keys" and "stated" not in str(value)}
    quoted |= dict.fromkeys(excerpt.get("keys", ()))
    if "bitsandbytes" in str(quoted.get("quantization_config")):
        quoted["quantization_config"] = {"quant_method": "bitsandbytes", **_mapping(quoted["quantization_config"])}
    if name != CONFIG:
        return quoted
    config = {**_MODEL_CONFIG, **quoted}
    if "model_type" in quoted and "architectures" not in quoted:
        config["architectures"] = ["".join(map(str.capitalize, quoted["model_type"].split("_"))) + "ForCausalLM"]
    return config


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _kind(name: str) -> FileKind:
    if name.endswith(".safetensors"):
        return FileKind.SAFETENSORS
    return FileKind.JSON if name.endswith(".json") else FileKind.PICKLE if name.endswith(".bin") else FileKind.OTHER


def _unstated(source: Source) -> Unknown[Any]:
    return Unknown(reason=Reason.NOT_STATED, detail="not stated", source=source)

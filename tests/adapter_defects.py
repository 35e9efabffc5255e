"""What can be wrong with an adapter folder: builders of drafts for `tests.broken_adapters`."""

from __future__ import annotations

import json
from collections.abc import Callable

from doctor.rules.lora.names import suffixes
from tests.adapters import PROJECTIONS, Draft, embedding_pair, lora, matrix, modules_of, pair
from tests.models import REAL_SIZE, Shape, Stored, encode, llama_config
from tests.tokenizers import tokenizer_json

CONFIG = llama_config(**REAL_SIZE)
HIDDEN, VOCABULARY = CONFIG["hidden_size"], CONFIG["vocab_size"]
ROOT = "base_model.model."
LAYER = f"{ROOT}model.layers.0"


def changed(**config: object) -> Callable[[], Draft]:
    """An adapter with other entries in its config."""
    return lambda: lora(real=True).state(**config)


def without(*names: str) -> Callable[[], Draft]:
    """An adapter whose config lacks entries."""
    return lambda: lora(real=True).drop(*names)


def renamed(old: str, new: str) -> Callable[[], Draft]:
    """An adapter with other names of its tensors."""
    return lambda: lora(real=True).rename(old, new)


def holding(tensors: dict[str, Shape], **config: object) -> Callable[[], Draft]:
    """An adapter with further tensors."""

    def build() -> Draft:
        draft = lora(real=True).state(**config)
        draft.tensors |= {name: matrix(name, (*shape, 1)[:2]) for name, shape in tensors.items()}
        for name, shape in tensors.items():
            draft.tensors[name].shape = shape
        return draft

    return build


def adapting(module: str, shape: Shape, **config: object) -> Callable[[], Draft]:
    """An adapter with one module more."""

    def build() -> Draft:
        draft = lora(real=True).state(**config)
        draft.tensors |= pair(module, shape)
        draft.config["target_modules"].append(module.rpartition(".")[2])
        return draft

    return build


def only(modules: dict[str, Shape], rank: int = 8) -> Callable[[], Draft]:
    """An adapter of these modules and no others."""

    def build() -> Draft:
        draft = lora(real=True)
        draft.tensors = {name: tensor for item in modules.items() for name, tensor in pair(*item, rank).items()}
        draft.state(target_modules=suffixes(modules))
        return draft

    return build


def resized(**sizes: int) -> Callable[[], Draft]:
    """The adapter of a model of other sizes."""
    return only(modules_of({**CONFIG, **sizes}, *PROJECTIONS))


def files(contents: dict[str, bytes], *, config: bool = True) -> Callable[[], Draft]:
    """A folder without weights under the usual name, with other files."""

    def build() -> Draft:
        draft = lora(real=True)
        draft.tensors = None
        draft.files = contents
        if not config:
            draft.config = None
        return draft

    return build


def as_text(text: str) -> Callable[[], Draft]:
    """An adapter whose config is this text."""

    def build() -> Draft:
        draft = lora(real=True)
        draft.config = text
        return draft

    return build


def of_type(dtype: str) -> Callable[[], Draft]:
    """An adapter with tensors of another type; their values are those of bfloat16 where they are as wide."""

    def build() -> Draft:
        draft = lora(real=True)
        width = {"F32": 4, "F16": 2, "I8": 1}[dtype]
        for name, tensor in draft.tensors.items():
            content = {
                4: lambda raw: b"".join(b"\0\0" + raw[at : at + 2] for at in range(0, len(raw), 2)),
                2: lambda raw: bytes((byte & 0x83) | 0x28 if at % 2 else byte for at, byte in enumerate(raw)),
                1: lambda raw: raw[: len(raw) // 2],
            }[width](tensor.content)
            draft.tensors[name] = Stored(dtype, tensor.shape, content)
        return draft

    return build


def filled(part: str, value: bytes) -> Callable[[], Draft]:
    """An adapter in which some tensors hold one value only."""

    def build() -> Draft:
        draft = lora(real=True)
        for name, tensor in draft.tensors.items():
            if part in name:
                draft.tensors[name] = Stored("BF16", tensor.shape, value * (tensor.size // 2))
        return draft

    return build


def bare() -> Draft:
    draft = lora(real=True)
    draft.config = None
    return draft


def empty() -> Draft:
    draft = lora(real=True)
    draft.tensors = {}
    return draft


def cut_short() -> Draft:
    draft = lora(real=True)
    draft.files = {"adapter_model.safetensors": encode(draft.tensors, {"format": "pt"})[:-1000]}
    draft.tensors = None
    return draft


def half() -> Draft:
    draft = lora(real=True)
    del draft.tensors[f"{LAYER}.mlp.up_proj.lora_B.weight"]
    return draft


def transposed() -> Draft:
    draft = lora(real=True)
    for name, tensor in draft.tensors.items():
        draft.tensors[name] = Stored("BF16", tensor.shape[::-1], tensor.content)
    return draft


def ranked_by_module() -> Draft:
    draft = lora(real=True, rank_pattern={"q_proj": 4})
    for module, shape in modules_of(CONFIG, "q_proj").items():
        draft.tensors |= pair(module, shape, 4)
    return draft


def ranked_above_by_module() -> Draft:
    draft = lora(real=True, rank_pattern={"q_proj": 32})
    for module, shape in modules_of(CONFIG, "q_proj").items():
        draft.tensors |= pair(module, shape, 32)
    return draft


def embedding(vocabulary: int) -> Callable[[], Draft]:
    def build() -> Draft:
        draft = lora(real=True)
        draft.tensors |= embedding_pair("model.embed_tokens", vocabulary, HIDDEN)
        draft.config["target_modules"].append("embed_tokens")
        return draft

    return build


def more_tokens() -> Draft:
    draft = lora(real=True)
    tokenizer = tokenizer_json()
    tokenizer["added_tokens"].append({**tokenizer["added_tokens"][-1], "id": VOCABULARY + 9, "content": "<new>"})
    draft.files = {"tokenizer.json": json.dumps(tokenizer).encode()}
    return draft


def magnitudes() -> dict[str, Shape]:
    return {f"{ROOT}{name}.lora_magnitude_vector": (shape[0],) for name, shape in modules_of(CONFIG, "q_proj").items()}


def biases() -> dict[str, Shape]:
    return {f"{ROOT}{name}.lora_B.bias": (shape[0],) for name, shape in modules_of(CONFIG, "q_proj").items()}

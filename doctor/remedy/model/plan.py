"""What a model folder needs, and can be given without a guess.

A mend is planned only where the headers of the weights prove that it is right: a config whose
every tensor is there in its shape, an index of all shards, a quantization_config beside weights that
are plain numbers, a tokenizer whose ids the model has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from doctor.core.artifact.families import FAMILIES
from doctor.core.artifact.folder import Document
from doctor.core.artifact.layout import LayoutError, layout_of
from doctor.core.artifact.model import ModelFolder
from doctor.core.artifact.tensors import Tensor, merge
from doctor.core.fact import Fact, Known
from doctor.core.frozen import frozen
from doctor.probes.artifact.safetensors import BITS
from doctor.remedy.model.completion import complete
from doctor.rules.model.dtypes import is_plain
from doctor.rules.model.loading import INDEX, SHARD, numbered, safetensors
from doctor.rules.model.tokens import ALGORITHMS

CONFIG = "config.json"
INCOMPLETE = frozenset({"MODEL005", "MODEL010", "MODEL024", "MODEL025", "MODEL026", "MODEL031"})
"""What a config that leaves sizes out is told by: the class fills in those of its 7B model."""

TOKENIZER = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "tokenizer.model")


@frozen
class Mend:
    """One file that is written or set aside: its new content, or None to set it aside, and why."""

    file: str
    text: str
    content: bytes | None


def plan_mends(folder: ModelFolder, base: ModelFolder | None, told: frozenset[str]) -> tuple[Mend, ...]:
    """Plan the mends of a folder; `told` are the codes of the rules that met a problem."""
    tensors = _whole(folder)
    return (
        *_config(folder, base, told, tensors),
        *_index(folder, told, tensors),
        *_tokenizer(folder, base, told),
        *_generation(folder, base, told),
    )


def _whole(folder: ModelFolder) -> Mapping[str, Tensor]:
    """The tensors of the folder, or nothing where not all of its weights are known and whole."""
    files = folder.known_weights()
    if len(files) < len(folder.weights) or any(file.damages for file in files):
        return {}
    names = set(safetensors(folder))
    return merge(file for file in files if file.name in names)


def _config(
    folder: ModelFolder, base: ModelFolder | None, told: frozenset[str], tensors: Mapping[str, Tensor]
) -> Iterator[Mend]:
    reasons: list[str] = []
    value = _value(folder.config)
    if told & {"MODEL001", "MODEL002", "MODEL003"}:
        value = _value(base.config) if base is not None else None
        if value is None or not _fits(value, tensors):
            return
        reasons.append("written from the base model, whose every tensor is there in its shape")
    elif told & INCOMPLETE and value is not None and base is not None:
        whole = complete(value, _value(base.config) or {}, tensors.values())
        if whole is not None and whole != value and _fits(whole, tensors):
            value = whole
            reasons.append("completed from the base model's, and what it states stays: every tensor fits then")
    if value is None:
        return
    value = json.loads(json.dumps(value))
    if is_plain(tensors) and _strip(value):
        reasons.append("quantization_config taken out: no weight is quantized")
    family = FAMILIES.get(str(value.get("model_type")))
    named = family is not None and value.get("architectures") == [family.architecture]
    if told & {"MODEL005", "MODEL006", "MODEL007"} and family is not None and not named and _fits(value, tensors):
        value["architectures"] = [family.architecture]
        reasons.append(f"architectures set to {family.architecture}, whose tensors these are")
    if reasons:
        yield Mend(file=CONFIG, text="; ".join(reasons), content=_dump(value))


def _value(fact: Fact[Document]) -> dict[str, Any] | None:
    """What a JSON file holds, or None where it holds nothing."""
    return fact.value.value if isinstance(fact, Known) and fact.value.damage is None else None


def _fits(config: dict[str, Any], tensors: Mapping[str, Tensor]) -> bool:
    """Whether the tensors are exactly those that a config asks for, by formula."""
    try:
        layout = layout_of(config)
    except LayoutError:
        return False
    if layout is None:
        return False
    needed = all(name in tensors and tensors[name].shape == shape for name, shape in layout.needed.items())
    return needed and all(name in layout.tensors or name.endswith("rotary_emb.inv_freq") for name in tensors)


def _strip(value: dict[str, Any]) -> bool:
    """Take every quantization_config out of a config and of the configs inside it; says whether there was one."""
    found = "quantization_config" in value
    value.pop("quantization_config", None)
    inside = [_strip(item) for item in value.values() if isinstance(item, dict)]
    return found or any(inside)


def _index(folder: ModelFolder, told: frozenset[str], tensors: Mapping[str, Tensor]) -> Iterator[Mend]:
    if "MODEL044" in told:
        yield Mend(file=INDEX, text="it names files that are not there, beside a model.safetensors", content=None)
        return
    shards = [file for file in folder.known_weights() if SHARD.fullmatch(file.name)]
    names = [name for file in shards for name in file.tensors()]
    complete = shards and {file.name for file in shards} == numbered(file.name for file in shards)
    if not told & {"MODEL042", "MODEL045", "MODEL046"} or not complete or not tensors or len(names) != len(set(names)):
        return
    held = merge(shards)
    total = sum(-(-item.elements * BITS[item.dtype] // 8) for item in held.values())
    weight_map = {name: item.file for name, item in sorted(held.items())}
    content = _dump({"metadata": {"total_size": total}, "weight_map": weight_map})
    yield Mend(file=INDEX, text=f"made anew from the headers of {len(shards)} shards", content=content)


def _tokenizer(folder: ModelFolder, base: ModelFolder | None, told: frozenset[str]) -> Iterator[Mend]:
    if base is None or not told & {"MODEL053", "MODEL054"}:
        return
    config = _value(folder.config) or _value(base.config) or {}
    rows = config.get("vocab_size")
    if not isinstance(base.tokenizer, Known) or base.tokenizer.value.damage is not None:
        return
    if not isinstance(rows, int) or base.tokenizer.value.largest_id >= rows:
        return
    files = TOKENIZER if "MODEL054" in told or not folder.has("tokenizer.json") else ("tokenizer_config.json",)
    for name in files:
        if base.has(name) and (not folder.has(name) or _is_damaged(folder, name)):
            yield Mend(file=name, text="copied from the base model, whose ids the model has", content=_read(base, name))


def _is_damaged(folder: ModelFolder, name: str) -> bool:
    """Whether one of the JSON files of the tokenizer holds nothing that can be used."""
    if name == "tokenizer.json":
        fact = folder.tokenizer
        return isinstance(fact, Known) and (fact.value.damage is not None or fact.value.model not in ALGORITHMS)
    documents = {"tokenizer_config.json": folder.tokenizer_config, "special_tokens_map.json": folder.special_tokens_map}
    document = documents.get(name)
    return isinstance(document, Known) and document.value.damage is not None


def _generation(folder: ModelFolder, base: ModelFolder | None, told: frozenset[str]) -> Iterator[Mend]:
    name = "generation_config.json"
    if base is not None and "MODEL067" in told and _value(base.generation_config) is not None:
        yield Mend(file=name, text="copied from the base model", content=_read(base, name))


def _read(base: ModelFolder, name: str) -> bytes:
    return (Path(base.path) / name).read_bytes()


def _dump(value: Any) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()

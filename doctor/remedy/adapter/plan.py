"""What an adapter folder needs, and can be given without a guess.

Of the config only what the tensors prove, and the base that the user names where every module of the
adapter fits it. A rank or a scale that contradicts the tensors is not touched: nobody but the one who
trained knows which is right.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from doctor.core.artifact.adapter import CONFIG, WEIGHTS, AdapterFolder
from doctor.core.artifact.tensors import Tensor
from doctor.core.fact import Known
from doctor.remedy.adapter.names import MOST_BYTES, all_fit, are_of_lora, better_names, with_names
from doctor.remedy.model.plan import Mend
from doctor.rules.lora.base import Base
from doctor.rules.lora.folders import integer
from doctor.rules.lora.names import pairs_of, suffixes

BASE = "base_model_name_or_path"


def plan_mends(folder: AdapterFolder, base: Base | None, told: frozenset[str]) -> tuple[Mend, ...]:
    """Plan the mends of an adapter; `told` are the codes of the rules that met a problem in it.

    `base` is the model that the user says it belongs to, None where none is given or it is not known.
    """
    tensors = _whole(folder)
    names = better_names(tensors, base) if told & {"LORA014", "LORA033", "LORA035"} else {}
    named = {names.get(name, name): tensor for name, tensor in tensors.items()}
    return (*_config(folder, base, told, named), *_weights(folder, names))


def _whole(folder: AdapterFolder) -> dict[str, Tensor]:
    """The tensors of the adapter, or nothing where they are not all known and sound."""
    file = folder.weights.value if isinstance(folder.weights, Known) else None
    return {} if file is None or file.damages else dict(file.tensors())


def _config(
    folder: AdapterFolder, base: Base | None, told: frozenset[str], tensors: dict[str, Tensor]
) -> Iterator[Mend]:
    if not isinstance(folder.config, Known) or folder.config.value.damage is not None:
        return
    value: dict[str, Any] = json.loads(json.dumps(folder.config.value.value))
    reasons = [*_kind(value, told, tensors), *_rank(value, told, tensors), *_targets(value, told, tensors)]
    if base is not None and told & {"LORA039", "LORA040"} and _fits(base, tensors):
        reasons.append(f"{BASE} set to {base.path}, which every module of it fits")
        value[BASE] = base.path
    if reasons:
        content = (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
        yield Mend(file=CONFIG, text="; ".join(reasons), content=content)


def _kind(value: dict[str, Any], told: frozenset[str], tensors: dict[str, Tensor]) -> Iterator[str]:
    if "LORA003" in told and "peft_type" not in value and tensors and are_of_lora(tensors):
        value["peft_type"] = "LORA"
        yield "peft_type set to LORA, which its tensors are"


def _rank(value: dict[str, Any], told: frozenset[str], tensors: dict[str, Tensor]) -> Iterator[str]:
    ranks = {pair.a.shape[0] for pair in pairs_of(tensors).values() if pair.a is not None and len(pair.a.shape) == 2}
    stated = integer(value.get("r"))
    if told & {"LORA007", "LORA008"} and (stated is None or stated <= 0) and len(ranks) == 1:
        value["r"] = next(iter(ranks))
        yield f"r set to {value['r']}, which all of its tensors have"


def _targets(value: dict[str, Any], told: frozenset[str], tensors: dict[str, Tensor]) -> Iterator[str]:
    if "LORA007" in told and value.get("target_modules") is None and pairs_of(tensors):
        value["target_modules"] = suffixes(pairs_of(tensors))
        yield "target_modules set to the modules of its tensors"


def _fits(base: Base, tensors: dict[str, Tensor]) -> bool:
    return bool(tensors) and all_fit(base, tensors)


def _weights(folder: AdapterFolder, names: dict[str, str]) -> Iterator[Mend]:
    path = Path(folder.path) / WEIGHTS
    if names and path.stat().st_size <= MOST_BYTES:
        old, new = next(iter(names.items()))
        text = f"{len(names)} tensors renamed as PEFT writes them ({old} is now {new})"
        yield Mend(file=WEIGHTS, text=text, content=with_names(path, names))

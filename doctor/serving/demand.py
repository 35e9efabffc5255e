"""Reading what a model and its adapters ask for out of their folders."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from doctor.core.artifact.adapter import AdapterFolder
from doctor.core.artifact.model import ModelFolder
from doctor.core.artifact.tensors import merge
from doctor.core.errors import DoctorError
from doctor.core.fact import Known
from doctor.core.packages.release import VllmRelease
from doctor.serving.attention import UnknownShapeError, attention_of, number
from doctor.serving.plan import Demand
from doctor.serving.weights import linear_layers, weight_bytes


class PlanningError(DoctorError):
    """A plan cannot be made: something that it needs is not known, or does not fit together."""


def demand_of(model: ModelFolder, release: VllmRelease | None, parallel: int = 1) -> Demand:
    """Read a model folder; `release` says which embeddings its vLLM keeps buffers for.

    Raises:
        PlanningError: the config or the weights do not tell what a plan needs.
    """
    config = config_of(model)
    text = config.get("text_config")
    values: Mapping[str, Any] = {**config, **text} if isinstance(text, Mapping) else config
    tensors = merge(model.known_weights())
    if not tensors or len(model.known_weights()) < len(model.weights):
        hint = f"`doctor check --model {model.path}` says what is wrong with the files"
        raise PlanningError(f"{model.path}: the headers of its weights cannot be read", hint=hint)
    tied = bool(values.get("tie_word_embeddings"))
    try:
        hidden, rows = number(values, "hidden_size"), number(values, "vocab_size")
        heads = number(values, "num_attention_heads")
        attention = attention_of(config)
        if parallel > 1 and heads % parallel:
            raise PlanningError(f"{heads} attention heads cannot be divided among {parallel} GPUs")
        return Demand(
            attention=attention,
            weights=weight_bytes(tensors, parallel=parallel, tied=tied),
            hidden=hidden,
            inner=int(values.get("intermediate_size") or 4 * hidden),
            heads=heads,
            vocabulary=rows,
            positions=number(values, "max_position_embeddings"),
            linear=linear_layers(tensors),
            embeddings=_embeddings(config, release, rows, hidden),
        )
    except UnknownShapeError as error:
        raise PlanningError(f"{model.path}: no plan can be made: {error}") from error


def require_model(model: ModelFolder) -> None:
    """Refuse the folder of an adapter that is given for a model.

    Raises:
        PlanningError: it holds adapter_config.json and no config.json.
    """
    if isinstance(model.adapter_config, Known) and not isinstance(model.config, Known):
        hint = "give it with --adapter, and the folder of its base with --model"
        raise PlanningError(f"{model.path} holds a LoRA adapter and no model", hint=hint)


def config_of(model: ModelFolder) -> dict[str, Any]:
    """The config of a model.

    Raises:
        PlanningError: there is none that can be read.
    """
    if isinstance(model.config, Known) and model.config.value.damage is None:
        config = dict(model.config.value.value)
        _require_sizes(model.path, config)
        return config
    hint = f"`doctor check --model {model.path}` says what is wrong with it"
    raise PlanningError(f"{model.path}: its config.json cannot be read", hint=hint)


def _require_sizes(path: str, config: Mapping[str, Any]) -> None:
    """Demand that no number of a config has more than 64 bits: JSON has no limit, and a plan divides them.

    Raises:
        PlanningError: one is.
    """
    inner = config.get("text_config")
    for name, value in (*config.items(), *(inner.items() if isinstance(inner, dict) else ())):
        if isinstance(value, int) and abs(value) >= 1 << 63:
            raise PlanningError(f"{path}: {name} in its config.json is a number of {len(str(value))} digits")


def ranks_of(adapters: tuple[AdapterFolder, ...]) -> tuple[int, ...]:
    """The rank that each adapter needs: of all its modules the largest.

    Raises:
        PlanningError: an adapter does not state its rank.
    """
    return tuple(_rank_of(adapter) for adapter in adapters)


def _rank_of(adapter: AdapterFolder) -> int:
    if isinstance(adapter.config, Known) and adapter.config.value.damage is None:
        config = adapter.config.value.value
        pattern = config.get("rank_pattern")
        stated = [config.get("r"), *(pattern.values() if isinstance(pattern, Mapping) else ())]
        ranks = [item for item in stated if isinstance(item, int) and item > 0]
        if len(ranks) == len(stated):
            return max(ranks)
    hint = f"`doctor check --adapter {adapter.path}` says what is wrong with it"
    raise PlanningError(f"{adapter.path}: it states no rank", hint=hint)


def _embeddings(
    config: Mapping[str, Any], release: VllmRelease | None, rows: int, hidden: int
) -> tuple[tuple[int, int], ...]:
    """(rows, width) of the embeddings that this vLLM adapts in this architecture; all where that is not known."""
    architectures = config.get("architectures")
    name = architectures[0] if isinstance(architectures, list) and architectures else ""
    served = release.architectures.get(str(name)) if release else None
    count = len(served.embeddings) if served else 2
    return ((rows, hidden),) * count

"""Which tensors a model needs, and of what shape, by formula from its config.

For the decoders that are most often fine-tuned, whose layouts are regular. The names are those of
the files that `save_pretrained` writes, which is what vLLM reads; the defaults are those of the
classes of transformers 5.19, and a test compares both with what transformers itself writes
(https://github.com/huggingface/transformers/tree/main/src/transformers/models).
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from doctor.core.artifact.families import FAMILIES, Family
from doctor.core.frozen import frozen

Shape = tuple[int, ...]
Named = tuple[str, Shape]

MOST_LAYERS = 2000
MOST_EXPERTS = 4096


class LayoutError(ValueError):
    """A config states no sizes that a model could have; the text says which."""


@frozen
class Layout:
    """The tensors of one model.

    `needed` maps the name of each tensor that must be there to its shape; `optional` those that
    may be: a head that is tied to the embedding is taken from there.
    """

    architecture: str
    needed: dict[str, Shape]
    optional: dict[str, Shape] = field(default_factory=dict)

    @property
    def tensors(self) -> dict[str, Shape]:
        """All tensors that have a place in the model."""
        return {**self.needed, **self.optional}


def layout_of(config: Mapping[str, Any]) -> Layout | None:
    """The layout that a config describes, or None for a model that has no formula here.

    Raises:
        LayoutError: a size is no number that a model could have.
    """
    model_type = config.get("model_type")
    family = FAMILIES.get(model_type) if isinstance(model_type, str) else None
    if family is None:
        return None
    sizes = Sizes.read(config, family)
    needed = dict(_tensors(family, sizes))
    head: dict[str, Shape] = {"lm_head.weight": (sizes.rows, sizes.hidden)}
    if sizes.tied:
        return Layout(architecture=family.architecture, needed=needed, optional=head)
    return Layout(architecture=family.architecture, needed={**needed, **head})


@dataclass(frozen=True, slots=True)
class Sizes:
    """The sizes of a model: what its config states, and the defaults of its class."""

    rows: int
    hidden: int
    inner: int
    layers: int
    heads: int
    groups: int
    head: int
    tied: bool
    values: Mapping[str, Any]

    @classmethod
    def read(cls, config: Mapping[str, Any], family: Family) -> Sizes:
        """Read a config.

        Raises:
            LayoutError: a size is no number that a model could have.
        """
        # Not copied: a config may have a list for each of its experts. Nothing writes to either of them.
        values: Mapping[str, Any] = ChainMap(cast("dict[str, Any]", config), cast("dict[str, Any]", family.defaults))
        heads = size(values, "num_attention_heads")
        hidden = size(values, "hidden_size")
        # Configs of before 2023 have no groups, and many have no head_dim: the classes derive both.
        groups = size({"num_key_value_heads": heads, **_stated(values, "num_key_value_heads")}, "num_key_value_heads")
        head = size({"head_dim": hidden // heads, **_stated(values, "head_dim")}, "head_dim")
        layers = size(values, "num_hidden_layers")
        if layers > MOST_LAYERS:
            raise LayoutError(f"num_hidden_layers is {layers}")
        tied = bool(values["tie_word_embeddings"])
        rows, inner = size(values, "vocab_size"), size(values, "intermediate_size")
        return cls(rows, hidden, inner, layers, heads, groups, head, tied, values)


def size(values: Mapping[str, Any], name: str) -> int:
    """Read one size.

    Raises:
        LayoutError: it is no number above zero.
    """
    value = values.get(name)
    if type(value) is not int or value <= 0:
        raise LayoutError(f"{name} is {value!r}")
    return value


def _stated(values: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {name: values[name]} if values.get(name) is not None else {}


def _tensors(family: Family, sizes: Sizes) -> Iterator[Named]:
    yield "model.embed_tokens.weight", (sizes.rows, sizes.hidden)
    for number in range(sizes.layers):
        layer = f"model.layers.{number}"
        for norm in family.norms:
            yield f"{layer}.{norm}.weight", (sizes.hidden,)
        for name, shape in (*_attention(family, sizes), *_feed_forward(family, sizes, number)):
            yield f"{layer}.{name}", shape
    yield "model.norm.weight", (sizes.hidden,)


def _attention(family: Family, sizes: Sizes) -> Iterator[Named]:
    query, key = sizes.heads * sizes.head, sizes.groups * sizes.head
    shapes = {"q_proj": (query, sizes.hidden), "k_proj": (key, sizes.hidden), "v_proj": (key, sizes.hidden)}
    if family.fused:
        shapes = {"qkv_proj": (query + 2 * key, sizes.hidden)}
    shapes["o_proj"] = (sizes.hidden, query)
    biased = not family.bias_option or bool(sizes.values.get(family.bias_option))
    for name, shape in shapes.items():
        yield f"self_attn.{name}.weight", shape
        if biased and name in family.attention_biases:
            yield f"self_attn.{name}.bias", shape[:1]
    if family.head_norms:
        whole = family.head_norms == "all"
        yield "self_attn.q_norm.weight", (query if whole else sizes.head,)
        yield "self_attn.k_norm.weight", (key if whole else sizes.head,)


def _feed_forward(family: Family, sizes: Sizes, layer: int) -> Iterator[Named]:
    if family.experts == "mixtral":
        return _mixtral(sizes)
    if family.experts == "granite":
        return _granite(family, sizes)
    if family.experts == "qwen" and _is_sparse(sizes.values, layer):
        return _qwen(family, sizes)
    if family.fused:
        return iter((("mlp.gate_up_proj.weight", (2 * sizes.inner, sizes.hidden)), _down("mlp", sizes, sizes.inner)))
    return _gated("mlp", sizes, sizes.inner, biased=bool(sizes.values.get(family.mlp_bias_option)))


def _gated(place: str, sizes: Sizes, inner: int, *, biased: bool = False) -> Iterator[Named]:
    for name, shape in (("gate_proj", (inner, sizes.hidden)), ("up_proj", (inner, sizes.hidden))):
        yield f"{place}.{name}.weight", shape
        if biased:
            yield f"{place}.{name}.bias", shape[:1]
    yield _down(place, sizes, inner)
    if biased:
        yield f"{place}.down_proj.bias", (sizes.hidden,)


def _down(place: str, sizes: Sizes, inner: int) -> Named:
    return f"{place}.down_proj.weight", (sizes.hidden, inner)


def _experts(sizes: Sizes, *names: str) -> int:
    count = size(sizes.values, next((name for name in names if name in sizes.values), names[0]))
    if count > MOST_EXPERTS:
        raise LayoutError(f"{names[0]} is {count}")
    return count


def _is_sparse(values: Mapping[str, Any], layer: int) -> bool:
    """Whether a layer of a Qwen mixture has experts, as `Qwen2MoeDecoderLayer` decides it."""
    dense, step = values.get("mlp_only_layers") or (), values.get("decoder_sparse_step", 1)
    if type(step) is not int or step <= 0 or not isinstance(dense, (list, tuple)):
        raise LayoutError(f"decoder_sparse_step is {step!r} and mlp_only_layers {dense!r}")
    return layer not in dense and (layer + 1) % step == 0


def _mixtral(sizes: Sizes) -> Iterator[Named]:
    count, place = _experts(sizes, "num_local_experts"), "block_sparse_moe"
    yield f"{place}.gate.weight", (count, sizes.hidden)
    for expert in range(count):
        yield f"{place}.experts.{expert}.w1.weight", (sizes.inner, sizes.hidden)
        yield f"{place}.experts.{expert}.w2.weight", (sizes.hidden, sizes.inner)
        yield f"{place}.experts.{expert}.w3.weight", (sizes.inner, sizes.hidden)


def _qwen(family: Family, sizes: Sizes) -> Iterator[Named]:
    # transformers 5 writes the number under the name that the others use.
    count, inner = _experts(sizes, "num_local_experts", "num_experts"), size(sizes.values, "moe_intermediate_size")
    yield "mlp.gate.weight", (count, sizes.hidden)
    for expert in range(count):
        yield from _gated(f"mlp.experts.{expert}", sizes, inner)
    if family.shared_expert:
        yield "mlp.shared_expert_gate.weight", (1, sizes.hidden)
        yield from _gated("mlp.shared_expert", sizes, size(sizes.values, "shared_expert_intermediate_size"))


def _granite(family: Family, sizes: Sizes) -> Iterator[Named]:
    count, place = _experts(sizes, "num_local_experts"), "block_sparse_moe"
    yield f"{place}.router.layer.weight", (count, sizes.hidden)
    yield f"{place}.input_linear.weight", (count, 2 * sizes.inner, sizes.hidden)
    yield f"{place}.output_linear.weight", (count, sizes.hidden, sizes.inner)
    if family.shared_expert and sizes.values["shared_intermediate_size"]:
        shared = size(sizes.values, "shared_intermediate_size")
        yield "shared_mlp.input_linear.weight", (2 * shared, sizes.hidden)
        yield "shared_mlp.output_linear.weight", (sizes.hidden, shared)

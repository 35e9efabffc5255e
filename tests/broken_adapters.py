"""Adapter folders with one defect each, and what doctor and vLLM say to them.

The list of defects was gathered by loading such folders with vLLM 0.32.0 and PEFT 0.21.2; what vLLM
does with each is held by `tests/realenv/test_adapters.py`, what doctor says by
`tests/rules/lora/test_broken_adapters.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from tests.adapter_defects import (
    HIDDEN,
    LAYER,
    ROOT,
    VOCABULARY,
    adapting,
    as_text,
    bare,
    biases,
    changed,
    cut_short,
    embedding,
    empty,
    files,
    filled,
    half,
    holding,
    magnitudes,
    more_tokens,
    of_type,
    only,
    ranked_above_by_module,
    ranked_by_module,
    renamed,
    resized,
    transposed,
    without,
)
from tests.adapters import PROJECTIONS, Draft, lora


class Effect(str, Enum):
    """What vLLM does with a folder when the adapter is added and used."""

    REFUSED = "refused"
    SILENT = "served wrongly, or as the base, without a word"
    SERVED = "served as it was meant"


@dataclass(frozen=True, slots=True)
class Case:
    """One folder: how it is built, what vLLM does, and the codes of the rules that must tell of it.

    No codes say that nothing may be found but notes. `torch` ones need PyTorch to be written, so that
    only a stand-in is made here; `deep` ones show in the values only. PEFT answers as vLLM does where it
    agrees, or refuses.
    """

    name: str
    build: Callable[[], Draft]
    effect: Effect
    codes: tuple[str, ...] = ()
    deep: bool = False
    torch: bool = False
    peft_agrees: bool = True


R, S, OK = Effect.REFUSED, Effect.SILENT, Effect.SERVED
FULL = {f"{ROOT}lm_head.weight": (VOCABULARY, HIDDEN)}
BOTH = {**FULL, f"{ROOT}model.embed_tokens.weight": (VOCABULARY, HIDDEN)}
DELTA = {f"{ROOT}model.embed_tokens.token_adapter.trainable_tokens_delta": (2, HIDDEN)}
BELOW = {f"{LAYER}.self_attn.q_proj.base_layer.weight": (HIDDEN, HIDDEN)}
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1000\n"

CASES = (
    Case("good", lambda: lora(real=True), OK),
    Case("config-missing", bare, R, ("LORA001",)),
    Case("model-as-adapter", files({"config.json": b"{}", "model.safetensors": b""}, config=False), R, ("LORA001",)),
    Case("empty-folder", files({}, config=False), R, ("LORA001",)),
    Case("config-not-json", as_text("{'r': 8,}"), R, ("LORA002",)),
    Case("config-empty", as_text(""), R, ("LORA002",)),
    Case("config-a-list", as_text("[]"), R, ("LORA002",)),
    Case("config-a-pointer", as_text(POINTER.decode()), R, ("LORA002",)),
    Case("config-cut-short", as_text('{"r": 8, "lora_alpha": 16, "target_mod'), R, ("LORA002",)),
    Case("weights-missing", files({}), R, ("LORA004",)),
    Case("weights-of-diffusers", files({"pytorch_lora_weights.safetensors": b""}), R, ("LORA004",)),
    Case("weights-in-shards", files({"adapter_model-00001-of-00002.safetensors": b""}), R, ("LORA004",)),
    Case("weights-a-pickle", files({"adapter_model.bin": b"\x80"}), OK, ("LORA006",), torch=True),
    Case("weights-a-torch-file", files({"adapter_model.pt": b"\x80"}), OK, ("LORA006",), torch=True),
    Case("weights-cut-short", cut_short, R, ("LORA005",)),
    Case("weights-zero-bytes", files({"adapter_model.safetensors": b""}), R, ("LORA005",)),
    Case("weights-a-pointer", files({"adapter_model.safetensors": POINTER}), R, ("LORA005",)),
    Case("weights-a-web-page", files({"adapter_model.safetensors": b"<!DOCTYPE html>" * 50}), R, ("LORA005",)),
    Case("weights-without-tensors", empty, R, ("LORA005",)),
    Case("rank-above-default", lambda: lora(real=True, rank=32), R, ("LORA016",)),
    Case("rank-odd", lambda: lora(real=True, rank=5), OK),
    Case("rank-stated-lower", changed(r=4), S, ("LORA011",)),
    Case("rank-stated-higher", changed(r=16), S, ("LORA011",)),
    Case("rank-zero", changed(r=0), R, ("LORA008",)),
    Case("rank-negative", changed(r=-8), R, ("LORA008",)),
    Case("rank-a-text", changed(r="8"), R, ("LORA008",)),
    Case("rank-null", changed(r=None), R, ("LORA008",)),
    Case("rank-missing", without("r"), R, ("LORA007",)),
    Case(
        "rank-above-every-limit",
        lambda: lora(real=True, rank=1024, modules=("o_proj",), lora_alpha=1024),
        R,
        ("LORA015",),
    ),
    Case("alpha-missing", without("lora_alpha"), R, ("LORA007",)),
    Case("alpha-null", changed(lora_alpha=None), R, ("LORA009",)),
    Case("alpha-zero", changed(lora_alpha=0), S, ("LORA009",)),
    Case("alpha-a-text", changed(lora_alpha="16"), R, ("LORA009",)),
    Case("alpha-far-too-large", changed(lora_alpha=16000), OK, ("LORA010",)),
    Case("alpha-far-too-small", changed(lora_alpha=0.2), OK, ("LORA010",)),
    Case("dora", holding(magnitudes(), use_dora=True), R, ("LORA019",)),
    Case("dora-by-config", changed(use_dora=True), R, ("LORA019",)),
    Case("dora-by-tensors", holding(magnitudes()), R, ("LORA019",)),
    Case("rank-stabilised", changed(use_rslora=True), OK),
    Case("module-saved-whole", holding(FULL, modules_to_save=["lm_head"]), R, ("LORA020", "LORA028")),
    Case("module-saved-whole-by-config", changed(modules_to_save=["embed_tokens"]), R, ("LORA020",)),
    Case("whole-head", holding(FULL), R, ("LORA028",)),
    Case("whole-embeddings", holding(BOTH), R, ("LORA028",)),
    Case("base-layers-included", holding(BELOW), R, ("LORA028",)),
    Case(
        "base-embedding-included",
        holding({f"{ROOT}model.embed_tokens.base_layer.weight": (VOCABULARY, HIDDEN)}),
        OK,
    ),
    Case("bias-of-lora", changed(bias="lora_only"), R, ("LORA021",)),
    Case("bias-of-all", changed(bias="all"), R, ("LORA021",)),
    Case("lora-bias", holding(biases(), lora_bias=True), R, ("LORA021",)),
    Case("lora-bias-by-tensors", holding(biases()), R, ("LORA021",)),
    Case("embedding-adapted", embedding(VOCABULARY), OK),
    Case("embedding-of-other-vocabulary", embedding(VOCABULARY - 20), R, ("LORA037",)),
    Case("head-adapted", adapting("lm_head", (VOCABULARY, HIDDEN)), OK),
    Case("targets-all-linear", changed(target_modules="all-linear"), OK),
    Case("targets-a-pattern", changed(target_modules=r".*\.(q|k|v|o|gate|up|down)_proj"), OK),
    Case("targets-null", changed(target_modules=None), OK, ("LORA007",), peft_agrees=False),
    Case("targets-fewer", changed(target_modules=["q_proj"]), OK, ("LORA034",), peft_agrees=False),
    Case("targets-missing", without("target_modules"), R, ("LORA007",)),
    Case("target-without-tensors", changed(target_modules=[*PROJECTIONS, "foo_proj"]), OK),
    Case("some-modules-only", lambda: lora(real=True, modules=("q_proj", "v_proj")), OK),
    Case("unknown-module", adapting("model.layers.0.mlp.foo_proj", (HIDDEN, HIDDEN)), R, ("LORA036",)),
    Case("norm-adapted", adapting("model.layers.0.input_layernorm", (HIDDEN, HIDDEN)), R, ("LORA036",)),
    Case("fused-names", adapting("model.layers.0.self_attn.qkv_proj", (512, HIDDEN)), R, ("LORA036",)),
    Case("other-architecture", only({"transformer.h.0.attn.c_attn": (768, HIDDEN)}), R, ("LORA035",)),
    Case("layer-beyond-the-last", adapting("model.layers.7.self_attn.q_proj", (HIDDEN, HIDDEN)), OK, ("LORA036",)),
    Case("prefix-of-a-wrapper", renamed(f"{ROOT}model.", f"{ROOT}language_model.model."), S, ("LORA035",)),
    Case("prefix-of-newer-wrapper", renamed(f"{ROOT}model.", f"{ROOT}model.language_model."), S, ("LORA035",)),
    Case("prefix-doubled", renamed(f"{ROOT}model.", f"{ROOT}model.model."), S, ("LORA035",)),
    Case("inner-model-missing", renamed(f"{ROOT}model.", ROOT), S, ("LORA035",)),
    Case("prefix-of-compile", renamed(ROOT, f"{ROOT}_orig_mod."), S, ("LORA014", "LORA035")),
    Case("prefix-missing", renamed(ROOT, ""), OK, ("LORA033",), peft_agrees=False),
    Case("adapter-name-in-keys", renamed(".weight", ".default.weight"), R, ("LORA014",)),
    Case("inputs-smaller", resized(hidden_size=128), S, ("LORA037",)),
    Case("outputs-larger", resized(num_attention_heads=8), R, ("LORA037",)),
    Case("outputs-smaller", resized(num_key_value_heads=1), S, ("LORA037",)),
    Case("half-a-pair", half, R, ("LORA012",)),
    Case("transposed", transposed, R, ("LORA013", "LORA037")),
    Case("type-float32", of_type("F32"), OK),
    Case("type-float16", of_type("F16"), OK),
    Case("type-int8", of_type("I8"), S, ("LORA038",)),
    Case("b-all-zero", filled("lora_B", b"\0\0"), S, ("LORA044",), deep=True),
    Case("not-a-number", filled("0.self_attn.q_proj.lora_A", b"\xc0\x7f"), S, ("LORA043",), deep=True),
    Case("infinite", filled("0.self_attn.q_proj.lora_A", b"\x80\x7f"), S, ("LORA043",), deep=True),
    Case("method-ia3", changed(peft_type="IA3"), OK, ("LORA003",), peft_agrees=False),
    Case("method-prefix-tuning", changed(peft_type="PREFIX_TUNING"), OK, ("LORA003",)),
    Case("method-adalora", changed(peft_type="ADALORA"), OK, ("LORA003",)),
    Case("method-missing", without("peft_type"), OK, ("LORA003",)),
    Case("rank-by-module", ranked_by_module, OK),
    Case("scale-by-module", changed(alpha_pattern={"q_proj": 32}), OK),
    Case("rank-by-module-above-default", ranked_above_by_module, R, ("LORA016",)),
    Case("rank-by-module-zero", changed(rank_pattern={"q_proj": 0}), R, ("LORA008",)),
    Case("some-layers-only", changed(layers_to_transform=[0, 1]), OK),
    Case("replicated-layers", changed(layer_replication=[[0, 2], [1, 2]]), R, ("LORA023",)),
    Case("fan-in-fan-out", changed(fan_in_fan_out=True), OK),
    *(Case(f"init-{name}", changed(init_lora_weights=name), R, ("LORA026",)) for name in ("pissa", "olora", "corda")),
    Case("init-loftq", changed(init_lora_weights="loftq"), R, ("LORA026",)),
    Case("init-pissa-by-steps", changed(init_lora_weights="pissa_niter_16"), R, ("LORA026",)),
    Case("init-gaussian", changed(init_lora_weights="gaussian"), OK),
    Case("activated", changed(alora_invocation_tokens=[1, 2]), R, ("LORA022",)),
    Case("quantisation-aware", changed(use_qalora=True), R, ("LORA024",)),
    Case("block-diagonal", changed(use_bdlora={"nblocks": 2}), R, ("LORA025",)),
    Case("trained-tokens", holding(DELTA, trainable_token_indices=[1, 2]), R, ("LORA027",)),
    Case("target-parameters", changed(target_parameters=["mlp.experts.gate_up_proj"]), OK, ("LORA032",)),
    Case("base-null", changed(base_model_name_or_path=None), OK, ("LORA040",)),
    Case("base-in-4-bit", changed(base_model_name_or_path="unsloth/served-bnb-4bit"), OK, ("LORA039",)),
    Case("base-gone", changed(base_model_name_or_path="/home/me/llama"), OK, ("LORA040", "LORA041")),
    Case("base-another", changed(base_model_name_or_path="Qwen/Qwen3-8B"), OK, ("LORA041",)),
    Case("task-null", changed(task_type=None), OK),
    Case("task-of-a-classifier", holding({f"{ROOT}score.weight": (2, HIDDEN)}, task_type="SEQ_CLS"), R, ("LORA031",)),
    Case("key-of-the-future", changed(some_future_key=True), OK),
    Case("more-tokens", more_tokens, OK, ("LORA030",)),
)

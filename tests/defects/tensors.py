"""Tensors that do not fit the config: names, shapes, dtypes."""

from __future__ import annotations

from pathlib import Path

from tests.defects.table import (
    REFUSED,
    RIGHT,
    WRONG,
    after,
    config,
    defect,
    renamed,
    reshaped,
)
from tests.models import (
    Draft,
    Stored,
    stored,
)

config("M150", "hidden size wrong", REFUSED, "MODEL024", hidden_size=128)
config("M151", "intermediate size wrong", WRONG, "MODEL024", intermediate_size=96)
config("M152", "one layer too many", REFUSED, "MODEL025", num_hidden_layers=3)
config("M153", "one layer too few", REFUSED, "MODEL026", num_hidden_layers=1)
config("M154", "groups wrong", REFUSED, "MODEL024", num_key_value_heads=4)
config("M154b", "groups not stated", REFUSED, "MODEL024", tells=("MODEL031",), drop=("num_key_value_heads",))
config("M155", "heads wrong", REFUSED, "MODEL024", num_attention_heads=8)
config("M156", "head size not stated", RIGHT, drop=("head_dim",))
config("M156b", "head size wrong", WRONG, "MODEL024", head_dim=32)


@defect("M157", "one tensor missing", WRONG, "MODEL025")
def _(draft: Draft, folder: Path) -> None:
    del draft.tensors["model.layers.1.mlp.up_proj.weight"]
    draft.write(folder)


@defect("M157b", "a norm missing", REFUSED, "MODEL025")
def _(draft: Draft, folder: Path) -> None:
    del draft.tensors["model.norm.weight"]
    draft.write(folder)


renamed("M158", "names of PEFT", REFUSED, "MODEL051", rename=lambda name: f"base_model.model.{name}")


def unmerged(draft: Draft, prefix: str) -> None:
    for name in [name for name in draft.tensors if name.endswith("down_proj.weight")]:
        place = name.removesuffix(".weight")
        base = draft.tensors.pop(name)
        draft.tensors[f"{place}.base_layer.weight"] = base
        draft.tensors[f"{place}.lora_A.default.weight"] = stored("A", (4, base.shape[1]))
        draft.tensors[f"{place}.lora_B.default.weight"] = stored("B", (base.shape[0], 4))
    draft.tensors = {prefix + name: tensor for name, tensor in draft.tensors.items()}


@defect("M159", "not merged", REFUSED, "MODEL052")
def _(draft: Draft, folder: Path) -> None:
    unmerged(draft, "")
    draft.write(folder)


@defect("M159b", "not merged, names of PEFT", REFUSED, "MODEL051", "MODEL052")
def _(draft: Draft, folder: Path) -> None:
    unmerged(draft, "base_model.model.")
    draft.write(folder)


renamed("M160", "names of torch.compile", REFUSED, "MODEL051", rename=lambda name: f"_orig_mod.{name}")
renamed("M160b", "names of a vision model", REFUSED, "MODEL051", rename=lambda name: f"language_model.{name}")


@defect("M163", "packed in 4 bit, and no quantization_config", REFUSED, "MODEL017")
def _(draft: Draft, folder: Path) -> None:
    name = "model.layers.0.mlp.up_proj.weight"
    count = draft.tensors[name].size // 4
    draft.tensors[name] = Stored("U8", (count, 1))
    draft.tensors[f"{name}.absmax"] = Stored("F32", (count // 32,))
    draft.tensors[f"{name}.quant_map"] = Stored("F32", (16,))
    draft.tensors[f"{name}.quant_state.bitsandbytes__nf4"] = Stored("U8", (80,))
    draft.write(folder)


BNB = {"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_quant_type": "nf4"}
config("M164", "quantization_config of bitsandbytes left", REFUSED, "MODEL016", quantization_config=BNB)
config("M165", "quantization_config empty", RIGHT, "MODEL018", quantization_config={})
config("M166", "quantization_config null", RIGHT, tells=("MODEL018",), quantization_config=None)
config("M167", "quantization method unknown", REFUSED, "MODEL016", quantization_config={"quant_method": "foo"})
config(
    "M167b", "quantization_config of AWQ left", RIGHT, "MODEL016",
    quantization_config={"quant_method": "awq", "bits": 4, "group_size": 128, "zero_point": True, "version": "gemm"},
)  # fmt: skip


@defect("M168", "rotary_emb.inv_freq in the files", RIGHT)
def _(draft: Draft, folder: Path) -> None:
    for number in range(2):
        name = f"model.layers.{number}.self_attn.rotary_emb.inv_freq"
        draft.tensors[name] = Stored("F32", (draft.config["head_dim"] // 2,))
    draft.write(folder)


@defect("M169", "a tensor too many", REFUSED, "MODEL026")
def _(draft: Draft, folder: Path) -> None:
    draft.tensors["model.layers.0.self_attn.foo.weight"] = stored("foo", (8, 8))
    draft.write(folder)


@defect("M170", "biases that the config does not switch on", RIGHT, tells=("MODEL026",))
def _(draft: Draft, folder: Path) -> None:
    for part in ("q_proj", "k_proj", "v_proj"):
        place = f"model.layers.0.self_attn.{part}"
        draft.tensors[f"{place}.bias"] = Stored("BF16", draft.tensors[f"{place}.weight"].shape[:1])
    draft.write(folder)


config("M171", "biases switched on that are not there", WRONG, "MODEL025", attention_bias=True)
config("M172", "activation unknown", REFUSED, "MODEL029", hidden_act="foo")


@defect("M173", "a weight of integers", WRONG, "MODEL017")
def _(draft: Draft, folder: Path) -> None:
    name = "model.layers.0.mlp.up_proj.weight"
    draft.tensors[name] = Stored("I8", draft.tensors[name].shape)
    draft.write(folder)


@after("M174", "a GGUF file beside", RIGHT)
def _(folder: Path) -> None:
    (folder / "model.Q4_K_M.gguf").write_bytes(b"GGUF" + bytes(60))


@after("M175", "GGUF only", REFUSED, "MODEL034")
def _(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "model.Q4_K_M.gguf").write_bytes(b"GGUF" + bytes(60))


@defect("M176", "a tensor transposed", REFUSED, "MODEL024")
def _(draft: Draft, folder: Path) -> None:
    name = "model.layers.0.mlp.up_proj.weight"
    draft.tensors[name] = reshaped(draft, name, draft.tensors[name].shape[::-1])
    draft.write(folder)

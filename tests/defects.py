"""Model folders with one defect each, what vLLM 0.32 and transformers 5.19 did with them, and the rules that name them.

Each builder changes a good draft, writes it, and breaks what was written. The same builders make
the small folders of the fast tests and those that the real libraries load.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from tests.models import (
    Draft,
    Stored,
    llama,
    shard_name,
    stored,
    write_index,
    write_json,
    write_safetensors,
    write_shards,
)

INDEX = "model.safetensors.index.json"
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 2691944\n"

Build = Callable[[Draft, Path], None]


class Served(str, Enum):
    """What vLLM 0.32 did: served the right tokens, refused to start, or served wrong ones in silence.

    `CHAT` starts and fails at the first chat.
    """

    RIGHT = "right"
    REFUSED = "refused"
    WRONG = "wrong"
    CHAT = "chat"


@dataclass(frozen=True)
class Defect:
    """A broken folder: its number, what was done to it, what vLLM did, and the rules that must name it.

    `errors` are the rules of which one error at least is asked; `tells` those that say something of any
    severity. A folder without errors is one that works: it may get no error at all.
    """

    number: str
    title: str
    served: Served
    errors: tuple[str, ...]
    tells: tuple[str, ...]
    build: Build

    def write(self, folder: Path, *, real: bool = False) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        self.build(llama(real=real), folder)
        return folder


DEFECTS: dict[str, Defect] = {}


def defect(
    number: str, title: str, served: Served, *errors: str, tells: tuple[str, ...] = ()
) -> Callable[[Build], Build]:
    """Enter a builder into `DEFECTS`."""

    def enter(build: Build) -> Build:
        assert number not in DEFECTS
        DEFECTS[number] = Defect(number, title, served, errors, tells, build)
        return build

    return enter


def config(
    number: str,
    title: str,
    served: Served,
    *errors: str,
    tells: tuple[str, ...] = (),
    drop: tuple[str, ...] = (),
    **changes: Any,
) -> None:
    """A defect of config.json alone: entries that are dropped or changed."""

    def build(draft: Draft, folder: Path) -> None:
        draft.config = {name: value for name, value in {**draft.config, **changes}.items() if name not in drop}
        draft.write(folder)

    defect(number, title, served, *errors, tells=tells)(build)


def after(number: str, title: str, served: Served, *errors: str, tells: tuple[str, ...] = (), shards: int = 1) -> Any:
    """A defect of what was written: the builder gets the folder."""

    def enter(change: Callable[[Path], None]) -> Callable[[Path], None]:
        def build(draft: Draft, folder: Path) -> None:
            draft.shards = shards
            draft.write(folder)
            change(folder)

        defect(number, title, served, *errors, tells=tells)(build)
        return change

    return enter


def renamed(number: str, title: str, served: Served, *errors: str, rename: Callable[[str], str]) -> None:
    """A defect of the names of the tensors alone."""

    def build(draft: Draft, folder: Path) -> None:
        draft.tensors = {rename(name): tensor for name, tensor in draft.tensors.items()}
        draft.write(folder)

    defect(number, title, served, *errors)(build)


def load(path: Path) -> Any:
    return json.loads(path.read_text())


def change_index(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    index = load(folder / INDEX)
    change(index)
    write_json(folder / INDEX, index)


def reshaped(draft: Draft, name: str, shape: tuple[int, ...]) -> Stored:
    tensor = draft.tensors[name]
    count = tensor.size // 2
    assert shape[0] * (shape[1] if len(shape) > 1 else 1) == count
    return Stored(tensor.dtype, shape, tensor.content)


RIGHT, REFUSED, WRONG, CHAT = Served.RIGHT, Served.REFUSED, Served.WRONG, Served.CHAT


@defect("M000", "good", RIGHT)
def _(draft: Draft, folder: Path) -> None:
    draft.write(folder)


@after("M001", "good, in shards", RIGHT, shards=6)
def _(folder: Path) -> None:
    assert (folder / INDEX).is_file()


@defect("M002", "good, tied", RIGHT)
def _(draft: Draft, folder: Path) -> None:
    draft.config["tie_word_embeddings"] = True
    del draft.tensors["lm_head.weight"]
    draft.write(folder)


# config.json


@after("M101", "config missing", REFUSED, "MODEL001")
def _(folder: Path) -> None:
    (folder / "config.json").unlink()


@after("M102", "config empty", REFUSED, "MODEL002")
def _(folder: Path) -> None:
    (folder / "config.json").write_text("")


@after("M103", "config truncated", REFUSED, "MODEL002")
def _(folder: Path) -> None:
    text = (folder / "config.json").read_text()
    (folder / "config.json").write_text(text[: len(text) // 2])


config("M104", "architectures missing", RIGHT, tells=("MODEL005",), drop=("architectures",))
config("M105", "architectures empty", RIGHT, tells=("MODEL005",), architectures=[])
config("M106", "architectures null", RIGHT, tells=("MODEL005",), architectures=None)
config("M107", "architecture unknown", REFUSED, "MODEL006", architectures=["FooForCausalLM"])
config("M108", "model type missing", REFUSED, "MODEL004", drop=("model_type",))
config("M109", "model type unknown", REFUSED, "MODEL004", model_type="foo9")
config("M110", "architecture LlamaModel", RIGHT, tells=("MODEL008",), architectures=["LlamaModel"])


@defect("M110b", "architecture LlamaModel with its own names", REFUSED, "MODEL051", tells=("MODEL008",))
def _(draft: Draft, folder: Path) -> None:
    draft.config["architectures"] = ["LlamaModel"]
    tensors = {name.removeprefix("model."): tensor for name, tensor in draft.tensors.items()}
    draft.tensors = {name: tensor for name, tensor in tensors.items() if name != "lm_head.weight"}
    draft.write(folder)


config("M111", "architecture of PEFT", REFUSED, "MODEL006", architectures=["PeftModelForCausalLM"])
config("M111b", "architecture as text", REFUSED, "MODEL005", architectures="LlamaForCausalLM")
config("M112", "architecture of Qwen2", WRONG, "MODEL007", architectures=["Qwen2ForCausalLM"])
config("M113", "dtype missing", RIGHT, tells=("MODEL010",), drop=("dtype", "torch_dtype"))
config("M114", "dtype float32, weights bfloat16", RIGHT, tells=("MODEL011",), dtype="float32", torch_dtype="float32")
config("M115", "torch_dtype only", RIGHT, drop=("dtype",))
config("M116", "dtype bf16", REFUSED, "MODEL009", dtype="bf16", torch_dtype="bf16")
config("M117", "dtype torch.bfloat16", REFUSED, "MODEL009", dtype="torch.bfloat16", torch_dtype="torch.bfloat16")


def float32(tensor: Stored) -> Stored:
    """The same numbers in float32: bfloat16 is its upper half."""
    if tensor.content is None:
        return Stored("F32", tensor.shape)
    content = bytearray(2 * len(tensor.content))
    content[2::4], content[3::4] = tensor.content[0::2], tensor.content[1::2]
    return Stored("F32", tensor.shape, bytes(content))


@defect("M118", "weights float32, config bfloat16", RIGHT, tells=("MODEL012",))
def _(draft: Draft, folder: Path) -> None:
    draft.tensors = {name: float32(tensor) for name, tensor in draft.tensors.items()}
    draft.write(folder)


@defect("M119", "norms float32", RIGHT)
def _(draft: Draft, folder: Path) -> None:
    draft.tensors = {name: float32(tensor) if "norm" in name else tensor for name, tensor in draft.tensors.items()}
    draft.write(folder)


config("M120", "tied, and another head in the files", RIGHT, tells=("MODEL014",), tie_word_embeddings=True)


@defect("M121", "not tied, and no head", WRONG, "MODEL015")
def _(draft: Draft, folder: Path) -> None:
    del draft.tensors["lm_head.weight"]
    draft.write(folder)


config("M122", "tie not stated, head there", RIGHT, drop=("tie_word_embeddings",))


@defect("M122b", "tie not stated, no head", WRONG, "MODEL015")
def _(draft: Draft, folder: Path) -> None:
    del draft.config["tie_word_embeddings"], draft.tensors["lm_head.weight"]
    draft.write(folder)


config("M123", "vocabulary larger than the rows", REFUSED, "MODEL023", vocab_size=352)
config("M124", "vocabulary smaller than the rows", REFUSED, "MODEL023", vocab_size=300)
config("M124b", "vocabulary not stated", REFUSED, "MODEL023", drop=("vocab_size",))


@defect("M125", "tokenizer longer than the vocabulary", RIGHT, "MODEL062")
def _(draft: Draft, folder: Path) -> None:
    flags = draft.tokenizer["added_tokens"][0]
    draft.tokenizer["added_tokens"] += [
        {**flags, "id": 330 + number, "content": f"<new{number}>"} for number in range(3)
    ]
    draft.write(folder)


@defect("M126", "embedding resized, head not", REFUSED, "MODEL023")
def _(draft: Draft, folder: Path) -> None:
    rows, width = draft.tensors["model.embed_tokens.weight"].shape
    draft.config["vocab_size"] = rows + 32
    draft.tensors["model.embed_tokens.weight"] = stored("wider", (rows + 32, width))
    draft.write(folder)


# weights


@after("M130", "truncated", REFUSED, "MODEL036")
def _(folder: Path) -> None:
    path = folder / "model.safetensors"
    os.truncate(path, path.stat().st_size - 1000)


@after("M131", "header garbage", REFUSED, "MODEL036")
def _(folder: Path) -> None:
    content = bytearray((folder / "model.safetensors").read_bytes())
    content[8:12] = b"\x00\x01\x02\x03"
    (folder / "model.safetensors").write_bytes(content)


@after("M132", "weights without a byte", REFUSED, "MODEL036")
def _(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"")


@after("M133", "weights missing", REFUSED, "MODEL034")
def _(folder: Path) -> None:
    (folder / "model.safetensors").unlink()


@after("M134", "Git LFS pointer", REFUSED, "MODEL037")
def _(folder: Path) -> None:
    (folder / "model.safetensors").write_text(POINTER)


@after("M135", "link that leads nowhere", REFUSED, "MODEL038")
def _(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").symlink_to("../../blobs/" + "0" * 64)


@defect("M136", "metadata without a format", RIGHT)
def _(draft: Draft, folder: Path) -> None:
    draft.metadata = {}
    draft.write(folder)


@after("M137", "another file name", RIGHT, "MODEL041")
def _(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "weights.safetensors")


@after("M138", "pickles only", RIGHT, tells=("MODEL035",))
def _(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


@after("M139", "a pickle beside", RIGHT, tells=("MODEL035",))
def _(folder: Path) -> None:
    (folder / "pytorch_model.bin").write_bytes(b"not opened")


@after("M140", "shard missing", REFUSED, "MODEL043", shards=6)
def _(folder: Path) -> None:
    (folder / shard_name(3, 6)).unlink()


@after("M141", "index missing", RIGHT, "MODEL042", shards=6)
def _(folder: Path) -> None:
    (folder / INDEX).unlink()


@after("M142", "index with a tensor in another shard", RIGHT, tells=("MODEL045",), shards=6)
def _(folder: Path) -> None:
    change_index(folder, lambda index: index["weight_map"].update({"lm_head.weight": shard_name(1, 6)}))


@after("M143", "index lacks a tensor", WRONG, "MODEL045", shards=6)
def _(folder: Path) -> None:
    change_index(folder, lambda index: index["weight_map"].pop("lm_head.weight"))


@after("M143b", "index names a tensor that is nowhere", RIGHT, tells=("MODEL045",), shards=6)
def _(folder: Path) -> None:
    change_index(folder, lambda index: index["weight_map"].update({"model.extra.weight": shard_name(1, 6)}))


@after("M143c", "index without metadata", RIGHT, "MODEL046", shards=6)
def _(folder: Path) -> None:
    change_index(folder, lambda index: index.pop("metadata"))


@after("M143d", "index with empty metadata", RIGHT, shards=6)
def _(folder: Path) -> None:
    change_index(folder, lambda index: index.update(metadata={}))


@after("M143e", "index is no JSON", REFUSED, "MODEL046", shards=6)
def _(folder: Path) -> None:
    text = (folder / INDEX).read_text()
    (folder / INDEX).write_text(text[: len(text) // 2])


@defect("M143f", "index lacks a whole shard", WRONG, "MODEL045")
def _(draft: Draft, folder: Path) -> None:
    head = {"lm_head.weight": draft.tensors.pop("lm_head.weight")}
    tensors, draft.shards = draft.tensors, 0
    draft.write(folder)
    weight_map = write_shards(folder, tensors, 2)
    for number in (1, 2):
        (folder / shard_name(number, 2)).rename(folder / shard_name(number, 3))
    write_safetensors(folder / shard_name(3, 3), head)
    write_index(folder, {name: file.replace("of-00002", "of-00003") for name, file in weight_map.items()}, 1)


@after("M144", "old index beside a single file", REFUSED, "MODEL044")
def _(folder: Path) -> None:
    write_index(folder, {"model.embed_tokens.weight": shard_name(1, 2), "lm_head.weight": shard_name(2, 2)}, 1)


def older(draft: Draft) -> dict[str, Stored]:
    """The weights of another save: the same tensors with other numbers."""
    real = draft.tensors["lm_head.weight"].content is not None
    return {name: stored(f"older {name}", tensor.shape, real=real) for name, tensor in draft.tensors.items()}


@defect("M145", "old shards without an index beside a single file", RIGHT, "MODEL048")
def _(draft: Draft, folder: Path) -> None:
    write_shards(folder, older(draft), 2)
    (folder / INDEX).unlink()
    draft.write(folder)


@defect("M145b", "old shards and their index beside a single file", WRONG, "MODEL048")
def _(draft: Draft, folder: Path) -> None:
    draft.write(folder)
    write_shards(folder, older(draft), 2)


@defect("M146", "old consolidated.safetensors", WRONG, "MODEL049")
def _(draft: Draft, folder: Path) -> None:
    draft.write(folder)
    write_safetensors(folder / "consolidated.safetensors", older(draft))


@defect("M146b", "consolidated.safetensors and params.json", RIGHT, tells=("MODEL049",))
def _(draft: Draft, folder: Path) -> None:
    draft.write(folder)
    shutil.copy(folder / "model.safetensors", folder / "consolidated.safetensors")
    config = draft.config
    write_json(
        folder / "params.json",
        {
            **{"dim": config["hidden_size"], "n_layers": config["num_hidden_layers"], "vocab_size": 320},
            **{
                "head_dim": config["head_dim"],
                "hidden_dim": config["intermediate_size"],
                "n_heads": 4,
                "n_kv_heads": 2,
            },
            **{"norm_eps": 1e-5, "rope_theta": 10000.0, "max_position_embeddings": 512},
        },
    )


def write_adapter(folder: Path, hidden: int, query: int, *, real: bool) -> None:
    """A LoRA adapter of rank 4 on the queries of the first layer."""
    write_json(
        folder / "adapter_config.json",
        {
            **{"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": 4, "lora_alpha": 8, "target_modules": ["q_proj"]},
            **{"base_model_name_or_path": "tiny", "bias": "none", "lora_dropout": 0.0, "inference_mode": True},
        },
    )
    place = "base_model.model.model.layers.0.self_attn.q_proj"
    shapes = {f"{place}.lora_A.weight": (4, hidden), f"{place}.lora_B.weight": (query, 4)}
    tensors = {name: stored(name, shape, real=real) for name, shape in shapes.items()}
    write_safetensors(folder / "adapter_model.safetensors", tensors)


def add_adapter(draft: Draft, folder: Path) -> None:
    config = draft.config
    real = draft.tensors["lm_head.weight"].content is not None
    write_adapter(folder, config["hidden_size"], config["num_attention_heads"] * config["head_dim"], real=real)


@defect("M147", "an adapter in the model's folder", REFUSED, "MODEL050")
def _(draft: Draft, folder: Path) -> None:
    draft.write(folder)
    add_adapter(draft, folder)


config("M150", "hidden size wrong", REFUSED, "MODEL024", hidden_size=128)
config("M151", "intermediate size wrong", REFUSED, "MODEL024", intermediate_size=96)
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
config("M164", "quantization_config of bitsandbytes left", REFUSED, "MODEL016", "MODEL019", quantization_config=BNB)
config("M165", "quantization_config empty", RIGHT, "MODEL018", quantization_config={})
config("M166", "quantization_config null", RIGHT, tells=("MODEL018",), quantization_config=None)
config(
    "M167", "quantization method unknown", REFUSED, "MODEL016", "MODEL019", quantization_config={"quant_method": "foo"}
)
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


# rotary embedding

LLAMA3 = {
    **{"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0},
    "original_max_position_embeddings": 256,
}
PARAMETERS = {"rope_type": "default", "rope_theta": 10000.0}

config("M180", "theta in the old spelling", RIGHT, drop=("rope_parameters",), rope_theta=500000.0)
config(
    "M180b", "theta in the new spelling", RIGHT, drop=("rope_theta", "rope_scaling"),
    rope_parameters={"rope_type": "default", "rope_theta": 500000.0},
)  # fmt: skip
config(
    "M181", "linear scaling with the old type", RIGHT, drop=("rope_parameters",),
    rope_scaling={"type": "linear", "factor": 2.0},
)  # fmt: skip
config("M182", "llama3 scaling in the old spelling", RIGHT, drop=("rope_parameters",), rope_scaling=LLAMA3)
config(
    "M183", "scaling of an unknown type", REFUSED, "MODEL022", drop=("rope_parameters",),
    rope_scaling={"rope_type": "foo", "factor": 2.0},
)  # fmt: skip
config(
    "M184", "linear scaling without a factor", REFUSED, "MODEL022", drop=("rope_parameters",),
    rope_scaling={"rope_type": "linear"},
)  # fmt: skip
config(
    "M185", "no rotary embedding stated", RIGHT, tells=("MODEL031",),
    drop=("rope_parameters", "rope_theta", "rope_scaling"),
)  # fmt: skip
config("M186", "theta twice, and different", RIGHT, "MODEL021", rope_theta=500000.0)
config("M187", "scaling against parameters", WRONG, "MODEL021", rope_scaling={"rope_type": "linear", "factor": 2.0})
config("M188b", "length of the context not stated", RIGHT, tells=("MODEL031",), drop=("max_position_embeddings",))

# generation_config.json


@after("M190", "generation_config missing", RIGHT, tells=("MODEL067",))
def _(folder: Path) -> None:
    (folder / "generation_config.json").unlink()


@after("M191", "generation_config is no JSON", RIGHT, tells=("MODEL067",))
def _(folder: Path) -> None:
    (folder / "generation_config.json").write_text("{")


@after("M192", "generation_config empty", RIGHT)
def _(folder: Path) -> None:
    write_json(folder / "generation_config.json", {})


@after("M193", "end outside the vocabulary", RIGHT, tells=("MODEL030",))
def _(folder: Path) -> None:
    write_json(folder / "generation_config.json", {"eos_token_id": 999})


@after("M194", "sampling in generation_config", RIGHT, tells=("MODEL068",))
def _(folder: Path) -> None:
    sampling = {"do_sample": True, "temperature": 0.6, "top_p": 0.9, "eos_token_id": 2}
    write_json(folder / "generation_config.json", sampling)


@defect("M196", "no end anywhere", RIGHT, tells=("MODEL064",))
def _(draft: Draft, folder: Path) -> None:
    draft.config["eos_token_id"] = draft.generation_config["eos_token_id"] = None
    draft.write(folder)


config("M197", "padding outside the vocabulary", RIGHT, "MODEL030", pad_token_id=320)
config("M197b", "padding minus one", RIGHT, tells=("MODEL030",), pad_token_id=-1)
config("M197c", "a list of ends", RIGHT, eos_token_id=[2, 1])

# tokenizer


@after("M200", "tokenizer.json missing", REFUSED, "MODEL053")
def _(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()


@after("M201", "tokenizer_config.json missing", RIGHT, tells=("MODEL053",))
def _(folder: Path) -> None:
    (folder / "tokenizer_config.json").unlink()


@after("M202", "no file of the tokenizer", REFUSED, "MODEL053")
def _(folder: Path) -> None:
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja"):
        (folder / name).unlink()


def tokenizer_entry(
    number: str, title: str, served: Served, *errors: str, tells: tuple[str, ...] = (), **changes: Any
) -> None:
    def build(draft: Draft, folder: Path) -> None:
        draft.tokenizer_config.update(changes)
        draft.write(folder)

    defect(number, title, served, *errors, tells=tells)(build)


tokenizer_entry("M203", "tokenizer class unknown", RIGHT, tells=("MODEL055",), tokenizer_class="FooTokenizer")
tokenizer_entry("M203c", "tokenizer class of Llama", CHAT, "MODEL056", tokenizer_class="LlamaTokenizer")
tokenizer_entry("M203d", "tokenizer class of transformers 5", RIGHT, tokenizer_class="TokenizersBackend")


@defect("M203e", "tokenizer class of Qwen2 on whole words", CHAT, "MODEL056")
def _(draft: Draft, folder: Path) -> None:
    vocabulary = draft.tokenizer["model"]["vocab"]
    draft.tokenizer["model"] = {"type": "WordLevel", "vocab": vocabulary, "unk_token": "<pad>"}
    draft.tokenizer["pre_tokenizer"], draft.tokenizer["decoder"] = {"type": "Whitespace"}, None
    draft.tokenizer_config["tokenizer_class"] = "Qwen2Tokenizer"
    draft.write(folder)


@after("M204", "tokenizer_config is no JSON", REFUSED, "MODEL054")
def _(folder: Path) -> None:
    (folder / "tokenizer_config.json").write_text("{x")


@after("M205", "tokenizer.json truncated", REFUSED, "MODEL054")
def _(folder: Path) -> None:
    text = (folder / "tokenizer.json").read_text()
    (folder / "tokenizer.json").write_text(text[: len(text) // 2])


@defect("M205b", "tokenizer of an unknown algorithm", REFUSED, "MODEL054")
def _(draft: Draft, folder: Path) -> None:
    draft.tokenizer["model"]["type"] = "Foo"
    draft.write(folder)


def template(
    number: str, title: str, served: Served, *errors: str, tells: tuple[str, ...] = (), **places: str | None
) -> None:
    def build(draft: Draft, folder: Path) -> None:
        draft.template, entry = places["file"], places["entry"]
        draft.tokenizer_config.pop("chat_template")
        draft.tokenizer_config |= {} if entry is None else {"chat_template": entry}
        draft.write(folder)

    defect(number, title, served, *errors, tells=tells)(build)


template("M206", "no chat template", CHAT, tells=("MODEL059",), file=None, entry=None)
template("M207", "chat template with a wrong tag", CHAT, "MODEL060", file="{{ messages[0] }", entry=None)
template("M207b", "chat templates that differ", RIGHT, tells=("MODEL061",), file="{{ 1 }}", entry="{{ 2 }}")
template("M207c", "chat template empty", CHAT, "MODEL060", file="", entry=None)
template("M207d", "chat template without an end", CHAT, "MODEL060", file="{% for m in messages %}{{ m }}", entry=None)


@defect("M208", "tokenizer with another end", RIGHT, tells=("MODEL065",))
def _(draft: Draft, folder: Path) -> None:
    draft.tokenizer_config["eos_token"] = draft.special_tokens_map["eos_token"] = "<s>"
    draft.write(folder)


tokenizer_entry("M209", "extra special tokens as a list", RIGHT, extra_special_tokens=["<|user|>"])
tokenizer_entry("M209b", "extra special tokens as an object", RIGHT, extra_special_tokens={"user_token": "<|user|>"})
tokenizer_entry("M210", "model_max_length small", RIGHT, model_max_length=16)

# the whole folder

config(
    "M211",
    "code of its own",
    REFUSED,
    "MODEL032",
    model_type="custom",
    auto_map={"AutoConfig": "configuration_custom.CustomConfig"},
)


@after("M212", "config is a list", REFUSED, "MODEL002")
def _(folder: Path) -> None:
    write_json(folder / "config.json", [1, 2])


@defect("M213", "empty folder", REFUSED, "MODEL001", "MODEL034")
def _(draft: Draft, folder: Path) -> None:
    assert not list(folder.iterdir())


@defect("M214", "an adapter as a model", REFUSED, "MODEL001", "MODEL034")
def _(draft: Draft, folder: Path) -> None:
    add_adapter(draft, folder)


@after("M215", "weights and tokenizer only, as Unsloth's save_method lora", REFUSED, "MODEL001", shards=2)
def _(folder: Path) -> None:
    (folder / "config.json").unlink()
    (folder / "generation_config.json").unlink()


config("M216", "config of Qwen2", WRONG, "MODEL025", model_type="qwen2", architectures=["Qwen2ForCausalLM"])
config("M217", "heads that do not divide", REFUSED, "MODEL027", num_attention_heads=3)
config("M218", "written by a later transformers", RIGHT, transformers_version="9.9.9")
config("M219", "sliding window as text", REFUSED, "MODEL028", sliding_window="4096")
config("M220", "hidden size as text", REFUSED, "MODEL028", hidden_size="64")
config("M221", "epsilon not stated", RIGHT, tells=("MODEL031",), drop=("rms_norm_eps",))
config(
    "M222",
    "theta as text",
    REFUSED,
    "MODEL022",
    rope_theta="10000.0",
    rope_parameters={**PARAMETERS, "rope_theta": "10000.0"},
)


@defect("M223", "config with a type only", REFUSED, "MODEL003")
def _(draft: Draft, folder: Path) -> None:
    draft.config = {"model_type": "llama"}
    draft.write(folder)


@defect("M224", "unfinished download", REFUSED, "MODEL034", tells=("MODEL039",))
def _(draft: Draft, folder: Path) -> None:
    draft.write(folder)
    (folder / "model.safetensors").rename(folder / "model.safetensors.incomplete")


@after("M225", "index that leads out of the folder", REFUSED, "MODEL047", shards=2)
def _(folder: Path) -> None:
    outside = folder.parent / f"{folder.name}-outside.safetensors"
    shutil.copy(folder / shard_name(2, 2), outside)
    change_index(folder, lambda index: index["weight_map"].update({"lm_head.weight": f"../{outside.name}"}))


@after("M226", "two tensors in one place", REFUSED, "MODEL036")
def _(folder: Path) -> None:
    path = folder / "model.safetensors"
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    table = json.loads(content[8 : 8 + length])
    norms = ("model.layers.0.input_layernorm.weight", "model.layers.0.post_attention_layernorm.weight")
    table[norms[1]]["data_offsets"] = table[norms[0]]["data_offsets"]
    text = json.dumps(table).encode().ljust(length)
    path.write_bytes(len(text).to_bytes(8, "little") + text + content[8 + length :])


@after("M227", "config is a Git LFS pointer", REFUSED, "MODEL037", "MODEL002")
def _(folder: Path) -> None:
    (folder / "config.json").write_text(POINTER)


@defect("M228", "shard longer than its header says", REFUSED, "MODEL036")
def _(draft: Draft, folder: Path) -> None:
    draft.write(folder)
    with (folder / "model.safetensors").open("ab") as file:
        file.write(bytes(64))

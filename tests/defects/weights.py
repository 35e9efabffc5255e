"""Defects of files of weights and of the index."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.defects.table import (
    INDEX,
    POINTER,
    REFUSED,
    RIGHT,
    WRONG,
    after,
    change_index,
    defect,
)
from tests.models import (
    Draft,
    Stored,
    shard_name,
    stored,
    write_index,
    write_json,
    write_safetensors,
    write_shards,
)


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


@after("M143", "index lacks a tensor", RIGHT, tells=("MODEL045",), shards=6)
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

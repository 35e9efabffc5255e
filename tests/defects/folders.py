"""Defects of the folder as a whole, and of entries that several files share."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.defects.rope import PARAMETERS
from tests.defects.table import (
    POINTER,
    REFUSED,
    RIGHT,
    WRONG,
    after,
    change_index,
    config,
    defect,
)
from tests.defects.weights import add_adapter
from tests.models import (
    Draft,
    shard_name,
    write_json,
)

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
config("M219", "sliding window as text", RIGHT, "MODEL028", sliding_window="4096")
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

"""Defects of config.json, and the good folders."""

from __future__ import annotations

from pathlib import Path

from tests.defects.table import (
    INDEX,
    REFUSED,
    RIGHT,
    WRONG,
    after,
    config,
    defect,
)
from tests.models import (
    Draft,
    Stored,
    stored,
)


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

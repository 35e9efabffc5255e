"""Defects of generation_config.json and of the tokenizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.defects.table import (
    CHAT,
    REFUSED,
    RIGHT,
    Served,
    after,
    config,
    defect,
)
from tests.models import (
    Draft,
    write_json,
)


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
template("M207b", "chat templates that differ", CHAT, tells=("MODEL061",), file="{{ 1 }}", entry="{{ 2 }}")
template("M207c", "chat template empty", CHAT, "MODEL060", file="", entry=None)
template("M207d", "chat template without an end", CHAT, "MODEL060", file="{% for m in messages %}{{ m }}", entry=None)


@defect("M208", "tokenizer with another end", CHAT, tells=("MODEL065",))
def _(draft: Draft, folder: Path) -> None:
    draft.tokenizer_config["eos_token"] = draft.special_tokens_map["eos_token"] = "<s>"
    draft.write(folder)


tokenizer_entry("M209", "extra special tokens as a list", RIGHT, extra_special_tokens=["<|user|>"])
tokenizer_entry("M209b", "extra special tokens as an object", RIGHT, extra_special_tokens={"user_token": "<|user|>"})
tokenizer_entry("M210", "model_max_length small", RIGHT, model_max_length=16)

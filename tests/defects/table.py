"""The table of defects, and how builders are entered into it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from tests.models import (
    Draft,
    Stored,
    llama,
    write_json,
)

INDEX = "model.safetensors.index.json"
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 2691944\n"

Build = Callable[[Draft, Path], None]


class Served(str, Enum):
    """What vLLM 0.32 did: served the right tokens, refused to start, or served wrong ones in silence.

    `CHAT` starts, and refuses the first chat or makes other tokens of it.
    """

    RIGHT = "right"
    REFUSED = "refused"
    WRONG = "wrong"
    CHAT = "chat"


@dataclass(frozen=True)
class Defect:
    """A broken folder: its number, what was done to it, what vLLM did, and the rules that must name it.

    `errors` are the rules of which one error at least is asked; `tells` those that say something of any
    severity. A folder without errors is one that works: it may get no error at all. `deep` ones are told
    of with --deep only.
    """

    number: str
    title: str
    served: Served
    errors: tuple[str, ...]
    tells: tuple[str, ...]
    build: Build
    deep: bool = False

    def write(self, folder: Path, *, real: bool = False) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        # Zeros are a defect of the deep ones.
        self.build(llama(real=real or self.deep), folder)
        return folder


DEFECTS: dict[str, Defect] = {}


def defect(
    number: str, title: str, served: Served, *errors: str, tells: tuple[str, ...] = (), deep: bool = False
) -> Callable[[Build], Build]:
    """Enter a builder into `DEFECTS`."""

    def enter(build: Build) -> Build:
        assert number not in DEFECTS
        DEFECTS[number] = Defect(number, title, served, errors, tells, build, deep)
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

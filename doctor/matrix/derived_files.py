"""The files that scripts derive, as they are written: their tables are turned by whoever reads them."""

from __future__ import annotations

from typing import Literal

import msgspec


class StatedRelease(msgspec.Struct):
    """One release of a package."""

    uploaded: str
    python: str = ""
    requires: tuple[str, ...] | None = None
    wheels: tuple[str, ...] = ()
    yanked: bool = False


class PackageFile(msgspec.Struct, forbid_unknown_fields=True):
    """``releases/PACKAGE.json``."""

    schema: int
    package: str
    releases: dict[str, StatedRelease]


class StatedArchitecture(msgspec.Struct):
    """What a vLLM release knows of LoRA for an architecture."""

    lora: bool = False
    modules: tuple[str, ...] = ()
    embeddings: tuple[str, ...] = ()
    packed: dict[str, tuple[str, ...]] = {}


class ArchitecturesFile(msgspec.Struct, forbid_unknown_fields=True):
    """``vllm/architectures.json``."""

    schema: int
    serves_unknown: list[str]
    architectures: dict[str, dict[str, StatedArchitecture | None]]
    removed: dict[str, dict[str, str | None]]


class StatedReading(msgspec.Struct, forbid_unknown_fields=True):
    """What an environment variable is to hold."""

    kind: Literal["int", "switch", "float", "word", "any-case"]
    words: tuple[str, ...] = ()


class OptionsFile(msgspec.Struct, forbid_unknown_fields=True):
    """``vllm/options.json``."""

    schema: int
    arguments: dict[str, list[str]]
    flags: dict[str, list[str]]
    variables: dict[str, list[str]]
    quantization: dict[str, dict[str, str | None]]
    sampling: dict[str, list[str]] = {}
    readings: dict[str, dict[str, StatedReading | None]] = {}


class TransformersFile(msgspec.Struct, forbid_unknown_fields=True):
    """``transformers/models.json``."""

    schema: int
    architectures: dict[str, list[str]]
    model_types: dict[str, list[str]]
    tokenizers: dict[str, list[str]]


class FlashWheelsFile(msgspec.Struct, forbid_unknown_fields=True):
    """``flash-attention.json``."""

    schema: int
    wheels: dict[str, list[tuple[str, str, tuple[bool, ...], tuple[str, ...], str]]]

"""What the rules of this topic share: going through the adapters, one file of each at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from doctor.core.artifact.adapter import ADAPTERS, CONFIG, WEIGHTS, AdapterFolder
from doctor.core.artifact.tensors import Tensor
from doctor.core.fact import Source, SourceKind
from doctor.core.rule import Env, NotApplicableError

Config = dict[str, Any]


def configs(env: Env) -> Iterator[tuple[AdapterFolder, Config]]:
    """Yield each adapter whose config can be read and is that of a LoRA, with the config.

    What is missing or damaged is left to the rules that say so (LORA001 to LORA004).

    Raises:
        NotApplicableError: in the end, when there was none.
    """
    found = False
    for folder in env.need(ADAPTERS):
        document = env.note(f"{CONFIG} of {folder.path}", folder.config)
        if document is not None and document.damage is None and is_lora(document.value):
            found = True
            yield folder, document.value
    if not found:
        raise NotApplicableError("no adapter has a config of a LoRA that can be read")


def tables(env: Env) -> Iterator[tuple[AdapterFolder, Mapping[str, Tensor]]]:
    """Yield each adapter whose table of tensors can be read, with the table.

    Raises:
        NotApplicableError: in the end, when there was none.
    """
    found = False
    for folder in env.need(ADAPTERS):
        tensors = _table(env, folder)
        if tensors is not None:
            found = True
            yield folder, tensors
    if not found:
        raise NotApplicableError("no adapter has safetensors whose header can be read")


def whole(env: Env) -> Iterator[tuple[AdapterFolder, Config, Mapping[str, Tensor]]]:
    """Yield each adapter of which both the config and the table of tensors can be read, with both.

    Raises:
        NotApplicableError: in the end, when there was none.
    """
    found = False
    every = {folder.path: _table(env, folder) for folder in env.need(ADAPTERS)}
    for folder, config in configs(env):
        tensors = every[folder.path]
        if tensors is not None:
            found = True
            yield folder, config, tensors
    if not found:
        raise NotApplicableError("no adapter has both a config and safetensors that can be read")


def _table(env: Env, folder: AdapterFolder) -> Mapping[str, Tensor] | None:
    file = env.note(f"{WEIGHTS} of {folder.path}", folder.weights)
    return file.tensors() if file is not None and file.readable else None


def is_lora(config: Config) -> bool:
    """Whether a config is that of a LoRA; vLLM takes one that does not say so for one."""
    return bool(config.get("peft_type", "LORA") == "LORA")


def lacks(env: Env, folder: AdapterFolder, config: Config, name: str) -> bool:
    """Whether a config has no entry of this name.

    Of a config that somebody stated in part, which comes without the listing of its folder, that is not
    known: it is noted as a gap.
    """
    if name in config:
        return False
    if not folder.has(CONFIG):
        env.gap(f"whether the {CONFIG} of {folder.path} has {name} is not stated")
        return False
    return True


def integer(value: object) -> int | None:
    """The value where it is an integer (which true and false are not), else None."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def number(value: object) -> float | None:
    """The value where it is a number (which true and false are not) that a float holds, else None."""
    try:
        return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
    except OverflowError:
        return None


def words(value: object) -> list[str]:
    """The texts of a list; a text alone is a list of one, and everything else is empty."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str) and item]


def in_config(folder: AdapterFolder) -> Source:
    """The place of an adapter's config."""
    return Source(kind=SourceKind.CONFIG, where=f"{folder.path}/{CONFIG}")


def in_weights(folder: AdapterFolder) -> Source:
    """The place of an adapter's weights."""
    return Source(kind=SourceKind.FILE, where=f"{folder.path}/{WEIGHTS}")


def some(items: list[str], most: int = 3) -> str:
    """Quote the first of a list of names, and count the others."""
    shown = ", ".join(items[:most])
    return shown if len(items) <= most else f"{shown} and {len(items) - most} more"

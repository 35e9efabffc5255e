"""The blocks of a config that say how weights are quantized."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from doctor.rules.model.reading import PARTS

KEY = "quantization_config"


@dataclass(frozen=True, slots=True)
class Block:
    """One ``quantization_config``: where it stands, and what it holds."""

    path: str
    value: Any

    @property
    def method(self) -> str:
        """Its ``quant_method``, or "" where it states none."""
        found = self.value.get("quant_method") if isinstance(self.value, dict) else None
        return found if isinstance(found, str) else ""


def quantization_blocks(config: Mapping[str, Any]) -> Iterator[Block]:
    """Yield the blocks of a config and of the configs inside it."""
    if KEY in config:
        yield Block(KEY, config[KEY])
    for part in PARTS:
        inner = config.get(part)
        if isinstance(inner, dict) and KEY in inner:
            yield Block(f"{part}.{KEY}", inner[KEY])

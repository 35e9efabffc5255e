"""Reading a weight index."""

from __future__ import annotations

import math
from typing import Any

from doctor.core.artifact.model import IndexedFile, WeightIndex
from doctor.core.artifact.tensors import Damage, group_names
from doctor.core.fact import Fact, Known
from doctor.probes.artifact.document import read_document
from doctor.probes.packages.folders import printable

INDEX = "model.safetensors.index.json"

MOST_BYTES = 64 << 20
"""Bytes of an index that are read; that of a model with 90,000 tensors has 9 MiB."""


MOST_FILES = 10_000
"""Different files that an index names: those of the largest models have a few hundred."""


def read_index(folder: str, name: str = INDEX) -> Fact[WeightIndex]:
    """Read a weight index: Absent where there is none, Unknown where it may not be read."""
    document = read_document(folder, name, MOST_BYTES)
    if not isinstance(document, Known):
        return document  # type: ignore[return-value] # neither Absent nor Unknown holds a value
    damage, content = document.value.damage, document.value.value
    weight_map = content.get("weight_map")
    if damage is None and not _is_map(weight_map):
        damage = Damage(kind="no-weight-map", detail="it has no weight_map of tensors to files")
    elif damage is None and len(set(weight_map.values())) > MOST_FILES:
        damage = Damage(kind="too-many-files", detail=f"its weight_map names more than {MOST_FILES:,} files")
    index = WeightIndex(name=name, damage=damage) if damage else _describe(name, weight_map, content)
    return Known(value=index, source=document.source)


def _is_map(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


def _whole(value: Any) -> int | None:
    """A number as an integer; 1e999 is infinity to Python, and none."""
    if isinstance(value, float):
        return int(value) if math.isfinite(value) else None
    return value if isinstance(value, int) else None


def _describe(name: str, weight_map: dict[str, str], content: dict[str, Any]) -> WeightIndex:
    files: dict[str, list[str]] = {}
    for tensor, file in weight_map.items():
        files.setdefault(file, []).append(tensor)
    metadata = content.get("metadata")
    total = metadata.get("total_size") if isinstance(metadata, dict) else None
    return WeightIndex(
        name=name,
        files=tuple(
            IndexedFile(file=printable(file), names=group_names(names)) for file, names in sorted(files.items())
        ),
        has_metadata="metadata" in content,
        # Unsloth and others write it as a float.
        total_size=_whole(total),
    )

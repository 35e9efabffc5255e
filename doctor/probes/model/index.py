"""Reading a weight index."""

from __future__ import annotations

from typing import Any

from doctor.core.artifact.model import IndexedFile, WeightIndex
from doctor.core.artifact.tensors import Damage, group_names
from doctor.core.fact import Fact, Known
from doctor.probes.artifact.document import read_document
from doctor.probes.packages.folders import printable

INDEX = "model.safetensors.index.json"

MOST_BYTES = 64 << 20
"""Bytes of an index that are read; that of a model with 90,000 tensors has 9 MiB."""


def read_index(folder: str, name: str = INDEX) -> Fact[WeightIndex]:
    """Read a weight index: Absent where there is none, Unknown where it may not be read."""
    document = read_document(folder, name, MOST_BYTES)
    if not isinstance(document, Known):
        return document  # type: ignore[return-value] # neither Absent nor Unknown holds a value
    damage, content = document.value.damage, document.value.value
    weight_map = content.get("weight_map")
    if damage is None and not _is_map(weight_map):
        damage = Damage(kind="no-weight-map", detail="it has no weight_map of tensors to files")
    index = WeightIndex(name=name, damage=damage) if damage else _describe(name, weight_map, content)
    return Known(value=index, source=document.source)


def _is_map(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


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
        total_size=int(total) if isinstance(total, (int, float)) else None,
    )

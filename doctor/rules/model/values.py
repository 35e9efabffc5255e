"""What the scan of a model folder's weights found, file by file."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import WEIGHT_VALUES
from doctor.core.artifact.tensors import TensorValues
from doctor.core.rule import Env

MOST_NAMED = 3


def scanned(env: Env) -> Iterator[tuple[str, TensorValues]]:
    """Yield each file whose values are known, by its name; not applicable without --deep."""
    for file in env.need(WEIGHT_VALUES):
        values = env.note(f"the values in {file.name}", file.values)
        if values is not None:
            yield file.name, values


def named(names: tuple[str, ...]) -> str:
    """The first names, and how many more there are."""
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")

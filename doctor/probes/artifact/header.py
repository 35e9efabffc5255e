"""Reading the JSON of a safetensors header in the form in which the safetensors library writes it.

That of an adapter on each expert of a large model has 90,000 tensors. To build objects of JSON for each of them, only
to take them apart, takes twice as long as to match the text.
"""

from __future__ import annotations

import json
import operator
import re
from typing import Any, NamedTuple

Entry = tuple[str, str, tuple[int, ...], int, int]
"""A tensor's name, dtype and shape, and where its bytes begin and end."""

METADATA = "__metadata__"


class Columns(NamedTuple):
    """The tensors of a header in the order of the text: what is said of all of them, place by place.

    `begins` and `ends` are numbers as they are written, without zeros before them.
    """

    metadata: Any
    names: list[str]
    dtypes: list[str]
    shapes: list[tuple[int, ...]]
    begins: list[str]
    ends: list[str]

    def entries(self) -> list[Entry]:
        """What is said of each tensor."""
        return list(zip(self.names, self.dtypes, self.shapes, map(int, self.begins), map(int, self.ends), strict=True))

    def adjoin(self) -> bool:
        """Whether each tensor begins where the one before it ends, the first at 0."""
        return self.begins[0] == "0" and self.begins[1:] == self.ends[:-1]

    def kinds(self) -> set[tuple[str, tuple[int, ...], int]]:
        """The different dtypes, shapes and lengths in bytes of tensors that adjoin."""
        ends = list(map(int, self.ends))
        return set(zip(self.dtypes, self.shapes, map(operator.sub, ends, [0, *ends[:-1]]), strict=True))


_NUMBER = r"(?:0|[1-9][0-9]{0,17})"
_TENSOR = re.compile(
    r'"([^"\\\x00-\x1f]{1,1000})": ?\{'
    r'"dtype": ?"([A-Z0-9_]{1,20})", ?'
    rf'"shape": ?\[((?:{_NUMBER}(?:, ?{_NUMBER})*)?)\], ?'
    rf'"data_offsets": ?\[({_NUMBER}), ?({_NUMBER})\]\}}'
)
_GROUPS = 5
_COMMAS = frozenset({",", ", "})


def match_header(text: str) -> Columns | None:
    """Return the metadata (None where there are none) and the tensors of a header.

    None where any of it is not in the usual form, be it damaged or only unusual: then JSON decides.
    """
    first, *pieces = _TENSOR.split(text)
    between = pieces[_GROUPS :: _GROUPS + 1]
    # What lies between tensors is a comma, so that what lies before the first is all that is left to decode.
    if not between or between.pop().rstrip(" ") != "}" or not _COMMAS.issuperset(between):
        return None
    names, dtypes, shapes, begins, ends = (pieces[place :: _GROUPS + 1] for place in range(_GROUPS))
    metadata = _metadata_before(first)
    if metadata is None or METADATA in names or len(set(names)) < len(names):
        return None
    sizes = {shape: tuple(map(int, shape.split(","))) if shape else () for shape in set(shapes)}
    return Columns(metadata.get(METADATA), names, dtypes, [sizes[shape] for shape in shapes], begins, ends)


def _metadata_before(text: str) -> dict[str, Any] | None:
    """What a header holds before its first tensor: nothing, or metadata alone; None where it is anything else."""
    if text == "{":
        return {}
    members, comma, space = text.rpartition(",")
    if comma + space not in _COMMAS:
        return None
    try:
        table = json.loads(members + "}")
    except (ValueError, RecursionError):
        return None
    return table if isinstance(table, dict) and table.keys() == {METADATA} else None

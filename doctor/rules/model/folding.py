"""Naming many tensors in few words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from doctor.core.artifact.tensors import NameGroup, count_names, expand, group_names

SHOWN = 4


def fold(names: Iterable[str]) -> str:
    """Name tensors by their patterns: ``model.layers.{0-31}.mlp.up_proj.weight (32) and lm_head.weight``."""
    return _told(group_names(sorted(names)))


def fold_groups(groups: Iterable[NameGroup]) -> str:
    """Name the tensors of groups, as `fold` does; names of one pattern are put together."""
    alike: dict[tuple[str, bool], list[NameGroup]] = {}
    for group in groups:
        alike.setdefault((group.pattern, bool(group.members)), []).append(group)
    return _told([_joined(alike[key]) for key in sorted(alike)])


def _joined(groups: Sequence[NameGroup]) -> NameGroup:
    return groups[0] if len(groups) == 1 else group_names(name for group in groups for name in expand(group))[0]


def _told(groups: Sequence[NameGroup]) -> str:
    shown = [_text(group) for group in groups[:SHOWN]]
    left = count_names(groups[SHOWN:])
    if left:
        shown.append(f"{left} more")
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def agree(names: Sequence[str], singular: str, plural: str) -> str:
    """The form of a verb or a pronoun that goes with as many names."""
    return singular if len(names) == 1 else plural


def _text(group: NameGroup) -> str:
    count = count_names((group,))
    if count <= 1:
        return next(iter(expand(group)))
    ranges = _ranges(group)
    pieces = group.pattern.split("*")
    text = "".join(
        piece + (f"{{{ranges[number]}}}" if number < len(ranges) else "") for number, piece in enumerate(pieces)
    )
    return f"{text} ({count})"


def _ranges(group: NameGroup) -> list[str]:
    """The numbers in each place; where products differ, those of all together."""
    columns = zip(*(member.split(".") for member in group.members), strict=True)
    return [",".join(dict.fromkeys(column)) for column in columns]

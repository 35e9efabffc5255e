"""Reading a snapshot that was written elsewhere."""

from __future__ import annotations

import dataclasses
import functools
import json
from pathlib import Path
from typing import Any, get_args, get_origin

import msgspec

from doctor.core.errors import TargetError
from doctor.core.fact import Absent, Fact, Known, Reason, Source, SourceKind, Unknown
from doctor.core.interpreter import Interpreter
from doctor.core.keys import KEYS
from doctor.core.packages.distribution import DISTRIBUTIONS, MOST_DISTRIBUTIONS
from doctor.core.packing import lengthen, unpack_tags
from doctor.core.snapshot import READABLE_VERSIONS, SCHEMA_VERSION, Snapshot

LARGEST = 8 << 20
"""Bytes that are read; the snapshot of an environment of 150 distributions has 0.15 MB."""


def read_snapshot(path: Path) -> Snapshot:
    """Read the snapshot in the JSON file `path`.

    Facts under names that this doctor does not know are left out: a newer doctor wrote them.

    Raises:
        TargetError: the file cannot be read, is not JSON, or is not a snapshot of this schema.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise TargetError(f"{path}: {error.strerror}") from error
    return decode_snapshot(content, str(path))


def decode_snapshot(content: bytes, name: str) -> Snapshot:
    """Decode the JSON text of a snapshot; `name` is what errors call it.

    Raises:
        TargetError: it is not JSON, or not a snapshot of this schema.
    """
    hint = "`doctor snapshot -o FILE` writes such a file"
    if len(content) > LARGEST:
        raise TargetError(f"{name} has more than {LARGEST >> 20} MiB: this is no snapshot", hint=hint)
    try:
        raw = json.loads(content)
    except ValueError as error:
        raise TargetError(f"{name} is not JSON: {error}", hint=hint) from error
    except RecursionError as error:
        raise TargetError(f"{name} is not a snapshot: it nests too deep", hint=hint) from error
    if not isinstance(raw, dict) or not isinstance(raw.get("facts"), dict):
        raise TargetError(f"{name} is not a snapshot: it has no facts", hint=hint)
    listed = raw["facts"].get(DISTRIBUTIONS.name)
    known = listed.get("known") if isinstance(listed, dict) else None
    if isinstance(known, list) and len(known) > MOST_DISTRIBUTIONS:
        raise TargetError(f"{name} lists more than {MOST_DISTRIBUTIONS:,} distributions: no environment has as many")
    version = raw.get("schema_version")
    if version not in READABLE_VERSIONS:
        raise TargetError(f"{name} has schema version {version!r}, this doctor reads {SCHEMA_VERSION}")
    try:
        facts = {
            key_name: decode_fact(fact, KEYS[key_name].type, key_name)
            for key_name, fact in raw["facts"].items()
            if key_name in KEYS
        }
        target, taken_at, written_by = (
            msgspec.convert(raw.get(field), str) for field in ("target", "taken_at", "doctor_version")
        )
    except msgspec.ValidationError as error:
        raise TargetError(f"{name} is not a snapshot: {error}", hint=hint) from error
    return Snapshot(target=target, taken_at=taken_at, doctor_version=written_by, facts=facts)


def decode_fact(raw: Any, value_type: Any, name: str) -> Fact[Any]:
    """Decode one fact from the form that `doctor.core.packing` gives it, or from that of version 1.

    Raises:
        msgspec.ValidationError: it does not have that form, or its value is not of this type.
    """
    if not isinstance(raw, dict) or "source" not in raw:
        raise msgspec.ValidationError(f"{name}: a fact is an object with a source")
    try:
        if "folder" in raw:
            raw = lengthen(raw, msgspec.convert(raw["folder"], str))
        sources = [_nested_source(item) for item in msgspec.convert(raw.get("sources", []), list[Any])]
        return _fact(raw, value_type, sources)
    except msgspec.ValidationError as error:
        raise msgspec.ValidationError(f"{name}: {error}") from error
    except RecursionError as error:
        raise msgspec.ValidationError(f"{name}: it nests too deep") from error
    except UnicodeError as error:  # JSON can escape half of a surrogate pair, which is no text
        raise msgspec.ValidationError(f"{name}: {error}") from error


def _fact(raw: Any, value_type: Any, sources: list[Source]) -> Fact[Any]:
    if not isinstance(raw, dict) or "source" not in raw:
        raise msgspec.ValidationError("a fact is an object with a source")
    source = _source(raw["source"], sources)
    if "known" in raw:
        value = msgspec.convert(raw["known"], value_type, dec_hook=functools.partial(_decode_nested, sources))
        if isinstance(value, Interpreter):
            value = dataclasses.replace(value, tags=tuple(unpack_tags(value.tags)))
        return Known(value=value, source=source)
    if "absent" in raw:
        return Absent(detail=msgspec.convert(raw["absent"], str), source=source)
    reason = msgspec.convert(raw.get("unknown"), Reason)
    return Unknown(reason=reason, detail=msgspec.convert(raw.get("detail"), str), source=source)


def _decode_nested(sources: list[Source], annotation: Any, raw: Any) -> Any:
    if get_origin(annotation) is not Fact:
        raise NotImplementedError(f"no decoder for {annotation}")
    value_type = _arguments(annotation)[0]
    value = raw.get("known") if isinstance(raw, dict) else None
    if isinstance(value, (str, int)) and len(raw) == 2 and "source" in raw:
        return _scalar_fact(value_type, value, type(value).__name__, _source(raw["source"], sources))
    return _fact(raw, value_type, sources)


@functools.lru_cache(maxsize=8192)
def _scalar_fact(value_type: Any, value: Any, kind: str, source: Source) -> Known[Any]:
    """A fact such as the name of a GPU: there are few on all GPUs of all nodes. `kind` tells True from 1."""
    return Known(value=msgspec.convert(value, value_type), source=source)


@functools.cache
def _arguments(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation)


def _source(raw: Any, sources: list[Source]) -> Source:
    """A source as it stands, or the one at a place in the list of the fact."""
    if not isinstance(raw, int):
        return msgspec.convert(raw, Source)
    if not 0 <= raw < len(sources):
        raise msgspec.ValidationError(f"there is no source {raw}: the fact has {len(sources)}")
    return sources[raw]


def _nested_source(raw: Any) -> Source:
    kind, where, line = msgspec.convert(
        [*raw, None][:3] if isinstance(raw, list) else raw, tuple[SourceKind, str, int | None]
    )
    return Source(kind=kind, where=where, line=line)

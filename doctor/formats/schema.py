"""The JSON Schemas (draft 2020-12) of what doctor writes, made from the types themselves."""

from __future__ import annotations

import dataclasses
import inspect
from enum import Enum
from importlib import resources
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec

from doctor.core.fact import Fact, Reason, Source
from doctor.core.keys import KEYS
from doctor.core.snapshot import SCHEMA_VERSION as SNAPSHOT_VERSION
from doctor.formats import diagnosis, wire
from doctor.formats.fleet import difference
from doctor.formats.fleet import wire as fleet
from doctor.formats.json import dump

DIALECT = "https://json-schema.org/draft/2020-12/schema"

REPORT_FILE = f"report-{wire.SCHEMA_VERSION}.json"
FLEET_DIFFERENCE_FILE = f"fleet-difference-{difference.SCHEMA_VERSION}.json"
FLEET_FILE = f"fleet-{fleet.SCHEMA_VERSION}.json"
DIAGNOSIS_FILE = f"diagnosis-{diagnosis.SCHEMA_VERSION}.json"
SNAPSHOT_FILE = f"snapshot-{SNAPSHOT_VERSION}.json"


_SCALARS = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}


def shipped(name: str) -> str:
    """Return the text of a schema file that this package ships."""
    return (resources.files("doctor.formats") / "schemas" / name).read_text(encoding="utf-8")


def generate() -> dict[str, str]:
    """Return the text of every schema file, by file name."""
    return {
        REPORT_FILE: dump(report_schema()),
        FLEET_FILE: dump(fleet_schema()),
        FLEET_DIFFERENCE_FILE: dump(fleet_difference_schema()),
        DIAGNOSIS_FILE: dump(diagnosis_schema()),
        SNAPSHOT_FILE: dump(snapshot_schema()),
    }


def report_schema() -> dict[str, Any]:
    """The schema of `doctor check --format json`."""
    schema = _tidy(msgspec.json.schema(wire.Report))
    return {"$schema": DIALECT, "title": "What `doctor check --format json` writes", **schema}


def fleet_schema() -> dict[str, Any]:
    """The schema of `doctor fleet check --format json`."""
    schema = _tidy(msgspec.json.schema(fleet.FleetReport))
    return {"$schema": DIALECT, "title": "What `doctor fleet check --format json` writes", **schema}


def fleet_difference_schema() -> dict[str, Any]:
    """The schema of `doctor fleet diff --format json`."""
    schema = _tidy(msgspec.json.schema(difference.Difference))
    return {"$schema": DIALECT, "title": "What `doctor fleet diff --format json` writes", **schema}


def diagnosis_schema() -> dict[str, Any]:
    """The schema of what `doctor explain --format json` makes of an error text."""
    schema = _tidy(msgspec.json.schema(diagnosis.Diagnosis))
    return {"$schema": DIALECT, "title": "What `doctor explain --format json` makes of an error text", **schema}


def snapshot_schema() -> dict[str, Any]:
    """The schema of `doctor snapshot`.

    Facts under other names are allowed: a newer doctor writes them and an older one skips them.
    """
    definitions: dict[str, Any] = {}
    facts = {
        name: {"description": key.doc, **_fact_schema(key.type, definitions)} for name, key in sorted(KEYS.items())
    }
    text = {"type": "string"}
    return {
        "$schema": DIALECT,
        "title": "What `doctor snapshot` writes",
        "type": "object",
        "required": ["schema_version", "target", "taken_at", "doctor_version", "facts"],
        "properties": {
            "schema_version": {"const": SNAPSHOT_VERSION},
            "target": text,
            "taken_at": {**text, "description": "ISO 8601, in UTC"},
            "doctor_version": text,
            "facts": {"type": "object", "properties": facts},
        },
        "$defs": dict(sorted(definitions.items())),
    }


def _fact_schema(value_type: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """The three forms that a fact takes in `doctor.core.packing`."""
    name = f"Fact{_name_of(value_type)}"
    if name not in definitions:
        definitions[name] = {"oneOf": _fact_forms(value_type, definitions)}
    return {"$ref": f"#/$defs/{name}"}


def _fact_forms(value_type: Any, definitions: dict[str, Any]) -> list[dict[str, Any]]:
    source = {"anyOf": [_schema_of(Source, definitions), {"type": "integer", "minimum": 0}]}
    sources = {"type": "array", "items": {"type": "array", "minItems": 2, "maxItems": 3}}
    shared = {"source": source, "sources": sources, "folder": {"type": "string"}}
    forms = (
        {"known": _schema_of(value_type, definitions)},
        {"absent": {"type": "string"}},
        {"unknown": _schema_of(Reason, definitions), "detail": {"type": "string"}},
    )
    return [
        {
            "type": "object",
            "properties": {**form, **shared},
            "required": [*form, "source"],
            "additionalProperties": False,
        }
        for form in forms
    ]


def _name_of(annotation: Any) -> str:
    """Name a type in one word: ``Gpu``, ``ListGpu``, ``RowIntInt``."""
    arguments = get_args(annotation)
    if get_origin(annotation) is tuple:
        kind = "List" if arguments[-1] is Ellipsis else "Row"
        return kind + "".join(_name_of(item) for item in arguments if item is not Ellipsis)
    if arguments:
        name = getattr(get_origin(annotation), "__name__", "Union")
        return name.capitalize() + "".join(_name_of(item) for item in arguments)
    return str(annotation.__name__[:1].upper() + annotation.__name__[1:])


def _schema_of(annotation: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema of a value in the form of `to_json`; dataclasses and enums go to `definitions`.

    msgspec's own generator does not tell its hook the T of a nested ``Fact[T]``.
    """
    origin, arguments = get_origin(annotation), get_args(annotation)
    if annotation is Any:
        return {}
    if origin is Fact:
        return _fact_schema(arguments[0], definitions)
    if origin is tuple:
        return _tuple_schema(arguments, definitions)
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema_of(arguments[1], definitions)}
    if origin in (Union, UnionType):
        return {"anyOf": [_schema_of(item, definitions) for item in arguments]}
    if annotation in _SCALARS:
        return {"type": _SCALARS[annotation]}
    return _named_schema(annotation, definitions)


def _tuple_schema(arguments: tuple[Any, ...], definitions: dict[str, Any]) -> dict[str, Any]:
    if arguments[-1] is Ellipsis:
        return {"type": "array", "items": _schema_of(arguments[0], definitions)}
    items = [_schema_of(item, definitions) for item in arguments]
    return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}


def _named_schema(annotation: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    name = annotation.__name__
    if name not in definitions:
        definitions[name] = {}  # holds the place while a type that refers to itself is described
        doc = {"title": name, "description": inspect.getdoc(annotation)}
        if issubclass(annotation, Enum):
            definitions[name] = {**doc, "enum": [item.value for item in annotation]}
        else:
            hints = get_type_hints(annotation)
            fields = dataclasses.fields(annotation)
            definitions[name] = {
                **doc,
                "type": "object",
                "properties": {item.name: _schema_of(hints[item.name], definitions) for item in fields},
                "required": [item.name for item in fields if _is_required(item)],
            }
    return {"$ref": f"#/$defs/{name}"}


def _is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _tidy(schema: Any) -> Any:
    """Take the indentation of source code out of the descriptions."""
    if isinstance(schema, dict):
        return {
            name: inspect.cleandoc(value) if name == "description" and isinstance(value, str) else _tidy(value)
            for name, value in schema.items()
        }
    return [_tidy(item) for item in schema] if isinstance(schema, list) else schema

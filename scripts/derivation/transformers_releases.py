"""Which models and tokenizers each release of transformers knows, read from the tables of its wheel."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

from scripts.derivation.files import json_file
from scripts.derivation.index import Index, IndexFile, tell
from scripts.derivation.since import changes_of
from scripts.derivation.sources import Sources, assignments, strings

AUTO = "transformers/models/auto"
CONFIGURATIONS = (f"{AUTO}/auto_mappings.py", f"{AUTO}/configuration_auto.py")
MODELS = f"{AUTO}/modeling_auto.py"
TOKENIZERS = (f"{AUTO}/tokenization_auto.py", "transformers/__init__.py")
_WANTED = frozenset({*CONFIGURATIONS, MODELS, *TOKENIZERS})
_CLASS = re.compile(r"[A-Z]\w+")
_TOKENIZER = re.compile(r"[A-Z]\w*Tokenizer(Fast)?|TokenizersBackend|SentencePieceBackend|PythonBackend")

Read = list[tuple[str, dict[str, list[str]]]]
"""Each release, oldest first, with the names that it knows."""


def read_transformers(index: Index, files: list[IndexFile]) -> Read:
    """Read the tables of every release that is given."""
    found = []
    for file in files:
        with index.members(file, _WANTED.__contains__) as archive:
            release = Sources(str(file.version), archive)
            names = {
                "architectures": read_architectures(release),
                "model_types": read_model_types(release),
                "tokenizers": read_tokenizers(release),
            }
        if not all(names.values()):
            raise LookupError(f"transformers {file.version}: a table was not found")
        found.append((str(file.version), names))
    tell(f"read the tables of {len(found)} releases of transformers")
    return found


def write_transformers(read: Read) -> str:
    """The file of the matrix."""
    names = ("architectures", "model_types", "tokenizers")
    parts: dict[str, Any] = {name: changes_of([(version, found[name]) for version, found in read]) for name in names}
    return json_file(parts)


def read_model_types(release: Sources) -> list[str]:
    """The values of `model_type` in a config.json that AutoConfig knows."""
    tables = [value for path in CONFIGURATIONS for value in _tables(release, path, "CONFIG_MAPPING_NAMES")]
    return sorted({key for table in tables for key, _ in _pairs(table)})


def read_architectures(release: Sources) -> list[str]:
    """The model classes that the auto classes know: what `architectures` in a config.json names."""
    tables = _tables(release, MODELS, "MAPPING_NAMES")
    return sorted({text for table in tables for text in strings(table) if _CLASS.fullmatch(text)})


def read_tokenizers(release: Sources) -> list[str]:
    """The values of `tokenizer_class` in a tokenizer_config.json that name a class of transformers."""
    texts = (text for path in TOKENIZERS for text in strings(release.tree(path)))
    return sorted({text for text in texts if _TOKENIZER.fullmatch(text)})


def _tables(release: Sources, path: str, ending: str) -> list[ast.expr]:
    return [value for name, value in assignments(release.tree(path)) if name.endswith(ending)]


def _pairs(table: ast.AST) -> Iterator[tuple[str, str]]:
    """Every pair of texts of a dict or of a list of tuples below a node."""
    for node in ast.walk(table):
        if isinstance(node, ast.Tuple) and len(node.elts) == 2:
            yield from _texts(node.elts[0], node.elts[1])
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if key is not None:
                    yield from _texts(key, value)


def _texts(key: ast.expr, value: ast.expr) -> Iterator[tuple[str, str]]:
    if isinstance(key, ast.Constant) and isinstance(value, ast.Constant):
        yield str(key.value), str(value.value)

"""How a release of vLLM reads its environment variables: as a number, or as one of some words."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from scripts.derivation.options import ENVIRONMENT
from scripts.derivation.sources import Sources, assigned

_LEVELS = ("CRITICAL", "DEBUG", "ERROR", "FATAL", "INFO", "NOTSET", "WARN", "WARNING")
"""What a configuration of Python's logging takes as a level: https://docs.python.org/3/library/logging.html"""
_LEVEL, _LOGGER = "VLLM_LOGGING_LEVEL", "vllm/logger.py"
_NUMBERS = {"int": "int", "float": "float", "maybe_convert_int": "int"}
_READS = ("os.environ.get", "os.getenv", "environ.get")


def read_readings(sources: Sources) -> dict[str, dict[str, Any]]:
    """The variables of ``vllm/envs.py`` that not any text will do for, with what they are to hold.

    `kind` is ``int`` or ``float``, as Python reads them, ``switch`` (an int of which only 0 counts), ``word`` or
    ``any-case``: one of `words`. Left out are variables whose value is prepared before it is read, and words that
    are worked out when vLLM runs.
    """
    tree = sources.tree(ENVIRONMENT)
    table = assigned(tree, "environment_variables")
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    found = {}
    for key, value in zip(table.keys, table.values, strict=True) if isinstance(table, ast.Dict) else ():
        if isinstance(key, ast.Constant) and (name := str(key.value)).startswith("VLLM_"):
            node = functions.get(value.id, value) if isinstance(value, ast.Name) else value
            if reading := (_words(node, name) or _level(sources, node, name) or _number(node, name)):
                found[name] = reading
    return found


def _words(node: ast.AST, name: str) -> dict[str, Any] | None:
    """Of ``env_with_choices(NAME, DEFAULT, [WORD, ...], case_sensitive=True)``."""
    if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "env_with_choices" and len(node.args) > 2):
        return None
    if not (isinstance(node.args[0], ast.Constant) and node.args[0].value == name):
        return None
    listed = node.args[2]
    if not isinstance(listed, ast.List) or not all(isinstance(item, ast.Constant) for item in listed.elts):
        return None
    strict = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}.get("case_sensitive", "True")
    words = sorted(str(item.value) for item in listed.elts if isinstance(item, ast.Constant))
    return {"kind": "word" if strict == "True" else "any-case", "words": words}


def _level(sources: Sources, node: ast.AST, name: str) -> dict[str, Any] | None:
    """The level goes into the configuration of the logger as it is, or in capitals."""
    if name != _LEVEL or _LEVEL not in sources.text(_LOGGER):
        return None
    return {"kind": "any-case" if ".upper()" in ast.unparse(node) else "word", "words": list(_LEVELS)}


def _number(node: ast.AST, name: str) -> dict[str, Any] | None:
    kinds = {kind for call in ast.walk(node) if (kind := _converted(call, node, name))}
    if kinds == {"int"} and any(_is_switch(call, node, name) for call in ast.walk(node)):
        kinds = {"switch"}
    return {"kind": kinds.pop()} if len(kinds) == 1 else None


def _is_switch(call: ast.AST, whole: ast.AST, name: str) -> bool:
    """Whether this is ``bool(int(VARIABLE))``, which takes neither ``true`` nor ``yes``."""
    return (
        isinstance(call, ast.Call)
        and ast.unparse(call.func) == "bool"
        and any(_converted(argument, whole, name) == "int" for argument in call.args)
    )


def _converted(call: ast.AST, whole: ast.AST, name: str) -> str:
    """Which number a call makes of the variable, "" where it makes none."""
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and len(call.args) == 1):
        return ""
    kind = _NUMBERS.get(call.func.id, "")
    return kind if kind and any(_is_read(part, whole, name) for part in _parts(call.args[0])) else ""


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    """What a number may be made of: the value itself, or one of `A or B`."""
    yield from node.values if isinstance(node, ast.BoolOp) else (node,)


def _is_read(node: ast.AST, whole: ast.AST, name: str) -> bool:
    """Whether a node is the variable as it stands, or what a function has kept it as."""
    if isinstance(node, ast.Name):
        kept = [item for item in ast.walk(whole) if isinstance(item, ast.Assign)]
        return any(_is_read(item.value, whole, name) for item in kept if ast.unparse(item.targets[0]) == node.id)
    if isinstance(node, ast.Call) and ast.unparse(node.func) in _READS and node.args:
        read: ast.AST = node.args[0]
    elif isinstance(node, ast.Subscript) and ast.unparse(node.value) in ("os.environ", "environ"):
        read = node.slice
    else:
        return False
    return isinstance(read, ast.Constant) and read.value == name

"""What code in ``.pth`` files does to the search path: read, never run."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable

from doctor.core.interpreter import StartCode

_LONGEST = 2_000
"""Characters of a line that are parsed; longer ones are told, and not followed."""


def read_start_code(lines: Iterable[tuple[str, str]]) -> tuple[StartCode, ...]:
    """Say what each line (file, code) does to the search path.

    Where lib64 is a link to lib, older Pythons read each file twice, to no other end.
    """
    unique = {(os.path.realpath(file), code): file for file, code in lines}
    return tuple(_read(file, code) for (_, code), file in unique.items())


def follow(search_path: Iterable[str], lines: Iterable[StartCode]) -> tuple[str, ...]:
    """Return the search path as it is after these lines."""
    path = list(search_path)
    for line in lines:
        path = [*line.first, *(item for item in path if item not in line.first), *line.last]
    return tuple(path)


def _read(file: str, code: str) -> StartCode:
    """Read a line; not plain is what more than imports and calls with a literal folder stand in.

    Plain are ``sys.path.insert(0, "...")``, ``sys.path.append("...")`` and ``site.addsitedir("...")``.
    """
    first: list[str] = []
    last: list[str] = []
    shown = code[:200]
    try:
        statements = ast.parse(code if len(code) <= _LONGEST else "?").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return StartCode(file=file, code=shown, plain=False)
    for statement in statements:
        if isinstance(statement, ast.Import):
            continue
        match _call(statement):
            case "sys.path.insert", [0, str(folder)]:
                first.insert(0, folder)
            case (("sys.path.append" | "site.addsitedir"), [str(folder)]):
                last.append(folder)
            case _:
                return StartCode(file=file, code=shown, plain=False)
    return StartCode(file=file, code=shown, first=tuple(first), last=tuple(last))


def _call(statement: ast.stmt) -> tuple[str, list[object]]:
    """The function that a statement calls, and its arguments as far as they are literals."""
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call) or statement.value.keywords:
        return "", []
    call = statement.value
    return ast.unparse(call.func), [item.value if isinstance(item, ast.Constant) else None for item in call.args]

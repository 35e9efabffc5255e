"""The Python sources of one release, read as text and as syntax trees, never imported."""

from __future__ import annotations

import ast
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from functools import cached_property

_OTHER_PLATFORMS = re.compile(r"is_(rocm|xpu|cpu|hpu|tpu|neuron)\b|is_hip")


class Sources:
    """The files of a release by their path inside of it (``vllm/config.py``)."""

    def __init__(self, version: str, archive: zipfile.ZipFile) -> None:
        self.version = version
        self._archive = archive
        self._trees: dict[str, ast.Module] = {}
        self._names_of: dict[str, dict[str, ast.stmt]] = {}

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Every path, sorted."""
        return tuple(sorted(self._archive.namelist()))

    def text(self, path: str) -> str:
        """The content of a file, "" where there is none."""
        return self._archive.read(path).decode() if path in self._files else ""

    def tree(self, path: str) -> ast.Module:
        """The syntax tree of a file, an empty one where there is none."""
        if path not in self._trees:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SyntaxWarning)  # of the release, not ours to mend
                self._trees[path] = ast.parse(self.text(path), path)
        return self._trees[path]

    def first(self, *paths: str) -> str:
        """The first of several paths that there is: files move from release to release.

        Raises:
            LookupError: there is none.
        """
        for path in paths:
            if path in self._files:
                return path
        raise LookupError(f"{self.version} holds none of {', '.join(paths)}")

    def below(self, folder: str) -> list[str]:
        """The Python files in a folder and those below it."""
        return [path for path in self.paths if path.startswith(f"{folder}/") and path.endswith(".py")]

    def names(self, path: str) -> dict[str, ast.stmt]:
        """What a file defines or imports at its top level, by name, branches of `if` and `try` included.

        Of several definitions the first counts, and what is for CUDA before what is for another platform.
        """
        if path not in self._names_of:
            self._names_of[path] = dict(_names_in(self.tree(path).body))
        return self._names_of[path]

    def find_class(self, name: str, *paths: str) -> ast.ClassDef | None:
        """The class of this name in the first file that defines it."""
        for path in paths:
            node = self.names(path).get(name)
            if isinstance(node, ast.ClassDef):
                return node
        return None

    @cached_property
    def _files(self) -> frozenset[str]:
        return frozenset(self.paths)


def _names_in(body: Sequence[ast.stmt]) -> Iterator[tuple[str, ast.stmt]]:
    # Backwards, so that in a dict of them the first one stays.
    for node in reversed(body):
        if isinstance(node, ast.ClassDef):
            yield node.name, node
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from ((alias.asname or alias.name, node) for alias in node.names)
        elif isinstance(node, ast.Assign):
            yield from ((target.id, node) for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.If):
            elsewhere = _OTHER_PLATFORMS.search(ast.unparse(node.test))
            yield from _names_in([*node.orelse, *node.body] if elsewhere else [*node.body, *node.orelse])
        elif isinstance(node, ast.Try):
            yield from _names_in([*node.body, *(item for handler in node.handlers for item in handler.body)])


def fields_of(node: ast.ClassDef) -> dict[str, ast.expr | None]:
    """The annotated attributes of a class body, with their defaults."""
    return {
        item.target.id: item.value
        for item in node.body
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name) and not _is_class_variable(item)
    }


def _is_class_variable(item: ast.AnnAssign) -> bool:
    return "ClassVar" in ast.unparse(item.annotation)


def assignments(tree: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Every assignment to a plain name, wherever it stands, in the order of the file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            yield node.target.id, node.value
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    yield target.id, node.value


def assigned(tree: ast.AST, name: str) -> ast.expr | None:
    """What is first assigned to a name."""
    return next((value for found, value in assignments(tree) if found == name), None)


def method_of(node: ast.ClassDef | None, name: str) -> ast.FunctionDef | None:
    """A method of a class by its name."""
    found = (item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == name) if node else ()
    return next(iter(found), None)


def literals(node: ast.expr | None) -> list[str | int]:
    """The texts and numbers of a list, a tuple, a set, the keys of a dict, or a ``Literal[...]``, in order."""
    if isinstance(node, ast.Subscript):
        node = node.slice
    if isinstance(node, ast.Dict):
        items: list[ast.expr] = [key for key in node.keys if key is not None]
    elif isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        items = node.elts
    else:
        items = [node] if node is not None else []
    return [
        item.value
        for item in items
        if isinstance(item, ast.Constant) and isinstance(item.value, (str, int)) and not isinstance(item.value, bool)
    ]


def strings(tree: ast.AST) -> Iterator[str]:
    """Every text constant below a node; the parts of an f-string are texts of their own."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def says(tree: ast.AST | None, words: str) -> bool:
    """Whether some text constant below a node holds these words."""
    return tree is not None and any(words in text for text in strings(tree))

"""What a result depends on: the code of a source and of the tests that were asked, whatever folder they lie in.

A file that is moved, and imports that follow it, change no result; nor do comments, docstrings and the formatting.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable

from scripts.mutating.mapping import ROOT, files_beside, files_that_test


def state_of_code(source: str) -> str:
    """A digest of the code of a source."""
    return _digest([source])


def state_of_tests(source: str) -> str:
    """A digest of the code of the tests that are asked for a source."""
    return _digest([*files_that_test(source), *files_beside(source)])


def _digest(files: Iterable[str]) -> str:
    each = sorted(map(digest_of, ((ROOT / name).read_text(encoding="utf-8") for name in files)))
    return hashlib.sha256(" ".join(each).encode()).hexdigest()[:16]


def digest_of(text: str) -> str:
    """A digest of what a text of Python does, whatever it says beside."""
    return hashlib.sha256(ast.unparse(_Bare().visit(ast.parse(text))).encode()).hexdigest()


class _Bare(ast.NodeTransformer):
    """Takes out docstrings, and imports: whoever uses what they bring names it again."""

    def visit_Import(self, node: ast.Import) -> None:
        """Drop it."""

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        """Drop it."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        """Drop a text that stands alone."""
        alone = isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        return None if alone else node

"""What is changed in a source: small faults that a programmer makes, one at a time.

Only what runs when a function is called is changed, and the constants of a module. Left alone are annotations,
docstrings, the words of messages, decorators and the bodies of classes: they are data that other tests hold.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}

ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}

NAMES = {"any": "all", "all": "any", "min": "max", "max": "min"}

LOOKS_INTO = frozenset({"startswith", "endswith", "split", "partition", "rpartition", "removeprefix", "removesuffix"})
"""Methods of strings whose arguments decide something."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One fault: the function (or constant) that it is in, its first and last line, and a tree with it."""

    place: str
    first: int
    last: int
    before: str
    after: str
    tree: ast.Module
    statement: ast.stmt | None
    """The statement of the module that is to run again; None where the fault lies in a function."""

    @property
    def change(self) -> str:
        """What was changed into what, on one line."""
        return f"{self.before} -> {self.after}"


Change = tuple[ast.AST, ast.AST | list[ast.stmt]]
"""A node, and what stands in its place."""


def _lines_of(node: ast.AST) -> tuple[int, int]:
    """Its first and last line: what is changed is an expression or a statement."""
    assert isinstance(node, (ast.expr, ast.stmt))
    return node.lineno, node.end_lineno or node.lineno


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of a source, in the order of its lines. The tree of one is valid until the next is asked for."""
    tree = ast.parse(source)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in _changeable(tree):
        for old, new in _changes(node, parents):
            place, statement = _place(old, parents)
            field, index = _slot(parents[old], old)
            before = ast.unparse(old).splitlines()[0]
            _put(parents[old], field, index, new)
            ast.fix_missing_locations(tree)
            after = ast.unparse(new) if isinstance(new, ast.AST) else "pass"
            first, last = _lines_of(old)
            yield Mutant(place, first, last, before, after.splitlines()[0], tree, statement)
            _put(parents[old], field, index, old)


def numbered(source: str) -> Iterator[tuple[Mutant, int]]:
    """Each mutant, and how many before it change the same in the same place."""
    seen: dict[str, int] = {}
    for mutant in mutants(source):
        key = f"{mutant.place}: {mutant.change}"
        seen[key] = seen.get(key, -1) + 1
        yield mutant, seen[key]


def identity(mutant: Mutant, number: int) -> str:
    """What a mutant is called: where it is, what it changes, and which it is where several change the same."""
    return f"{mutant.place}: {mutant.change}" + (f" #{number}" if number else "")


def _changeable(tree: ast.Module) -> Iterator[ast.AST]:
    """The nodes inside functions and values of the module's constants, in the order of the source."""
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef):
            yield from _inside(statement)
        elif isinstance(statement, ast.ClassDef):
            for member in statement.body:
                if isinstance(member, ast.FunctionDef):
                    yield from _inside(member)
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value is not None:
            yield from _walk(statement.value)


def _inside(function: ast.FunctionDef) -> Iterator[ast.AST]:
    for statement in function.body:
        if not _is_text(statement):
            yield from _walk(statement)


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if isinstance(node, ast.JoinedStr):
        return
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_text(child):
                yield from _walk(child)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _changes(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> Iterator[Change]:
    for kind, change in CHANGES.items():
        if isinstance(node, kind):
            yield from change(node, parents[node])


def _of_comparison(node: ast.Compare, _: ast.AST) -> Iterator[Change]:
    for index, operator in enumerate(node.ops):
        other = [*node.ops]
        other[index] = COMPARISONS[type(operator)]()
        yield node, ast.Compare(node.left, other, node.comparators)


def _of_operands(node: ast.BoolOp, _: ast.AST) -> Iterator[Change]:
    """Each operand is left out."""
    for index in range(len(node.values)):
        rest = node.values[:index] + node.values[index + 1 :]
        yield node, rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)


def _of_not(node: ast.UnaryOp, _: ast.AST) -> Iterator[Change]:
    if isinstance(node.op, ast.Not) or (isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant)):
        yield node, node.operand


def _of_condition(node: ast.If | ast.IfExp, _: ast.AST) -> Iterator[Change]:
    yield node.test, ast.Constant(True)
    yield node.test, ast.Constant(False)


def _of_comprehension(node: ast.comprehension, _: ast.AST) -> Iterator[Change]:
    for condition in node.ifs:
        yield condition, ast.Constant(True)


def _of_arithmetic(node: ast.BinOp, _: ast.AST) -> Iterator[Change]:
    texts = any(
        isinstance(side, ast.JoinedStr) or (isinstance(side, ast.Constant) and isinstance(side.value, str))
        for side in (node.left, node.right)
    )
    if type(node.op) in ARITHMETIC and not texts:
        yield node, ast.BinOp(node.left, ARITHMETIC[type(node.op)](), node.right)


def _of_constant(node: ast.Constant, parent: ast.AST) -> Iterator[Change]:
    if isinstance(node.value, bool):
        yield node, ast.Constant(not node.value)
    elif isinstance(node.value, int):
        yield node, ast.Constant(node.value + 1)
    elif isinstance(node.value, str) and node.value and _decides(parent):
        yield node, ast.Constant(f"{node.value}~")


def _decides(parent: ast.AST) -> bool:
    """Whether a text there is compared with others, not shown to people."""
    if isinstance(parent, ast.Call):
        return isinstance(parent.func, ast.Attribute) and parent.func.attr in LOOKS_INTO
    return isinstance(parent, (ast.Compare, ast.Subscript, ast.Set))


def _of_result(node: ast.Return, _: ast.AST) -> Iterator[Change]:
    # None is as false as False or what is empty, to everybody who asks for a yes or no; else mypy refuses it.
    is_no = isinstance(node.value, ast.Constant) and not node.value.value
    is_no = is_no or (isinstance(node.value, ast.Tuple | ast.List) and not node.value.elts)
    if node.value is not None and not is_no:
        yield node.value, ast.Constant(None)


def _of_statement(node: ast.Expr | ast.Raise | ast.AugAssign | ast.Delete, _: ast.AST) -> Iterator[Change]:
    yield node, ast.Pass()


def _of_loop(node: ast.For, _: ast.AST) -> Iterator[Change]:
    yield node.iter, ast.Tuple([], ast.Load())


def _of_jump(node: ast.Continue | ast.Break, _: ast.AST) -> Iterator[Change]:
    yield node, ast.Break() if isinstance(node, ast.Continue) else ast.Continue()


def _of_name(node: ast.Call, _: ast.AST) -> Iterator[Change]:
    if isinstance(node.func, ast.Name) and node.func.id in NAMES and len(node.args) >= 1:
        yield node.func, ast.Name(NAMES[node.func.id], ast.Load())


CHANGES: dict[type[ast.AST] | tuple[type[ast.AST], ...], Callable[..., Iterator[Change]]] = {
    ast.Compare: _of_comparison,
    ast.BoolOp: _of_operands,
    ast.UnaryOp: _of_not,
    (ast.If, ast.IfExp): _of_condition,
    ast.comprehension: _of_comprehension,
    ast.BinOp: _of_arithmetic,
    ast.Constant: _of_constant,
    ast.Return: _of_result,
    (ast.Expr, ast.Raise, ast.AugAssign, ast.Delete): _of_statement,
    ast.For: _of_loop,
    (ast.Continue, ast.Break): _of_jump,
    ast.Call: _of_name,
}


def _place(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> tuple[str, ast.stmt | None]:
    """The outermost function that a node is in, with its class, or the constant that it belongs to."""
    line = [node]
    while line[-1] in parents:
        line.append(parents[line[-1]])
    names = [item.name for item in reversed(line) if isinstance(item, (ast.ClassDef, ast.FunctionDef))]
    if names:
        return ".".join(names), None
    statement = line[-2]
    assert isinstance(statement, (ast.Assign, ast.AnnAssign))
    target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
    return ast.unparse(target), statement


def _slot(parent: ast.AST, node: ast.AST) -> tuple[str, int | None]:
    for name, value in ast.iter_fields(parent):
        if value is node:
            return name, None
        if isinstance(value, list):
            for index, item in enumerate(value):
                if item is node:
                    return name, index
    raise AssertionError("a node is among its parent's")


def _put(parent: ast.AST, field: str, index: int | None, new: ast.AST | list[ast.stmt]) -> None:
    if isinstance(new, ast.expr | ast.stmt) and not hasattr(new, "lineno"):
        old = getattr(parent, field) if index is None else getattr(parent, field)[index]
        ast.copy_location(new, old)
    if index is None:
        setattr(parent, field, new)
    else:
        getattr(parent, field)[index] = new

"""The modules in a wheel or an sdist: what each defines, and what each imports while it is imported itself.

Nothing is imported or run: the sources are parsed, and each only when it is asked for. In doubt a name is there and an
import is not made: a name may come from compiled code or be made while the module runs, and an import below a condition
or with a way out when it fails (``except ImportError``) does no harm.
"""

from __future__ import annotations

import ast
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_COMPILED = (".so", ".pyd")
_DYNAMIC = re.compile(rb"globals\(\)|__dict__|\bvars\(|setattr\(|\bexec\(|sys\.modules\[__name__\] = (?!_LazyModule)")
_LAZY = re.compile(rb"_LazyModule\(|^def __getattr__\(|lazy_import|attach\(|LazyImport", re.MULTILINE)
_GATHERING = b"define_import_structure("
_GUARD = re.compile(r"_?is_(\w+?)_available")
_HANDLED = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException", "AttributeError", "OSError"})
_ALIASES = {"bnb": "bitsandbytes", "flash_attn_2": "flash_attn", "liger": "liger_kernel"}


@dataclass(frozen=True, slots=True)
class Import:
    """``from module import name``, or ``import module`` where `name` is "".

    It is made where all of `guards` are installed.
    """

    module: str
    name: str
    guards: frozenset[str]


class Modules:
    """The modules of one release, by dotted name."""

    def __init__(self, archive: zipfile.ZipFile, root: str) -> None:
        self._archive = archive
        self._root = root
        self._paths: dict[str, str] = {}
        self._folders: set[str] = set()
        self._compiled: set[str] = set()
        self._contents: dict[str, bytes] = {}
        self._trees: dict[str, ast.Module] = {}
        self._unreadable: set[str] = set()
        self._imports: dict[str, list[Import]] = {}
        for path in archive.namelist():
            inner = path.removeprefix("src/")
            if inner == f"{root}.py" or inner.startswith(f"{root}/"):
                self._add(path, inner)

    def _add(self, path: str, inner: str) -> None:
        folder, _, file = inner.rpartition("/")
        parts = folder.split("/") if folder else []
        self._folders |= {".".join(parts[: depth + 1]) for depth in range(len(parts))}
        if file.endswith(".py"):
            name = inner.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            if file == "__init__.py" or name not in self._paths:
                self._paths[name] = path
        elif file.endswith(_COMPILED):
            self._compiled.add(".".join([*parts, file.partition(".")[0]]))

    def __contains__(self, module: str) -> bool:
        return module in self._paths or module in self._folders or module in self._compiled

    def is_package(self, module: str) -> bool:
        """Whether a module has a folder of its own."""
        return module in self._folders

    def content(self, module: str) -> bytes:
        """The source of a module, nothing for one that has none."""
        if module not in self._contents:
            self._contents[module] = self._archive.read(self._paths[module]) if module in self._paths else b""
        return self._contents[module]

    def tree(self, module: str) -> ast.Module:
        """The parsed source of a module; nothing of one that no Python can read, as a release may well have."""
        if module not in self._trees:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SyntaxWarning)  # of the release, not ours to mend
                try:
                    self._trees[module] = ast.parse(self.content(module))
                except SyntaxError:
                    self._unreadable.add(module)
                    self._trees[module] = ast.Module([], [])
        return self._trees[module]

    def has(self, module: str, name: str) -> bool:
        """Whether ``from module import name`` may find something; only the module is asked for where `name` is ""."""
        if not name or module not in self:
            return module in self
        if f"{module}.{name}" in self or module not in self._paths:
            return True  # a submodule, or a module whose names nothing states
        return self._defines(module, name, set())

    def _defines(self, module: str, name: str, seen: set[str]) -> bool:
        seen.add(module)
        content = self.content(module)
        if _DYNAMIC.search(content) and b"_LazyModule(" not in content:
            return True
        if not self.is_package(module) and not _LAZY.search(content) and b"import *" not in content:
            return name.encode() in content and self._names(module, name)
        tree = self.tree(module)
        if self._names(module, name) or (_LAZY.search(content) and _states(tree, name)):
            return True
        if _GATHERING in content and self._gathers(module, name):
            return True
        for other in self._stars(module, tree):
            if other not in self._paths or (other not in seen and self._defines(other, name, seen)):
                return True  # what another package or compiled code brings is not known
        return False

    def _names(self, module: str, name: str) -> bool:
        return name in set(_names(self.tree(module).body)) or module in self._unreadable

    def _gathers(self, module: str, name: str) -> bool:
        """Whether a module below has the name: transformers puts the names of all of them into their package."""
        text = name.encode()
        quoted = re.compile(rb"\b" + re.escape(text) + rb"\b")
        below = (self.content(other) for other in self._paths if other.startswith(f"{module}."))
        return any(text in content and quoted.search(content) for content in below)

    def _stars(self, module: str, tree: ast.Module) -> Iterator[str]:
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
                yield self._absolute(node, module)

    def _absolute(self, node: ast.ImportFrom, module: str) -> str:
        if not node.level:
            return node.module or ""
        parts = module.split(".")
        kept = parts[: len(parts) - node.level + self.is_package(module)]
        return ".".join([*kept, *([node.module] if node.module else [])])

    def imports(self, module: str) -> list[Import]:
        """What a module imports whenever it is imported."""
        if module not in self._imports:
            self._imports[module] = list(self._read_imports(module))
        return self._imports[module]

    def _read_imports(self, module: str) -> Iterator[Import]:
        for node, guards in _reached(self.tree(module).body, frozenset()):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield Import(alias.name, "", guards)
            else:
                source = self._absolute(node, module)
                for alias in node.names:
                    yield Import(source, "" if alias.name == "*" else alias.name, guards)

    def reached_from(self, entries: Sequence[str]) -> Iterator[tuple[str, Import]]:
        """Each import of another package that importing `entries` leads to, with the module that it stands in.

        Those that take two packages or more beside it are left out.
        """
        done: dict[str, list[frozenset[str]]] = {}
        todo = [(entry, frozenset[str]()) for entry in entries if entry in self]
        while todo:
            module, guards = todo.pop()
            if any(other <= guards for other in done.setdefault(module, [])):
                continue
            done[module].append(guards)
            parent = module.rpartition(".")[0]
            if parent:
                todo.append((parent, guards))
            if module not in self._paths:
                continue
            for item in self.imports(module):
                wanted = item.guards | guards
                if len(wanted) > 1:
                    continue  # a fault of two packages alone is looked for
                if item.module.split(".")[0] != self._root:
                    yield module, Import(item.module, item.name, wanted)
                elif item.module in self:
                    todo.append((item.module, wanted))
                    todo += [(other, wanted) for other in self._behind(item)]

    def _behind(self, item: Import) -> Iterator[str]:
        """The modules of the same package that are imported for a name: a submodule, or what a lazy package names."""
        if f"{item.module}.{item.name}" in self:
            yield f"{item.module}.{item.name}"
        elif item.name and item.module in self._paths and _LAZY.search(self.content(item.module)):
            yield from (other for other in self._tables(item) if other in self)

    def _tables(self, item: Import) -> Iterator[str]:
        for node in ast.walk(self.tree(item.module)):
            if not isinstance(node, ast.Dict):
                continue
            for key, value in zip(node.keys, node.values, strict=True):
                if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
                    continue
                if isinstance(value, ast.List) and any(_is_text(entry, item.name) for entry in value.elts):
                    yield f"{item.module}.{key.value}"
                elif key.value == item.name and isinstance(value, ast.Constant) and isinstance(value.value, str):
                    yield f"{item.module}.{value.value.partition(':')[0].lstrip('.')}"


def _is_text(node: ast.expr, text: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == text


def _states(tree: ast.Module, name: str) -> bool:
    return any(isinstance(node, ast.Constant) and node.value == name for node in ast.walk(tree))


_TRY_STAR: type[ast.Try] = getattr(ast, "TryStar", ast.Try)
"""`except*`, which has the same fields: since Python 3.11."""


def _names(body: Sequence[ast.stmt]) -> Iterator[str]:
    for node in body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name
        elif isinstance(node, ast.Import):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (item.id for target in targets for item in ast.walk(target) if isinstance(item, ast.Name))
        elif type(node).__name__ == "TypeAlias":
            yield node.name.id  # type: ignore[attr-defined]
        elif isinstance(node, (ast.If, ast.With, ast.For, ast.While)):
            yield from _names([*node.body, *getattr(node, "orelse", ())])
        elif isinstance(node, (ast.Try, _TRY_STAR)):
            handlers = [item for handler in node.handlers for item in handler.body]
            yield from _names([*node.body, *handlers, *node.orelse, *node.finalbody])


def _reached(
    body: Sequence[ast.stmt], guards: frozenset[str]
) -> Iterator[tuple[ast.Import | ast.ImportFrom, frozenset[str]]]:
    """The imports among statements that run, whatever the machine, with what must be installed for it."""
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node, guards
        elif isinstance(node, ast.If):
            if _is_type_checking(node.test):
                yield from _reached(node.orelse, guards)
            elif (needed := _installed_for(node.test)) is not None:
                yield from _reached(node.body, guards | needed)
        elif isinstance(node, ast.Try) and not any(_forgives(handler) for handler in node.handlers):
            yield from _reached([*node.body, *node.orelse, *node.finalbody], guards)
        elif isinstance(node, ast.With) and not any("suppress" in ast.dump(item) for item in node.items):
            yield from _reached(node.body, guards)


def _is_type_checking(test: ast.expr) -> bool:
    name = test.id if isinstance(test, ast.Name) else test.attr if isinstance(test, ast.Attribute) else ""
    return name == "TYPE_CHECKING"


def _installed_for(test: ast.expr) -> frozenset[str] | None:
    """The modules that must be there for a condition (``is_peft_available()``); None for any other condition."""
    if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And):
        parts = [_installed_for(part) for part in test.values]
        return frozenset().union(*parts) if None not in parts else None  # type: ignore[arg-type]
    if isinstance(test, ast.Call) and not test.args and not test.keywords and isinstance(test.func, ast.Name):
        guard = _GUARD.fullmatch(test.func.id)
        return frozenset({_ALIASES.get(guard[1], guard[1])}) if guard else None
    return None


def _forgives(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return not any(isinstance(node, ast.Raise) for node in handler.body)
    caught = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
    return bool(caught & _HANDLED)

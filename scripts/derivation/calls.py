"""What each release of a package can be asked for by name: the arguments of its callables, the members of its classes.

Read from the syntax trees of a wheel. Classes of one name count as one: their error texts do not tell them apart.
What a class inherits from another of the same package is its own, as the errors of Python see it.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from packaging.version import Version

from scripts.derivation.files import json_file
from scripts.derivation.index import Index, tell
from scripts.derivation.names import CHUNK, minor_of, wheels_of
from scripts.derivation.since import changes_of

PACKAGES = {
    "accelerate": ("accelerate", "0.20"),
    "peft": ("peft", "0.5"),
    "transformers": ("transformers", "4.36"),
    "trl": ("trl", "0.5"),
}
"""The packages that are read: the module that they bring, and the first release."""

ANY = "*"
"""Stands for every argument, where a callable takes those that it does not name."""

_LEFT_OUT = re.compile(
    r"/(?:tests?|test_utils|testing|benchmarks?|examples?|commands|cli|sagemaker|onnx|deprecated|kernels|legacy|pipelines"
    r"|packaged_modules|experimental|resources|templates|_vendor|schedulers|scripts)/|dummy_\w+_objects|convert_\w+\.py"
)
_MODELS = re.compile(r"transformers/models/(?!(?:llama|mistral|qwen2|qwen3|gemma|gemma2|phi3|mixtral|auto)/)")
_LAYERS = re.compile(r"(?:Llama|Mistral|Mixtral|Qwen[23]|Gemma2?|Phi3)\w*")
"""Parts of models: what comes and goes with PreTrainedModel is told of that."""

_COMMON = re.compile(r"(?:Linear|Embedding|Conv[123]d|LayerNorm|Model|Config|Module|Dataset|Layer|Block|Attention|MLP)")
"""Classes that torch or programs have, too."""

Read = dict[str, list[str]]
"""Names by what has them: the arguments of ``SFTTrainer.__init__``, the members of ``Trainer``."""


@dataclass
class Class:
    """What the sources say of the classes of one name."""

    bases: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)
    fields: list[str] = field(default_factory=list)
    is_dataclass: bool = False
    calls: dict[str, set[str]] = field(default_factory=dict)


def read_calls(index: Index, package: str, kept: Path) -> list[tuple[str, Read]]:
    """The callables and classes of every release of a package, oldest first; what was read of a wheel is kept."""
    module, first = PACKAGES[package]
    found = []
    for file in wheels_of(index.files(package), Version(first)):
        path = kept / f"calls-{file.sha256}.json"
        if not path.exists():
            tell(f"reading {file.filename}")
            with index.archive(file, CHUNK) as archive:
                content = json.dumps(calls_in(module, archive))
            kept.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        found.append((str(minor_of(file.version)), json.loads(path.read_text(encoding="utf-8"))))
    return found


def write_calls(package: str, read: Sequence[tuple[str, Read]]) -> str:
    """The file of the matrix: of each callable and class what comes and goes, by the releases at which it does."""
    table = {}
    for owner in sorted({name for _, found in read for name in found if not _LAYERS.fullmatch(name)}):
        having = [(version, found[owner]) for version, found in read if owner in found]
        every = {name for _, names in having for name in names} - {ANY}
        names = changes_of([(version, every if ANY in names else names) for version, names in having])
        groups: dict[str, list[str]] = {}
        for name, changes in names.items():
            # Of what a release has from the first to the last there is nothing to tell.
            if changes != [having[0][0]] and name != ANY:
                groups.setdefault(" ".join(changes), []).append(name)
        if groups:
            table[owner] = {changes: " ".join(groups[changes]) for changes in sorted(groups)}
    return json_file({"package": package, "releases": " ".join(version for version, _ in read), "owners": table})


def calls_in(module: str, archive: zipfile.ZipFile) -> Read:
    """The arguments of each callable (``SFTTrainer.__init__``), and the members of each class (``Trainer``)."""
    classes: dict[str, Class] = {}
    functions: dict[str, set[str]] = {}
    for path in archive.namelist():
        if path.startswith(f"{module}/") and path.endswith(".py") and not _is_left_out(path):
            read_module(parse(archive.read(path)).body, classes, functions)
    found = {name: sorted(arguments) for name, arguments in functions.items()}
    for name, item in classes.items():
        if _COMMON.fullmatch(name) is None:
            found |= dict(_of_class(name, item, classes))
    return found


def _of_class(name: str, item: Class, classes: dict[str, Class]) -> Iterator[tuple[str, list[str]]]:
    family = list(family_of(name, classes))
    yield name, sorted({member for other in family for member in other.members if not member.startswith("__")})
    for method, arguments in item.calls.items():
        yield f"{name}.{method}", sorted(arguments)
    if item.is_dataclass and "__init__" not in item.calls:
        yield f"{name}.__init__", sorted({one for other in family if other.is_dataclass for one in other.fields})


def family_of(name: str, classes: dict[str, Class]) -> Iterator[Class]:
    """A class and those of the same package that it inherits from."""
    todo, seen = [name], set()
    while todo:
        one = todo.pop()
        if one in classes and one not in seen:
            seen.add(one)
            yield classes[one]
            todo += classes[one].bases


def _is_left_out(path: str) -> bool:
    return _LEFT_OUT.search(f"/{path}") is not None or _MODELS.match(path) is not None


def parse(content: bytes) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # of the release, not ours to mend
        return ast.parse(content)


def read_module(body: Sequence[ast.stmt], classes: dict[str, Class], functions: dict[str, set[str]]) -> None:
    for node in body:
        if isinstance(node, ast.ClassDef):
            _read_class(node, classes.setdefault(node.name, Class()))
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            functions.setdefault(node.name, set()).update(_arguments(node))
        elif isinstance(node, (ast.If, ast.Try)):
            read_module([*node.body, *node.orelse], classes, functions)


def _read_class(node: ast.ClassDef, found: Class) -> None:
    found.bases |= {ast.unparse(base).rpartition(".")[2] for base in node.bases}
    found.is_dataclass |= any("dataclass" in ast.unparse(item) for item in node.decorator_list)
    for item in node.body:
        if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found.members.add(item.name)
            found.members |= set(_own_attributes(item))
            if not item.name.startswith("__") or item.name == "__init__":
                found.calls.setdefault(item.name, set()).update(_arguments(item))
        elif isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            found.members.add(item.target.id)
            found.fields.append(item.target.id)
        elif isinstance(item, ast.Assign):
            found.members |= {target.id for target in item.targets if isinstance(target, ast.Name)}


def _own_attributes(function: ast.AST) -> Iterator[str]:
    """What a method sets of ``self``."""
    for node in ast.walk(function):
        if not (isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)):
            continue
        if isinstance(node.value, ast.Name) and node.value.id == "self":
            yield node.attr


def _arguments(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    given = node.args
    yield from (item.arg for item in (*given.args, *given.kwonlyargs) if item.arg not in ("self", "cls"))
    if given.kwarg:
        yield ANY
    yield from _renamed(node.decorator_list)


def _renamed(decorators: Iterable[ast.expr]) -> Iterator[str]:
    """The old names of arguments, which a decorator goes on taking."""
    for decorator in decorators:
        if isinstance(decorator, ast.Call) and "deprecate" in ast.unparse(decorator.func):
            for value in (*decorator.args, *(item.value for item in decorator.keywords)):
                yield from (
                    item.value
                    for item in ast.walk(value)
                    if isinstance(item, ast.Constant) and isinstance(item.value, str) and item.value.isidentifier()
                )

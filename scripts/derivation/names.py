"""Which names each release of a package can be asked for, module by module, read from the sources in its wheel.

What counts is what ``from module import name`` finds: what a module defines, assigns or imports at its top level, and
the submodules of a package. transformers and vllm make names only when they are asked for; those stand below
``TYPE_CHECKING``, as texts in a table of the package, or in ``__all__`` of the modules that it gathers.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from packaging.version import Version

from scripts.derivation.files import json_file
from scripts.derivation.index import Index, IndexFile, tell
from scripts.derivation.since import changes_of
from scripts.derivation.vllm_releases import is_source, source_files

PACKAGES = {
    "accelerate": ("accelerate", "0.20"),
    "bitsandbytes": ("bitsandbytes", "0.37"),
    "datasets": ("datasets", "2.10"),
    "diffusers": ("diffusers", "0.20"),
    "huggingface-hub": ("huggingface_hub", "0.20"),
    "liger-kernel": ("liger_kernel", "0.1"),
    "peft": ("peft", "0.5"),
    "pydantic": ("pydantic", "1.10"),
    "sentence-transformers": ("sentence_transformers", "2.2"),
    "torch": ("torch", "1.13"),
    "torchao": ("torchao", "0.1"),
    "transformers": ("transformers", "4.36"),
    "triton": ("triton", "2.0"),
    "trl": ("trl", "0.5"),
    "typing-extensions": ("typing_extensions", "4.0"),
    "vllm": ("vllm", "0.4.0"),
}
"""The packages that are read: the module that they bring, and the first release."""

_LEFT_OUT = re.compile(
    r"/(?:tests?|testing|third_party|benchmarks?|examples?|templates|_vendor|commands|experimental|prototype|resources|types|cli"
    r"|sagemaker|v1|model_executor/models|worker|executor|core|deprecated|pipelines|quantizers|onnx|integrations|data|kernels|distributed|loss|scripts)/"
)
"""Folders of modules that hardly anyone else imports from."""

_PARTS = {
    "torch": re.compile(
        r"torch/(?:[a-z_]+\.py|_C/(?:__init__|_VariableFunctions)\.pyi"
        r"|(?:fx|jit|onnx|package|testing|fft|linalg|special|sparse|func|quantization)/__init__\.py"
        r"|(?:_dynamo|_inductor|_functorch)/(?:__init__|config|utils|eval_frame|compile_fx|aot_autograd|apis)\.py"
        r"|(?:_higher_order_ops|_prims_common|_library|_subclasses|ao/quantization|autograd|export|profiler|accelerator)/\w+\.py"
        r"|(?:amp|backends|compiler|cpu|cuda|mps|xpu|optim|multiprocessing)/(?:\w+/)?\w+\.py"
        r"|nn/(?:modules/|parallel/|utils/|attention/)?\w+\.py"
        r"|utils/(?:data/)?\w+\.py"
        r"|distributed/(?:(?:algorithms|checkpoint|elastic|fsdp|tensor|_tensor|_composable|optim)/(?:\w+/){0,3})?\w+\.py)"
    ),
}
"""Of packages with thousands of modules those that others import from."""

_INNER = re.compile(
    r"torch\._C\b.*|torch\.(?:distributed|ao|_dynamo|_inductor|utils)\.(?:\w+\.)*_\w+|torch\._(?:dynamo|inductor)\.utils"
)
"""Modules that are read for what others take from them, and that hardly anyone else asks."""

_MODELS = re.compile(r"/models/[^/]+/")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w{2,}")
_LAZY = re.compile(rb"_LazyModule\(|^def __getattr__\(", re.MULTILINE)
_ALL = re.compile(rb"^__all__ = (\[[^\]]*\])", re.MULTILINE)
_QUOTED = re.compile(r"[\"'](\w+)[\"']")
CHUNK, _SMALL_CHUNK = 1 << 24, 1 << 20
"""Bytes that are asked for at once of a wheel, and of one of hundreds of megabytes that are no sources."""

_YEARS = 2000
"""Packages that are numbered by the year have no minor versions."""

Names = dict[str, list[str]]
"""The names of each module."""


def read_names(index: Index, package: str, kept: Path) -> list[tuple[str, Names]]:
    """The names of every release of a package, oldest first; what was read of a wheel is kept."""
    module, first = PACKAGES[package]
    found = []
    files = index.files(package)
    # The sources of vLLM's releases are kept for the other tables, and its wheels hold hundreds of megabytes.
    large = package == "vllm"
    for file in _newest(source_files(files)) if large else wheels_of(files, Version(first)):
        path = kept / f"names-{file.sha256}.json"
        if not path.exists():
            tell(f"reading {file.filename}")
            chunk = _SMALL_CHUNK if package in ("torch", "triton", "bitsandbytes") else CHUNK
            with index.members(file, is_source) if large else index.archive(file, chunk) as archive:
                content = json.dumps(names_in(module, archive))
            kept.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        names = json.loads(path.read_text(encoding="utf-8"))
        is_unwanted = _is_inner if module in _PARTS else _is_left_out
        names = {name: items for name, items in names.items() if not is_unwanted(name)}
        found.append((str(minor_of(file.version)), names))
    return found


def write_names(package: str, read: Sequence[tuple[str, Names]]) -> str:
    """The file of the matrix: of each module what comes and goes, by the releases at which it does."""
    modules = changes_of([(version, list(names)) for version, names in read])
    always = [read[0][0]]
    table: dict[str, dict[str, str]] = {}
    for module in sorted(modules):
        names = changes_of([(version, names.get(module, ())) for version, names in read])
        groups: dict[str, list[str]] = {}
        for name, changes in names.items():
            # A name that is there as long as its module says no more than the module does.
            if changes != modules[module] and changes != always:
                groups.setdefault(" ".join(changes), []).append(name)
        own = {"": " ".join(modules[module])} if modules[module] != always else {}
        if own or groups:
            table[module] = own | {changes: " ".join(groups[changes]) for changes in sorted(groups)}
    return json_file({"package": package, "releases": " ".join(version for version, _ in read), "modules": table})


def names_in(module: str, archive: zipfile.ZipFile) -> Names:
    """The names of each module in a wheel."""
    paths = [name for name in archive.namelist() if _is_read(module, name)]
    contents = {_dotted(path): archive.read(path) for path in paths if not _MODELS.search(path)}
    trees = {name: _parse(content) for name, content in contents.items()}
    found = {name: set(_names(tree.body)) for name, tree in trees.items()}
    for name in (name for name, content in contents.items() if _LAZY.search(content)):
        found[name] |= _texts(trees[name])
    for name in found:
        parent, _, last = name.rpartition(".")
        if parent in found:
            found[parent].add(last)
    if gathered := [path for path in paths if _MODELS.search(path)]:
        found[module] |= {name for path in gathered for name in _all_of(archive.read(path))}
    for name in (name for name, content in contents.items() if b"import *" in content):
        found[name] |= {item for other in _stars(name, trees[name]) for item in found.get(other, ())}
    return {name: sorted(_plain(names)) for name, names in sorted(found.items())}


def _is_left_out(name: str) -> bool:
    return _LEFT_OUT.search(f"/{name.replace('.', '/')}/") is not None


def _is_inner(name: str) -> bool:
    return _INNER.fullmatch(name) is not None


def _is_read(module: str, path: str) -> bool:
    if module in _PARTS:
        return _PARTS[module].fullmatch(path) is not None
    own = path.startswith(f"{module}/") or path == f"{module}.py"
    return own and path.endswith(".py") and not _LEFT_OUT.search(f"/{path}")


def _plain(names: Iterable[str]) -> Iterator[str]:
    return (name for name in names if _IDENTIFIER.fullmatch(name) and not name.startswith("__"))


def _dotted(path: str) -> str:
    return path.removesuffix("i").removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _parse(content: bytes) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)  # of the release, not ours to mend
        return ast.parse(content)


def _names(body: Sequence[ast.stmt]) -> Iterator[str]:
    for node in body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name
        elif isinstance(node, ast.Import):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (item.id for target in targets for item in ast.walk(target) if isinstance(item, ast.Name))
        elif isinstance(node, (ast.If, ast.With)):
            yield from _names([*node.body, *getattr(node, "orelse", ())])
        elif isinstance(node, ast.Try):
            handlers = [item for handler in node.handlers for item in handler.body]
            yield from _names([*node.body, *handlers, *node.orelse, *node.finalbody])


def _texts(tree: ast.Module) -> set[str]:
    """The texts of a module that makes its names when they are asked for, by the tables that it has for that."""
    constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {value for value in constants if isinstance(value, str)}


def _all_of(content: bytes) -> Iterator[str]:
    """What a module says that it gives away. Only that is parsed: there are thousands of these modules."""
    stated = _ALL.search(content)
    if stated is not None:
        yield from _QUOTED.findall(stated[1].decode())


def _stars(module: str, tree: ast.Module) -> Iterator[str]:
    """The modules of the same package that a module takes everything from."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            yield node.module or "" if not node.level else f"{module}.{node.module}" if node.module else module


def wheels_of(files: Iterable[IndexFile], first: Version) -> list[IndexFile]:
    """One wheel of the newest release of each minor version, prereleases left out."""
    found: dict[Version, IndexFile] = {}
    for file in files:
        usable = file.is_wheel and (file.tags.endswith("-any") or "x86_64" in file.tags) and "musl" not in file.tags
        if usable and file.version >= first and not file.version.is_prerelease and not file.yanked:
            found[minor_of(file.version)] = file
    return [found[minor] for minor in sorted(found)]


def _newest(files: Iterable[IndexFile]) -> list[IndexFile]:
    return list({minor_of(file.version): file for file in files}.values())


def minor_of(version: Version) -> Version:
    """What names come and go with: patches mend."""
    return Version(f"{version.major}.{version.minor}") if version.major < _YEARS else version

"""Which model architectures a release of vLLM serves, and which of them take LoRA adapters.

The registry of the release names a class for each architecture; whether that class takes LoRA, and with
which modules, stands in its body or in one of its bases.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field

from scripts.derivation.sources import Sources, assignments

MODELS = "vllm/model_executor/models"
REGISTRY = (f"{MODELS}/registry.py", f"{MODELS}/__init__.py")
_OTHER_TABLES = re.compile(r"ROCM|NEURON|PREVIOUSLY|OOT|SPECULATIVE_DECODING_ALIAS")
_LORA_MARKS = ("supported_lora_modules", "supports_lora")
_ATTRIBUTES = ("supported_lora_modules", "embedding_modules", "packed_modules_mapping")


@dataclass(frozen=True, slots=True)
class ServedArchitecture:
    """One architecture of a release; without `lora` the rest is empty.

    `modules` are those that adapters may have, () where every linear layer is taken; `embeddings`
    the embedding layers that are taken besides, `packed` what is one layer in vLLM and several in
    the checkpoint (``qkv_proj``: q_proj, k_proj, v_proj).
    """

    lora: bool
    modules: tuple[str, ...] = ()
    embeddings: tuple[str, ...] = ()
    packed: dict[str, tuple[str, ...]] = field(default_factory=dict)


def read_architectures(sources: Sources) -> dict[str, ServedArchitecture]:
    """Every architecture of the registry."""
    classes = _Classes(sources)
    every_linear = not _lists_modules(sources)
    found = {}
    for architecture, (module, name) in sorted(_registered(sources).items()):
        stem = module.replace(".", "/")
        chain = classes.chain(_path_of(sources, stem if stem.startswith("vllm/") else f"{MODELS}/{stem}"), name)
        found[architecture] = _served(classes, chain, every_linear)
    return found


def read_removed(sources: Sources) -> dict[str, str]:
    """The architectures that a release says it served until an older one, with that one's version."""
    for name, value in assignments(sources.tree(sources.first(*REGISTRY))):
        if name == "_PREVIOUSLY_SUPPORTED_MODELS" and isinstance(value, ast.Dict):
            return dict(ast.literal_eval(value))
    return {}


def serves_unknown(sources: Sources) -> bool:
    """Whether an architecture that is not registered may be served through its class in transformers."""
    return "TransformersForCausalLM" in sources.text(sources.first(*REGISTRY))


def _registered(sources: Sources) -> dict[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for table, value in assignments(sources.tree(sources.first(*REGISTRY))):
        if not table.endswith("MODELS") or _OTHER_TABLES.search(table) or not isinstance(value, ast.Dict):
            continue
        for key, item in zip(value.keys, value.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(item, ast.Tuple) and len(item.elts) == 2:
                module, name = ast.literal_eval(item)
                found.setdefault(str(key.value), (module, name))
    if not found:
        raise LookupError(f"{sources.version}: the registry of models was not found")
    return found


def _lists_modules(sources: Sources) -> bool:
    """Whether model classes list their modules: from 0.8.0 on every linear layer takes LoRA."""
    return any("supported_lora_modules" in sources.text(f"{MODELS}/{name}.py") for name in ("llama", "interfaces"))


def _served(classes: _Classes, chain: list[Class], every_linear: bool) -> ServedArchitecture:
    lora = any(node.name == "SupportsLoRA" or _marks(node) for _, node in chain)
    if not lora:
        return ServedArchitecture(lora=False)
    modules, embeddings, packed = (classes.attribute(chain, name) for name in _ATTRIBUTES)
    return ServedArchitecture(
        lora=True,
        modules=() if every_linear else _texts(modules),
        embeddings=_texts(embeddings),
        packed={str(name): _texts(parts) for name, parts in packed.items()} if isinstance(packed, dict) else {},
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, (list, tuple, dict)) else ()


def _marks(node: ast.ClassDef) -> bool:
    for name, value in assignments(ast.Module(body=node.body, type_ignores=[])):
        if name in _LORA_MARKS and not (isinstance(value, ast.Constant) and value.value is False):
            return True
    return False


Class = tuple[str, ast.ClassDef]
"""A class, with the file that defines it."""


class _Classes:
    """The classes of a release's models, and which of them others derive from."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def chain(self, path: str, name: str) -> list[Class]:
        """A class and its bases, nearest first, each once."""
        found: list[Class] = []
        self._walk(path, name, found, set())
        return found

    def attribute(self, chain: list[Class], name: str) -> object:
        """The value of a class attribute, that of the nearest class of a chain; None where it cannot be read."""
        for path, node in chain:
            if node.name == "SupportsLoRA":
                continue  # declares the attributes for all, with empty values
            for item in node.body:
                if isinstance(item, (ast.Assign, ast.AnnAssign)):
                    for found, value in assignments(ast.Module(body=[item], type_ignores=[])):
                        if found == name:
                            return self._evaluate(path, value)
        return None

    def _evaluate(self, path: str, value: ast.expr) -> object:
        if isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name):
            return self.attribute(self.chain(path, value.value.id), value.attr)  # `LlamaForCausalLM.embedding_modules`
        try:
            return ast.literal_eval(value)
        except ValueError:
            return None

    def _walk(self, path: str, name: str, found: list[Class], seen: set[tuple[str, str]]) -> None:
        if (path, name) in seen or not self._sources.text(path):
            return
        seen.add((path, name))
        node = self._sources.find_class(name, path)
        if node is None:
            origin = self._imported(path, name)
            if origin is not None:
                self._walk(*origin, found, seen)
            return
        found.append((path, node))
        for base in node.bases:
            if isinstance(base, (ast.Name, ast.Subscript)):
                text = ast.unparse(base).partition("[")[0]
                self._walk(path, text, found, seen)

    def _imported(self, path: str, name: str) -> tuple[str, str] | None:
        node = self._sources.names(path).get(name)
        if isinstance(node, ast.ImportFrom):
            real = next(alias.name for alias in node.names if (alias.asname or alias.name) == name)
            return self._file_of(path, node.module or "", node.level), real
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Name) and node.value.id != name:
            return path, node.value.id  # an alias: `X = Y`
        return None

    def _file_of(self, path: str, module: str, level: int) -> str:
        folder = path.split("/")[:-level] if level else []
        return _path_of(self._sources, "/".join([*folder, *module.split(".")]).strip("/"))


def _path_of(sources: Sources, stem: str) -> str:
    return f"{stem}/__init__.py" if sources.text(f"{stem}/__init__.py") else f"{stem}.py"

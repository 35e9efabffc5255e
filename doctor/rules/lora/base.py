"""The model that adapters are put on: its architecture and the modules that it has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from doctor.core.artifact.layout import LayoutError, layout_of
from doctor.core.artifact.model import BASE, MODEL, ModelFolder
from doctor.core.artifact.tensors import SafetensorsFile, Tensor, merge
from doctor.core.frozen import frozen
from doctor.core.rule import Env, NotApplicableError, UndeterminedError
from doctor.rules.model.loading import SINGLE, indexed_files, numbered, safetensors

Shape = tuple[int, int]
UNPACKED = frozenset({"F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2", "I8"})
"""Types that hold one element of a weight each, so that the shape is that of the module."""

EMBEDDINGS = ("embed_tokens", "wte", "word_embeddings")
"""How models call the embedding that an output layer may be tied to: most, GPT-2 and its kin, Falcon and Bloom."""

INNER = ("model", "transformer")
"""How most classes and GPT-2's kin call their inner model (`base_model_prefix`): a checkpoint that was saved from that
alone lacks the beginning, which transformers and vLLM put before its names."""

_LAYER = re.compile(r"\.\d+\..*weight$")
_WRAPPERS = re.compile(r"^(?:model\.|language_model\.|text_model\.)+")
"""What models for text and images put before the names of their language model, which vLLM renames."""


@frozen
class Base:
    """The model that adapters are put on.

    `modules` maps the names of modules to (outputs, inputs) of their weight; of an embedding it is
    (vocabulary, size). `packed` are those whose weights are packed in few bits, and whose sizes no formula tells;
    `others` are those that have no matrix, as norms. `wrapped` says that the language model is a part of it, under
    names that differ between releases of transformers and vLLM. `by_tail` maps what `tail` leaves of each name to the
    name, and `roots` are the first words of the names.
    """

    path: str
    config: Mapping[str, Any]
    modules: Mapping[str, Shape]
    packed: frozenset[str]
    others: frozenset[str]
    wrapped: bool
    by_tail: Mapping[str, str]
    roots: frozenset[str]

    @property
    def words(self) -> frozenset[str]:
        """The last words of the modules that have a matrix: what PEFT calls target modules."""
        return frozenset(name.rpartition(".")[2] for name in (*self.modules, *self.packed))

    def find(self, module: str) -> str | None:
        """The name under which the base has a module, or None."""
        if self._has(module):
            return module
        first, _, inner = module.partition(".")
        if first in INNER and first not in self.roots and self._has(inner):
            return inner
        return self.near(module) if self.wrapped else None

    def _has(self, module: str) -> bool:
        return module in self.modules or module in self.packed or module in self.others

    def near(self, module: str) -> str | None:
        """The module that differs from this one by what stands before the language model only, or None."""
        return self.by_tail.get(tail(module))

    def can_adapt(self, module: str) -> bool:
        """Whether it has a module of this name that has a matrix."""
        name = self.find(module)
        return name in self.modules or name in self.packed


def folder_of(env: Env) -> ModelFolder:
    """The folder of the model that is served: `--model`, or else `--base`.

    Raises:
        NotApplicableError: neither was given.
        UndeterminedError: it is not known.
    """
    folder = env.look(MODEL)
    if folder is None:
        folder = env.look(BASE)
    if folder is None:
        raise NotApplicableError("the base model is not given: --model DIR or --base DIR names it")
    return folder


def config_of(env: Env, folder: ModelFolder) -> Mapping[str, Any]:
    """The config of a model folder.

    Raises:
        NotApplicableError: it has none that can be read, which the rules of the model say.
    """
    document = env.note(f"config.json of {folder.path}", folder.config)
    if document is None or document.damage is not None:
        raise NotApplicableError(f"{folder.path} has no config.json that can be read")
    return document.value


def architecture_of(env: Env) -> str:
    """The first architecture that the served model states.

    Raises:
        NotApplicableError: it was not given, or states none.
        UndeterminedError: it is not known.
    """
    folder = folder_of(env)
    stated = config_of(env, folder).get("architectures")
    first = stated[0] if isinstance(stated, list) and stated else None
    if not isinstance(first, str):
        raise NotApplicableError(f"the config.json of {folder.path} states no architecture")
    return first


def base_of(env: Env) -> Base:
    """The model that is served, with its modules as its weights state them, or its config where they are packed.

    Raises:
        NotApplicableError: it was not given, or has no config that can be read.
        UndeterminedError: it is not known, or neither its weights nor its config tell its modules.
    """
    folder = folder_of(env)
    config = config_of(env, folder)
    files = [
        file
        for fact in folder.weights
        if (file := env.note(f"weights of {folder.path}", fact)) is not None and file.readable
    ]
    tensors = merge(files)
    formula = _by_formula(config)
    if not any(_LAYER.search(name) for name in (*tensors, *formula)):
        raise UndeterminedError(
            f"the modules of {folder.path} are not known: neither its weights nor a formula tell them"
        )
    missing = () if formula else _not_read(env, folder, files)
    if missing:
        raise UndeterminedError(f"the modules of {folder.path} are not all known: {missing[0]} could not be read")
    modules = _modules({**formula, **_shapes(tensors)})
    packed = frozenset(_owner(name) for name, tensor in tensors.items() if tensor.dtype not in UNPACKED) - set(modules)
    others = frozenset(_owner(name) for name in (*tensors, *formula)) - set(modules) - packed
    names = (*modules, *packed, *others)
    return Base(
        path=folder.path,
        config=config,
        modules=modules,
        packed=packed,
        others=others,
        wrapped=_is_wrapped(config),
        by_tail={tail(name): name for name in names},
        roots=frozenset(name.partition(".")[0] for name in names),
    )


def _not_read(env: Env, folder: ModelFolder, files: Iterable[SafetensorsFile]) -> tuple[str, ...]:
    """The files of weights that are missing or damaged: what they hold is not known."""
    names = safetensors(folder)
    index = env.note(f"the index of {folder.path}", folder.index)
    wanted = {*names} if SINGLE in names else {*names, *indexed_files(index), *numbered(names)}
    return tuple(sorted(wanted - {file.name for file in files}))


def _shapes(tensors: Mapping[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tensor.shape for name, tensor in tensors.items() if tensor.dtype in UNPACKED}


def _by_formula(config: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """The shapes that the config tells: where weights are packed in few bits, or not all there, they stand in.

    {} where there is no formula for such a model.
    """
    try:
        layout = layout_of(config)
    except LayoutError:
        return {}  # the rules of the model say what is wrong with the sizes
    return layout.tensors if layout else {}


def text_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part of a config that describes the language model."""
    inner = config.get("text_config")
    return inner if isinstance(inner, dict) else config


def tail(module: str) -> str:
    """A module's name without what stands before the language model."""
    return _WRAPPERS.sub("", module)


def _is_wrapped(config: Mapping[str, Any]) -> bool:
    return isinstance(config.get("text_config"), dict) or isinstance(config.get("vision_config"), dict)


def _modules(shapes: Mapping[str, tuple[int, ...]]) -> dict[str, Shape]:
    found = {}
    for name, shape in shapes.items():
        if name.endswith(".weight") and len(shape) == 2:
            found[_owner(name)] = (shape[0], shape[1])
    # Tied to the embedding, an output layer has no tensor of its own.
    embedding = next((name for name in found if name.rpartition(".")[2] in EMBEDDINGS), None)
    if embedding and not any(name.endswith("lm_head") for name in found):
        found["lm_head"] = found[embedding]
    return found


def _owner(name: str) -> str:
    return name.rpartition(".")[0]

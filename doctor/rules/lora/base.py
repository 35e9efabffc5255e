"""The model that adapters are put on: its architecture and the modules that it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from doctor.core.model import BASE, MODEL, ModelFolder
from doctor.core.rule import Env, NotApplicableError
from doctor.core.tensors import UNREADABLE, Tensor, merge

Shape = tuple[int, int]
FLOATS = frozenset({"F64", "F32", "F16", "BF16"})
WRAPPERS = ("model.", "language_model.", "text_model.")
"""What models for text and images put before the names of their language model, which vLLM renames."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The model that adapters are put on.

    `modules` maps the names of modules to (outputs, inputs) of their weight; of an embedding it is
    (vocabulary, size). `wrapped` says that the language model is a part of it, under names that
    differ between releases of transformers and vLLM.
    """

    path: str
    config: Mapping[str, Any]
    modules: Mapping[str, Shape]
    others: frozenset[str]
    wrapped: bool

    @property
    def architecture(self) -> str:
        """The first of its architectures, or "" where it states none."""
        stated = self.config.get("architectures")
        first = stated[0] if isinstance(stated, list) and stated else stated
        return first if isinstance(first, str) else ""

    def find(self, module: str) -> str | None:
        """The name under which the base has a module, or None."""
        if module in self.modules or module in self.others:
            return module
        return self._by_tail().get(tail(module)) if self.wrapped else None

    def near(self, module: str) -> str | None:
        """The module that differs from this one by what stands before the language model only, or None."""
        return self._by_tail().get(tail(module))

    def _by_tail(self) -> dict[str, str]:
        return {tail(name): name for name in (*self.modules, *self.others)}


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


def base_of(env: Env) -> Base:
    """The model that is served, with its modules as its weights state them.

    Raises:
        NotApplicableError: it was not given, or has no weights in safetensors or packed ones.
        UndeterminedError: it is not known.
    """
    folder = folder_of(env)
    config = config_of(env, folder)
    tensors = merge(
        file
        for fact in folder.weights
        if (file := env.note(f"weights of {folder.path}", fact)) is not None
        and not any(damage.kind in UNREADABLE for damage in file.damages)
    )
    modules = _modules(tensors)
    if not modules:
        raise NotApplicableError(f"{folder.path} holds no weights in floating point that tell its modules")
    return Base(
        path=folder.path,
        config=config,
        modules=modules,
        others=frozenset(_owner(name) for name in tensors) - set(modules),
        wrapped=_is_wrapped(config),
    )


def text_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part of a config that describes the language model."""
    inner = config.get("text_config")
    return inner if isinstance(inner, dict) else config


def tail(module: str) -> str:
    """A module's name without what stands before the language model."""
    found = True
    while found:
        found = False
        for wrapper in WRAPPERS:
            if module.startswith(wrapper):
                module, found = module[len(wrapper) :], True
    return module


def _is_wrapped(config: Mapping[str, Any]) -> bool:
    return isinstance(config.get("text_config"), dict) or isinstance(config.get("vision_config"), dict)


def _modules(tensors: Mapping[str, Tensor]) -> dict[str, Shape]:
    found = {}
    for name, tensor in tensors.items():
        if name.endswith(".weight") and len(tensor.shape) == 2 and tensor.dtype in FLOATS:
            found[_owner(name)] = (tensor.shape[0], tensor.shape[1])
    # Tied to the embedding, an output layer has no tensor of its own.
    embedding = next((name for name in found if name.endswith("embed_tokens")), None)
    if embedding and not any(name.endswith("lm_head") for name in found):
        found["lm_head"] = found[embedding]
    return found


def _owner(name: str) -> str:
    return name.rpartition(".")[0]

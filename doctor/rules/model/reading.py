"""How the rules of this topic read a model folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from packaging.version import Version

from doctor.core.artifact.folder import Document
from doctor.core.artifact.layout import Layout, LayoutError, layout_of
from doctor.core.artifact.model import BASE, EMPTY_MODEL, MODEL, ModelFolder
from doctor.core.artifact.tensors import SafetensorsFile, Tensor, TensorGroup, expand, merge
from doctor.core.fact import Absent, Fact, not_told
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.packages.registry import TRANSFORMERS_REGISTRY, VLLM_REGISTRY, TransformersRegistry, VllmRegistry
from doctor.core.packages.stack import installed, release, vllm_of
from doctor.core.rule import Env, NotApplicableError, UndeterminedError, describe_gap
from doctor.rules.model.loading import consolidated, read_by_vllm

T = TypeVar("T")

PARTS = ("text_config", "vision_config", "audio_config", "llm_config")
"""The configs inside a config of models that do more than text."""


LATENT = ("kv_lora_rank", "qk_nope_head_dim", "qk_head_dim")
"""What configs with multi-head latent attention state in place of one size for all heads (DeepSeek, GLM-4.7)."""


def need(env: Env, subject: str, fact: Fact[T]) -> T:
    """Return the value of a fact inside a value, as `Env.need` does for a key."""
    value = env.note(subject, fact)
    if value is not None:
        return value
    if isinstance(fact, Absent):
        raise NotApplicableError(fact.detail or f"{subject} is absent")
    raise UndeterminedError(describe_gap(subject, fact))


def look(env: Env, subject: str, fact: Fact[T]) -> T | None:
    """Return the value of a fact inside a value, or None where it is known to be absent."""
    if isinstance(fact, Absent):
        env.note(subject, fact)
        return None
    return need(env, subject, fact)


def content(env: Env, fact: Fact[Document]) -> dict[str, Any]:
    """Return what a JSON file holds; not applicable where another rule says that it holds nothing."""
    document = need(env, "the file", fact)
    if document.damage is not None:
        raise NotApplicableError(f"{document.name} cannot be used: {document.damage.detail}")
    return document.value


def content_or_nothing(env: Env, fact: Fact[Document]) -> dict[str, Any]:
    """Return what a JSON file holds, or an empty object where it is absent or damaged."""
    document = look(env, "the file", fact)
    return {} if document is None else document.value


def config_of(env: Env) -> dict[str, Any]:
    """Return the config of the model folder; not applicable where there is none that can be used."""
    return content(env, env.need(MODEL).config)


def text_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part of a config that describes the language model: itself, or its ``text_config``."""
    inner = config.get("text_config")
    return inner if isinstance(inner, dict) else config


def base_of(env: Env) -> ModelFolder | None:
    """Return the base model's folder, or None where none is given; Unknown is noted as a gap."""
    try:
        return env.look(BASE)
    except UndeterminedError as error:
        env.gap(str(error))
        return None


def files_of(env: Env, folder: ModelFolder) -> tuple[SafetensorsFile, ...]:
    """Return the safetensors files whose tables can be read, and note those that are not known."""
    found = [env.note(f"weights {number}", fact) for number, fact in enumerate(folder.weights)]
    return tuple(item for item in found if item is not None and item.readable)


def served_files(env: Env, folder: ModelFolder) -> tuple[SafetensorsFile, ...]:
    """Return the files that vLLM reads; not applicable where they are not whole, as other rules say.

    Raises:
        UndeterminedError: one of them may not be read.
    """
    for number, fact in enumerate(folder.weights):
        need(env, f"weights {number}", fact)
    known = {item.name: item for item in folder.known_weights()}
    index = look(env, "the index", folder.index)
    # Which vLLM it is decides about Mistral's own files alone.
    matters = consolidated(tuple(known)) or not not_told(env.fact(DISTRIBUTIONS))
    wanted = read_by_vllm(tuple(known), index, vllm_version(env) if matters else None)
    if index is not None and index.damage is not None:
        raise NotApplicableError(f"{index.name} cannot be used: {index.damage.detail}")
    if not wanted:
        raise NotApplicableError("there are no safetensors files to look into")
    missing = [name for name in wanted if name not in known]
    broken = [name for name in wanted if name in known and not known[name].readable]
    if missing or broken:
        raise NotApplicableError(f"{(missing + broken)[0]} {'is missing' if missing else 'cannot be read'}")
    return tuple(known[name] for name in wanted)


def served_tensors(env: Env, folder: ModelFolder) -> Mapping[str, Tensor]:
    """Return the tensors that vLLM finds, by name; see `served_files`."""
    return merge(served_files(env, folder))


def served_groups(env: Env, folder: ModelFolder) -> tuple[TensorGroup, ...]:
    """Return the groups of the tensors that vLLM finds; see `served_files`.

    Of a name that several files hold there is one group for each.
    """
    return tuple(group for file in served_files(env, folder) for group in file.groups)


def layout(env: Env, folder: ModelFolder) -> Layout:
    """Return the tensors that the config asks for: by formula, or as transformers itself builds the model.

    Not applicable where its sizes are none, which another rule says; a model without a formula
    leaves the rule undetermined unless transformers was asked.
    """
    config = content(env, folder.config)
    try:
        found = layout_of(config)
    except LayoutError as error:
        raise NotApplicableError(f"the config states no sizes of a model: {error}") from error
    if found is not None:
        return found
    built = env.look(EMPTY_MODEL)
    if built is None:
        named = config.get("model_type")
        raise UndeterminedError(f"there is no formula for the tensors of {named!r}: --deep asks transformers for them")
    needed, optional = (
        {name: group.shape for group in part for name in expand(group.names)} for part in (built.needed, built.optional)
    )
    return Layout(architecture=built.architecture, needed=needed, optional=optional)


def vllm_names(env: Env) -> VllmRegistry | None:
    """Return the names that the installed vLLM knows, None where none is installed.

    They are read from its files, or from the matrix where it is installed and its files were not
    found, as in editable mode.

    Raises:
        UndeterminedError: the matrix does not know the release either.
    """
    package = vllm_of(env.need(DISTRIBUTIONS))
    listed = not_told(env.fact(VLLM_REGISTRY))
    if listed and package is None:
        env.unstated("whether vLLM is installed")
        return None
    found = None if listed else env.look(VLLM_REGISTRY)
    if found is not None or package is None:
        return found
    row = env.matrix.vllm_release(package.version)
    if row is None:
        raise UndeterminedError(
            f"the files of {package.name} {package.version} were not found, and the matrix has no row"
        )
    env.cite(f"vllm {row.version}")
    return VllmRegistry(
        architectures=tuple(sorted(row.architectures)),
        removed=dict(row.removed),
        quantizations=tuple(sorted(row.quantization)),
        fallback=row.serves_unknown,
    )


def transformers_names(env: Env) -> TransformersRegistry | None:
    """Return the names that the installed transformers knows, None where none is installed; see `vllm_names`.

    Raises:
        UndeterminedError: the matrix does not know the release either.
    """
    package = installed(env.need(DISTRIBUTIONS), "transformers")
    # Of a list of versions no files are told either: the release stands in for them.
    listed = package is not None and not_told(env.fact(TRANSFORMERS_REGISTRY))
    found = None if listed else env.look(TRANSFORMERS_REGISTRY)
    if found is not None or package is None:
        return found
    row = env.matrix.transformers_release(package.version)
    if row is None:
        raise UndeterminedError(
            f"the files of transformers {package.version} were not found, and the matrix has no row"
        )
    env.cite(f"transformers {row.version}")
    return TransformersRegistry(model_types=tuple(sorted(row.model_types)), tokenizers=tuple(sorted(row.tokenizers)))


def vllm_version(env: Env) -> Version | None:
    """Return the version of the installed vLLM without its local part, None where there is none."""
    found = vllm_of(env.need(DISTRIBUTIONS))
    return _version(env, found)


def version_of(env: Env, name: str) -> Version | None:
    """Return the version of an installed distribution without its local part, None where there is none."""
    return _version(env, installed(env.need(DISTRIBUTIONS), name))


def _version(env: Env, found: Distribution | None) -> Version | None:
    if found is None:
        return None
    version = release(found)
    if version is None:
        env.gap(f"the version of {found.name}, {found.version}, cannot be read")
    return version

"""What is known of single releases: what their metadata declares, and what a vLLM release accepts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import Enum
from typing import Protocol

from doctor.core.frozen import frozen
from doctor.core.packages.flash_wheel import FlashFit, FlashWheel


class Support(str, Enum):
    """What a release does with something: `IGNORED` is the dangerous one, since nothing is said.

    `OPTION` takes it where an option is set; `SAME_SIZE` where the shapes are those of the base model.
    """

    SUPPORTED = "supported"
    REFUSED = "refused"
    IGNORED = "ignored"
    WARNED = "warned"
    OPTION = "option"
    SAME_SIZE = "same-size"


@frozen
class Release:
    """What the package index states of one release.

    `uploaded` reads ``2024-08-23``; `requires` are the Requires-Dist lines of its Linux wheel
    without those of extras, None where the release has no wheel whose metadata could be read;
    `wheels` are the tags of its wheels for Linux (``cp38-abi3-manylinux1_x86_64``), none where
    it has to be built.
    """

    package: str
    version: str
    uploaded: str
    requires_python: str
    requires: tuple[str, ...] | None
    wheels: tuple[str, ...] = ()
    yanked: bool = False


@frozen
class LoraSupport:
    """What a release of vLLM accepts of LoRA, as its sources say.

    `max_lora_rank`, `lora_dtype` and `lora_extra_vocab_size` are the values that these options
    may have (the last is empty where there is no such option), `default_max_lora_rank` is the
    largest rank where nothing is set. `vocabulary_limit` is the largest vocabulary with which an
    lm_head is wrapped, `batched_token_limit` the largest max_num_batched_tokens (0 is no limit).
    `bias` to `embedding_lora` say what an adapter with that feature meets; `modules_to_save`
    and `init_lora_weights` hold the names that are accepted there (``*`` is any, unread), and
    `refused_keys` the other keys of adapter_config.json that are refused when they are set:
    what is not named there is ignored. `unexpected_modules` is what modules meet that the model
    cannot adapt, `file_formats` the files that are read, the preferred one first;
    `request_fields` are the fields of LoRARequest in their order, and `minimum_capability` is
    what the LoRA kernels ask for by themselves ("" is nothing).
    """

    max_lora_rank: tuple[int, ...]
    default_max_lora_rank: int
    lora_dtype: tuple[str, ...]
    lora_extra_vocab_size: tuple[int, ...]
    vocabulary_limit: int
    batched_token_limit: int
    chunked_prefill: Support
    quantized_base: Support
    bias: Support
    use_rslora: Support
    use_dora: Support
    modules_to_save: tuple[str, ...]
    init_lora_weights: tuple[str, ...]
    ranks_by_pattern: Support
    refused_keys: tuple[str, ...]
    new_embeddings: Support
    embedding_lora: Support
    base_embeddings: Support
    unexpected_modules: Support
    keys_without_prefix: Support
    file_formats: tuple[str, ...]
    request_fields: tuple[str, ...]
    cpu: Support
    minimum_capability: str


@frozen
class ServedArchitecture:
    """A model architecture that a release of vLLM has a class for, and what LoRA can adapt of it.

    Without `lora` the rest is empty. `modules` are the layers that adapters may have, () where
    that is every linear layer; `embeddings` are the embedding layers that are taken besides.
    `packed` names what is one layer in vLLM and several in an adapter (``qkv_proj``: ``q_proj``,
    ``k_proj``, ``v_proj``).
    """

    lora: bool
    modules: tuple[str, ...] = ()
    embeddings: tuple[str, ...] = ()
    packed: dict[str, tuple[str, ...]] = field(default_factory=dict)


@frozen
class Reading:
    """What an environment variable is to hold, where not any text will do.

    `kind` is ``int`` or ``float``, as Python reads them, ``switch`` (an int of which only 0 counts), ``word`` or
    ``any-case``: one of `words`.
    """

    kind: str
    words: tuple[str, ...] = ()

    def refuses(self, text: str) -> bool:
        """Whether the release ends with a ValueError when it reads this."""
        if self.kind == "word":
            return text not in self.words
        if self.kind == "any-case":
            return text.lower() not in {word.lower() for word in self.words}
        try:
            (float if self.kind == "float" else int)(text)
        except ValueError:
            return True
        return False


@frozen
class VllmRelease:
    """What one release of vLLM accepts.

    `architectures` are those of its own registry; `serves_unknown` says that others may be served
    through their class in transformers. `removed` maps architectures that it names as gone to the
    last release that had them. `arguments` are the fields of its EngineArgs, `flags` the options
    of ``vllm serve`` (``--max-lora-rank``), `variables` the environment variables it reads, `readings` those of
    them that not any text will do for. `quantization` maps the methods to the compute capability that
    they ask for ("" is none).
    """

    version: str
    lora: LoraSupport
    architectures: Mapping[str, ServedArchitecture]
    serves_unknown: bool
    removed: Mapping[str, str]
    arguments: frozenset[str]
    flags: frozenset[str]
    variables: frozenset[str]
    readings: Mapping[str, Reading]
    quantization: Mapping[str, str]


@frozen
class TransformersRelease:
    """What one release of transformers knows without code of the model's own repository.

    `model_types` are those that AutoConfig knows (``model_type`` of a config.json),
    `architectures` the classes that its auto classes name, `tokenizers` the classes that
    ``tokenizer_class`` of a tokenizer_config.json may name.
    """

    version: str
    model_types: frozenset[str]
    architectures: frozenset[str]
    tokenizers: frozenset[str]


@frozen
class NameHistory:
    """The releases of a package that have a name in a module, or, where `name` is "", the module.

    In place of a module may stand a class that has a member, or a callable that takes an argument.

    Each of the `spans` goes from the release at which it comes to the one from which on it is there no more; "" is
    the oldest that is known, and that it still is there.
    """

    package: str
    module: str
    name: str
    spans: tuple[tuple[str, str], ...]


@frozen
class ConfigAttribute:
    """What the releases of transformers tell of an attribute of a configuration class (``Gemma3Config``).

    `history` is None where it neither comes nor goes; then every release that has the class has it, or none.
    `parts` are the attributes that hold the configuration of a part of the model (``text_config``).
    """

    owner: str
    name: str
    history: NameHistory | None
    parts: tuple[str, ...]


class ReleaseData(Protocol):
    """Where the matrix takes its releases from; they are read when they are asked for."""

    def packages(self) -> tuple[str, ...]:
        """The packages whose releases are known one by one, sorted."""
        ...

    def versions(self, package: str) -> tuple[str, ...]:
        """The releases of a package that are known, oldest first."""
        ...

    def release(self, package: str, version: str) -> Release | None:
        """What is known of one release."""
        ...

    def vllm_release(self, version: str) -> VllmRelease | None:
        """What is known of one release of vLLM."""
        ...

    def readers_of(self, variable: str) -> tuple[str, ...]:
        """The releases of vLLM that read an environment variable, oldest first."""
        ...

    def transformers_release(self, version: str) -> TransformersRelease | None:
        """What is known of one release of transformers."""
        ...

    def flash_wheels(self, fit: FlashFit) -> tuple[FlashWheel, ...]:
        """The prebuilt wheels of flash-attn that fit, the newest release first."""
        ...

    def flash_releases(self) -> frozenset[str]:
        """The releases of flash-attn whose prebuilt wheels are known."""
        ...

    def name_history(self, module: str, name: str) -> NameHistory | None:
        """When a name of a module (``transformers.utils``), or with "" the module itself, came and went."""
        ...

    def call_histories(self, owner: str, name: str) -> tuple[NameHistory, ...]:
        """When an argument of a callable (``SFTTrainer.__init__``), or a member of a class, came and went."""
        ...

    def config_attribute(self, owner: str, name: str) -> ConfigAttribute | None:
        """What is told of an attribute of a configuration class; None where transformers has no such class."""
        ...

    def first_serving(self, model: str) -> str:
        """The first release of vLLM with a class for a model (``Gemma3``), "" where it is the oldest, or none."""
        ...

    def option_history(self, option: str) -> NameHistory | None:
        """When an option of ``vllm serve``, or a field of its EngineArgs, came and went."""
        ...

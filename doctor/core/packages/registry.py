"""What an installed vLLM and an installed transformers know by name, read from their own files."""

from __future__ import annotations

from dataclasses import field

from doctor.core.fact import Absent, Source, SourceKind
from doctor.core.frozen import frozen
from doctor.core.snapshot import Key


@frozen
class VllmRegistry:
    """The models of an installed vLLM.

    `architectures` are the names that it takes under ``architectures`` of a config, `removed`
    those that it took once, with the last release that did; `fallback` says that it can run
    models of transformers that it does not know itself. `model_types` are those whose configs it
    reads with classes of its own. `quantizations` are the methods that it
    takes under ``quant_method``.
    """

    architectures: tuple[str, ...]
    removed: dict[str, str] = field(default_factory=dict)
    model_types: tuple[str, ...] = ()
    quantizations: tuple[str, ...] = ()
    fallback: bool = False


@frozen
class TransformersRegistry:
    """The models of an installed transformers.

    `model_types` are what it takes under ``model_type`` of a config; `causal` maps those that
    generate text to the names of their classes; `tokenizers` are the classes that it takes under
    ``tokenizer_class``.
    """

    model_types: tuple[str, ...]
    causal: dict[str, tuple[str, ...]] = field(default_factory=dict)
    tokenizers: tuple[str, ...] = ()


VLLM_REGISTRY: Key[VllmRegistry] = Key("vllm_registry", VllmRegistry, "the models that the installed vLLM knows")
TRANSFORMERS_REGISTRY: Key[TransformersRegistry] = Key(
    "transformers_registry", TransformersRegistry, "the models that the installed transformers knows"
)


def no_folder_asked_for(where: str) -> Absent[object]:
    """The fact of a registry that no rule needs, because no folder is to be judged."""
    return Absent(source=Source(kind=SourceKind.RUN, where=where), detail="not asked for: --model DIR asks for it")

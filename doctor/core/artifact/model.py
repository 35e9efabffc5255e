"""A model folder in the form of Hugging Face, as it lies on disk. No weight is read."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from doctor.core.artifact.folder import Document, FileKind, FolderFile
from doctor.core.artifact.tensors import Damage, NameGroup, SafetensorsFile, TensorGroup, TensorValues
from doctor.core.fact import Absent, Fact, Known, Source, SourceKind
from doctor.core.frozen import frozen
from doctor.core.snapshot import Key


@frozen
class Tokenizer:
    """What a ``tokenizer.json`` holds.

    `model` is the algorithm that it states (``BPE``, ``Unigram``, ``WordPiece``, ``WordLevel``), and
    `byte_level` says that it works on the letters in which GPT-2 writes bytes;
    `vocabulary` counts its tokens without the added ones; `added` counts those, and `largest_id`
    is the largest id of all, -1 where there is none. `merges` is ``pairs`` (since tokenizers 0.20)
    or ``text`` (``a b``), and "" where there are none; `merges_with_space` says that a pair holds a space,
    so that it cannot be written as text. `ids` maps those tokens to their ids that the other
    files of the folder name, as end of a sequence for example. `conflicts` are sentences on added
    tokens to which ``added_tokens_decoder`` in ``tokenizer_config.json`` gives another id.
    `damage` is as in `Document`.
    """

    model: str = ""
    vocabulary: int = 0
    added: int = 0
    largest_id: int = -1
    merges: str = ""
    merges_with_space: bool = False
    byte_level: bool = False
    ids: dict[str, int] = field(default_factory=dict)
    conflicts: tuple[str, ...] = ()
    damage: Damage | None = None


@frozen
class IndexedFile:
    """One file that a weight index names, as it stands there, and the tensors that it places in it."""

    file: str
    names: tuple[NameGroup, ...]


@frozen
class WeightIndex:
    """A ``model.safetensors.index.json``: which file holds which tensor.

    `total_size` is what its metadata states in bytes, None where it states nothing. `damage` is
    as in `Document`, or of the kind ``no-weight-map``. A file that it names is only ever looked
    for in the listing of the folder: a name such as ``../x`` is not followed.
    """

    name: str
    files: tuple[IndexedFile, ...] = ()
    has_metadata: bool = False
    total_size: int | None = None
    damage: Damage | None = None


@frozen
class ModelFolder:
    """A model folder.

    `files` is its whole listing. `config`, `generation_config`, `tokenizer_config` and
    `special_tokens_map` are the JSON files of those names; from `tokenizer_config` the entries
    ``added_tokens_decoder`` and ``chat_template`` are left out. `chat_templates` maps
    ``chat_template.jinja`` and ``tokenizer_config.json`` to the template that stands there.
    `adapter_config` is that of an adapter that lies in the model folder.
    `weights` are the safetensors files in the order of their names, each Unknown where it may
    not be read.
    """

    path: str
    files: tuple[FolderFile, ...]
    config: Fact[Document]
    generation_config: Fact[Document]
    tokenizer_config: Fact[Document]
    special_tokens_map: Fact[Document]
    tokenizer: Fact[Tokenizer]
    chat_templates: Fact[dict[str, str]]
    adapter_config: Fact[Document]
    index: Fact[WeightIndex]
    weights: tuple[Fact[SafetensorsFile], ...] = ()

    def names(self, *kinds: FileKind) -> tuple[str, ...]:
        """The names of the files of these kinds, of all where none is given."""
        return tuple(item.name for item in self.files if not kinds or item.kind in kinds)

    def has(self, name: str) -> bool:
        """Whether there is an entry of this name that can be opened as a file."""
        not_files = (FileKind.FOLDER, FileKind.DANGLING_LINK)
        return any(item.name == name and item.kind not in not_files for item in self.files)

    def known_weights(self) -> tuple[SafetensorsFile, ...]:
        """The safetensors files that could be read."""
        return tuple(fact.value for fact in self.weights if isinstance(fact, Known))


@frozen
class EmptyModel:
    """The tensors of a model as the target's own transformers builds it, without weights.

    `architecture` is the class that was built; the groups have no dtype. `optional` are those that are
    tied to others, and may be left out of the files.
    """

    architecture: str
    needed: tuple[TensorGroup, ...]
    optional: tuple[TensorGroup, ...] = ()


@frozen
class ScannedFile:
    """One safetensors file of a model folder, and what a scan of its data found."""

    name: str
    values: Fact[TensorValues]


MODEL: Key[ModelFolder] = Key("model", ModelFolder, "the model folder that is to be served")
BASE: Key[ModelFolder] = Key("base", ModelFolder, "the folder of the base model that it was made from")
EMPTY_MODEL: Key[EmptyModel] = Key("empty_model", EmptyModel, "the tensors that transformers gives such a model")
WEIGHT_VALUES: Key[tuple[ScannedFile, ...]] = Key(
    "weight_values", tuple[ScannedFile, ...], "what the model folder's weights hold besides finite numbers"
)


def not_asked_for(option: str) -> Absent[ModelFolder]:
    """The fact of a folder that was not asked for, which makes its rules not applicable."""
    return Absent(
        source=Source(kind=SourceKind.RUN, where="doctor check"), detail=f"not asked for: {option} DIR asks for it"
    )


def deep_not_asked_for() -> Absent[Any]:
    """The fact of what is looked for with ``--deep`` only, where that or the folder was not asked for."""
    return Absent(
        source=Source(kind=SourceKind.RUN, where="doctor check"),
        detail="not asked for: --model DIR with --deep asks for it",
    )

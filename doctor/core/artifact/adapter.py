"""A LoRA adapter folder as PEFT saves it, as it lies on disk. No weight is loaded, no pickle is opened."""

from __future__ import annotations

from doctor.core.artifact.folder import Document, FileKind, FolderFile
from doctor.core.artifact.model import Tokenizer
from doctor.core.artifact.tensors import SafetensorsFile, TensorValues
from doctor.core.fact import Absent, Fact, Source, SourceKind
from doctor.core.frozen import frozen
from doctor.core.snapshot import Key

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
PICKLES = ("adapter_model.bin", "adapter_model.pt")
"""The files of weights that vLLM looks for where there is no `WEIGHTS`, in its order."""


@frozen
class AdapterFolder:
    """An adapter folder.

    `path` is absolute, and so is `given_base`, the folder of the model that it is to be put on as the user
    names it, "" where none is named; `files` is its whole listing. `config` is its ``adapter_config.json``,
    `weights` the table of ``adapter_model.safetensors``, the file that vLLM reads before any
    other. `base_is_here` says whether ``base_model_name_or_path`` names a folder of this
    machine. `values` is Absent unless the data of the weights was asked for too.
    """

    path: str
    files: tuple[FolderFile, ...]
    config: Fact[Document]
    weights: Fact[SafetensorsFile]
    values: Fact[TensorValues]
    tokenizer: Fact[Tokenizer]
    base_is_here: bool = False
    given_base: str = ""

    def has(self, name: str) -> bool:
        """Whether there is an entry of this name that can be opened as a file."""
        not_files = (FileKind.FOLDER, FileKind.DANGLING_LINK)
        return any(item.name == name and item.kind not in not_files for item in self.files)

    def names(self, *kinds: FileKind) -> tuple[str, ...]:
        """The names of the files of these kinds, of all where none is given."""
        return tuple(item.name for item in self.files if not kinds or item.kind in kinds)


ADAPTERS: Key[tuple[AdapterFolder, ...]] = Key(
    "adapters", tuple[AdapterFolder, ...], "the adapter folders that are to be served"
)


def not_asked_for() -> Absent[tuple[AdapterFolder, ...]]:
    """The fact of adapters that were not asked for, which makes their rules not applicable."""
    return Absent(
        source=Source(kind=SourceKind.RUN, where="doctor check"), detail="not asked for: --adapter DIR asks for it"
    )

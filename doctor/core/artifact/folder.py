"""What folders of models and of adapters have in common: files, and the JSON in them."""

from __future__ import annotations

from enum import Enum
from typing import Any

from doctor.core.artifact.tensors import Damage
from doctor.core.frozen import frozen


class FileKind(str, Enum):
    """What a file of a model or adapter folder is, by its name and, where that is short, by its first bytes."""

    SAFETENSORS = "safetensors"
    PICKLE = "pickle"
    GGUF = "gguf"
    JSON = "json"
    LFS_POINTER = "lfs-pointer"
    PARTIAL = "partial"
    DANGLING_LINK = "dangling-link"
    FOLDER = "folder"
    OTHER = "other"


@frozen
class FolderFile:
    """One entry of a folder: its name, its size in bytes (0 for a folder), and what it is.

    A pickle (``.bin``, ``.pt``, ``.pth``, ``.ckpt``, ``.pkl``) is known by its name alone and never opened:
    to read one is to run it. `link` is where a symbolic link leads, "" for everything else.
    The name of an entry below the folder is relative to it
    (``.cache/huggingface/download/x.incomplete``).
    """

    name: str
    size: int
    kind: FileKind
    link: str = ""


@frozen
class Document:
    """A JSON file that should hold an object: the object, or why it holds none.

    `damage` is of the kind ``empty``, ``pointer``, ``not-json``, ``not-an-object``, ``too-deep``
    or ``too-large``, and `value` is empty then.
    """

    name: str
    value: dict[str, Any]
    damage: Damage | None = None


@frozen
class Artifacts:
    """The folders that are examined beside an environment: absolute paths, "" for none."""

    model: str = ""
    base: str = ""
    adapters: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is none."""
        return self == Artifacts()

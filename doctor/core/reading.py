"""How much of a text could be read."""

from __future__ import annotations

from doctor.core.fact import Absent, Source, SourceKind
from doctor.core.frozen import frozen
from doctor.core.snapshot import Key


@frozen
class BaseImage:
    """What the last stage of a Dockerfile is built on.

    `name` is its reference, `file` and `line` say where its FROM stands (1-based), `cuda` the version
    of CUDA that its tag names, or "". `demands` says that NVIDIA's container runtime refuses it where
    the driver is for an older CUDA, as the images nvidia/cuda ask.
    """

    name: str
    line: int
    file: str = ""
    cuda: str = ""
    demands: bool = False

    @property
    def place(self) -> Source:
        """Its line in the Dockerfile."""
        return Source(kind=SourceKind.LOCK, where=self.file, line=self.line)


@frozen
class Reading:
    """What a text was and what could not be read of it.

    `form` names the program that wrote it (``torch.utils.collect_env``, ``vllm collect-env``).
    `unread` has one line for each thing that the text names without stating it, or that could
    not be made out; `assumed` for each thing that was assumed in its place; `stated` for each thing
    that options said in its place (``driver 550.54 (--target-driver)``). `accelerator` names
    a device that is not NVIDIA's (``ROCm: AMD Instinct MI300X``), or is "". `unpinned` are the
    entries of a list of packages that state no version (``transformers>=4.50``, ``-e .``): what
    they bring along is not known, so nothing that is said of packages is the whole of it. `image` is
    what a Dockerfile builds on, None for any other text.
    """

    form: str
    unread: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    accelerator: str = ""
    stated: tuple[str, ...] = ()
    unpinned: tuple[str, ...] = ()
    image: BaseImage | None = None


READING: Key[Reading] = Key("reading", Reading, "how much of a text could be read; absent where no text was")


def no_text() -> Absent[Reading]:
    """The fact of a live environment."""
    return Absent(
        source=Source(kind=SourceKind.RUN, where="doctor"), detail="the facts were read from the machine itself"
    )

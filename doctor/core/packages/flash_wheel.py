"""Prebuilt wheels of FlashAttention: a binary is bound to a torch, a CUDA major version, a C++ ABI and a Python."""

from __future__ import annotations

from doctor.core.frozen import frozen

RELEASES = "https://github.com/Dao-AILab/flash-attention/releases"
"""Where the wheels are: the package index holds the sources only."""


@frozen
class FlashWheel:
    """One wheel that the publish workflow of a flash-attn release builds.

    `cuda` is the number in its name: a major version (``12``), or up to 2.6 one with the minor
    version (``123``). `torch` reads ``2.5``, `python` ``cp311``, `machine` ``x86_64``.
    """

    version: str
    cuda: str
    torch: str
    cxx11_abi: bool
    python: str
    machine: str

    @property
    def filename(self) -> str:
        """The name of the file, as the workflow makes it."""
        abi = str(self.cxx11_abi).upper()
        label = f"cu{self.cuda}torch{self.torch}cxx11abi{abi}"
        return f"flash_attn-{self.version}+{label}-{self.python}-{self.python}-linux_{self.machine}.whl"

    @property
    def url(self) -> str:
        """Where it can be downloaded."""
        return f"{RELEASES}/download/v{self.version}/{self.filename.replace('+', '%2B')}"


@frozen
class FlashFit:
    """What a wheel has to fit: a torch (``2.5``), the major version of its CUDA (``12``), its ABI, the interpreter."""

    torch: str
    cuda: str
    cxx11_abi: bool
    python: str
    machine: str

    @property
    def label(self) -> str:
        """What the name of such a wheel says."""
        return f"cu{self.cuda}torch{self.torch}cxx11abi{str(self.cxx11_abi).upper()}-{self.python}"

    def takes(self, wheel: FlashWheel) -> bool:
        """Whether a wheel was built for this."""
        built = (wheel.torch, wheel.cuda[:2], wheel.cxx11_abi, wheel.python, wheel.machine)
        return built == (self.torch, self.cuda, self.cxx11_abi, self.python, self.machine)

"""Compiled extensions, read as ELF, and the torch build that they have to fit."""

from __future__ import annotations

from doctor.core.fact import Fact, Reason, Source, SourceKind, Unknown
from doctor.core.frozen import frozen
from doctor.core.snapshot import Key


@frozen
class TorchBuild:
    """What the installed torch was built for, read from its files.

    `version` is "" and `cuda` is "?" where a text states neither, and only the architectures. Else
    `cuda` and `hip` are versions (``12.1``) or "" for a build without; `cxx11_abi` says which
    std::string its symbols use; `architectures` are those that its kernels were compiled for
    (``sm_90``, ``compute_90``).
    """

    version: str
    cuda: str
    hip: str
    git: str
    debug: bool
    path: str
    cxx11_abi: Fact[bool]
    architectures: Fact[tuple[str, ...]]


_NOT_LOOKED_AT: Unknown[tuple[str, ...]] = Unknown(
    reason=Reason.NOT_STATED,
    detail="the snapshot does not state it",
    source=Source(kind=SourceKind.ELF, where="libstdc++.so.6"),
)


@frozen
class Extension:
    """One compiled library of an installed distribution.

    `links_torch` says that it needs a library of torch. `missing_symbols` are the symbols of
    torch, c10 and at (the readable name, and the mangled one in brackets) that no installed
    library defines, and `missing_count` how many there are (the tuple is cut at a dozen);
    Absent when it links no torch, Unknown when torch's libraries cannot be searched.
    `cxx11_abi` is the std::string that its undefined torch symbols use, Absent when it uses
    none. `needed` are the libraries that it names, `missing_libraries` those of them that
    nothing in the environment or on the loader's path provides. `architectures` are those of
    its embedded CUDA code (``sm_90``, or ``compute_90`` for PTX); Absent when it has none.
    `glibc` is the newest GLIBC version it asks for, or "". `missing_versions` are those that it
    asks the C++ runtime for (``GLIBCXX_3.4.32``) and that the libstdc++ which would be loaded, the
    fact's source, does not define; Absent where it asks for none or there is no libstdc++.
    """

    distribution: str
    path: str
    links_torch: bool
    missing_symbols: Fact[tuple[str, ...]]
    missing_count: int
    cxx11_abi: Fact[bool]
    needed: tuple[str, ...]
    missing_libraries: tuple[str, ...]
    architectures: Fact[tuple[str, ...]]
    glibc: str = ""
    missing_versions: Fact[tuple[str, ...]] = _NOT_LOOKED_AT

    @property
    def needs_cuda_torch(self) -> bool:
        """Whether it names a library that only a torch that is built for CUDA brings."""
        return any(name in self.needed for name in ("libtorch_cuda.so", "libc10_cuda.so"))


@frozen
class BrokenLibrary:
    """A shared library that is not as the loader needs it: truncated, empty, of another machine.

    `damage` says in what way. `loadable` is true where only parts are gone that the loader
    does not read (the section table at the end of the file). `closed` is true where nothing of it
    is known, because this user may not read it.
    """

    distribution: str
    path: str
    damage: str
    loadable: bool = False
    closed: bool = False


TORCH_BUILD: Key[TorchBuild] = Key("torch_build", TorchBuild, "what the installed torch was built for")
EXTENSIONS: Key[tuple[Fact[Extension], ...]] = Key(
    "extensions", tuple[Fact[Extension], ...], "compiled extensions of the stack, read as ELF and never loaded"
)
BROKEN_LIBRARIES: Key[tuple[BrokenLibrary, ...]] = Key(
    "broken_libraries", tuple[BrokenLibrary, ...], "shared libraries that are cut, empty or of another machine"
)

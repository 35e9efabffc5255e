"""ABI002."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Source, SourceKind
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import EXTENSIONS, TORCH_BUILD, Extension
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.abi.companions import belongs_to_other_torch, names_other_torch
from doctor.rules.abi.stack import (
    by_distribution,
    extensions,
    find,
    installed,
    mismatch_cause,
    name_files,
    needs_cuda_torch,
    rebuild_remedies,
    severity_of,
    torch_pin,
)

_ABI = {True: "the C++11 ABI (_GLIBCXX_USE_CXX11_ABI=1)", False: "the old C++ ABI (_GLIBCXX_USE_CXX11_ABI=0)"}


@rule(
    severity=Severity.ERROR,
    cause=Cause.ABI_MISMATCH_OTHER,
    since="0.1.0",
    reads=(INTERPRETER, DISTRIBUTIONS, TORCH_BUILD, EXTENSIONS),
)
def cxx11_abi_mismatch(env: Env) -> Iterator[Problem]:
    """Extensions use the same std::string as the installed torch.

    ## What it checks
    libstdc++ has two kinds of std::string, and the names of C++ symbols say which one is meant.
    The symbols that an extension needs of torch are compared with those that torch defines. A
    torchvision of another torch is left to ABI008.

    ## Why it matters
    torch from the package index used the old one up to 2.6 and the new one from 2.7 on; builds
    for single CUDA versions differ (2.6.0+cu126 has the new one). With the other one, importing
    the extension ends with `undefined symbol: _ZN3c105ErrorC2E...basic_string...`.

    ## How to fix it
    Take the wheel whose name says the ABI of the installed torch (`cxx11abiTRUE` or
    `cxx11abiFALSE`), or compile the extension against it.

    ## Sources
    - https://gcc.gnu.org/onlinedocs/libstdc++/manual/using_dual_abi.html
    - https://github.com/Dao-AILab/flash-attention/issues/1644
    - https://github.com/Dao-AILab/flash-attention/issues/1573
    """
    torch = env.need(TORCH_BUILD)
    interpreter = env.need(INTERPRETER)
    distributions = installed(env)
    other: list[Extension] = []
    ours: bool | None = None
    for extension in extensions(env):
        if not extension.links_torch or extension.distribution == "torch" or needs_cuda_torch(extension, torch):
            continue
        if names_other_torch(extension.path, torch.version):
            continue
        theirs = env.note(f"C++ ABI of {extension.path}", extension.cxx11_abi)
        if theirs is None:
            continue
        ours = env.note("C++ ABI of torch", torch.cxx11_abi)
        if ours is not None and ours != theirs:
            other.append(extension)
    for name, found in by_distribution(other).items():
        owner = find(distributions, name)
        if owner is not None and belongs_to_other_torch(owner, torch.version):
            continue
        yield Problem(
            subject=name,
            message=f"{name_files(found, 'uses', 'use')} {_ABI[not ours]}, and torch {torch.version} has "
            f"{_ABI[bool(ours)]}",
            location=Source(kind=SourceKind.ELF, where=found[0].path),
            cause=mismatch_cause(name, torch_pin(owner), torch),
            severity=severity_of(name),
            remedies=rebuild_remedies(env, interpreter, distributions, name, torch),
        )

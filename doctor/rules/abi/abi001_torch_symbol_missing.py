"""ABI001."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Source, SourceKind, Unknown
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
    other_string,
    rebuild_remedies,
    severity_of,
    short_path,
    torch_pin,
    violates,
)


@rule(
    severity=Severity.ERROR,
    cause=Cause.ABI_MISMATCH_OTHER,
    since="0.1.0",
    reads=(INTERPRETER, DISTRIBUTIONS, TORCH_BUILD, EXTENSIONS),
)
def torch_symbol_missing(env: Env) -> Iterator[Problem]:
    """Every symbol that an extension needs of torch is in the installed torch.

    ## What it checks
    The undefined C++ symbols of torch, c10 and at, and those of torch's stable C interface, of
    each compiled extension are looked up in the libraries of the installed torch. Extensions of
    the other C++ ABI, CUDA extensions on a CPU torch, and a torchvision of another torch are left
    to ABI002, ABI003 and ABI008. A file whose name says that it is for another torch
    (`..._torch24-cpu.so`) is one of several and is not loaded.

    ## Why it matters
    torch promises no binary compatibility between its releases. An extension that was built for
    another one ends with `undefined symbol: _ZN3c10...` when it is imported, which many libraries
    swallow and report as "not installed".

    ## How to fix it
    Install the torch that the extension was built for, or the build of the extension for the
    installed torch.

    ## Sources
    - https://github.com/vllm-project/vllm/issues/611
    - https://github.com/Dao-AILab/flash-attention/issues/853
    """
    torch = env.need(TORCH_BUILD)
    interpreter = env.need(INTERPRETER)
    distributions = installed(env)
    judged = [
        item
        for item in extensions(env)
        if item.links_torch
        and not names_other_torch(item.path, torch.version)
        and not needs_cuda_torch(item, torch)
        and not other_string(item, torch)
    ]
    broken = list(_broken(env, judged))
    for name, found in by_distribution(broken).items():
        owner = find(distributions, name)
        if owner is not None and belongs_to_other_torch(owner, torch.version):
            continue
        pin = torch_pin(owner)
        symbols = env.note(name, found[0].missing_symbols)
        assert symbols  # or it would not be broken
        count = found[0].missing_count
        more = f" and {count - 1} more" if count > 1 else ""
        built = f" ({name} states {pin})" if violates(pin, torch) else ""
        yield Problem(
            subject=name,
            message=f"{name_files(found, 'needs', 'need')} {symbols[0]}{more}, which torch {torch.version} does not "
            f"define: {name} was built for another torch{built}",
            location=Source(kind=SourceKind.ELF, where=found[0].path),
            cause=mismatch_cause(name, pin, torch),
            severity=severity_of(name),
            remedies=rebuild_remedies(env, interpreter, distributions, name, torch),
        )


def _broken(env: Env, judged: list[Extension]) -> Iterator[Extension]:
    """Yield those that lack symbols; for those that cannot tell, each reason is noted once."""
    silent: dict[str, list[Extension]] = {}
    for item in judged:
        if isinstance(item.missing_symbols, Unknown):
            silent.setdefault(item.missing_symbols.detail, []).append(item)
        elif env.note(f"symbols of {item.path}", item.missing_symbols):
            yield item
    for items in silent.values():
        more = f" and {len(items) - 1} more" if len(items) > 1 else ""
        env.note(f"symbols of {short_path(items[0].path)}{more}", items[0].missing_symbols)

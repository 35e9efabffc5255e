"""ENV003."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Source, SourceKind
from doctor.core.machine.system import PATH_ENTRIES
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule

_NEEDED_FOR = {
    "CUDA_HOME": "whatever compiles CUDA code at run time (FlashInfer, DeepSpeed, flash-attn) looks for nvcc there",
    "CUDA_PATH": "whatever compiles CUDA code at run time (FlashInfer, DeepSpeed, flash-attn) looks for nvcc there",
    "LD_PRELOAD": "every program that starts reports that it cannot be preloaded",
    "TMPDIR": "compilers and Triton put their temporary files there",
}


@rule(severity=Severity.WARNING, cause=Cause.ENV_VARIABLE, since="0.1.0", reads=(PATH_ENTRIES,))
def named_path_missing(env: Env) -> Iterator[Problem]:
    """The paths that CUDA_HOME, CUDA_PATH, LD_PRELOAD and TMPDIR name exist.

    ## What it checks
    Each of these variables that is set names something that exists. Folders of LD_LIBRARY_PATH
    and PYTHONPATH may be missing, and caches are made when they are needed.

    ## Why it matters
    A CUDA_HOME of a toolkit that was removed hides the one that is there. A preloaded library
    that is missing is skipped, so that what it was meant to provide is not provided.

    ## How to fix it
    Unset the variable, or correct it.

    ## Sources
    - https://github.com/pytorch/pytorch/blob/main/torch/utils/cpp_extension.py (_find_cuda_home)
    - https://man7.org/linux/man-pages/man8/ld.so.8.html
    """
    for item in env.need(PATH_ENTRIES):
        if item.exists or item.variable not in _NEEDED_FOR:
            continue
        yield Problem(
            subject=item.variable,
            message=f"{item.variable} names {item.path}, which does not exist; {_NEEDED_FOR[item.variable]}",
            location=Source(kind=SourceKind.ENV_VAR, where=item.variable),
            remedies=(
                Remedy(
                    text="Unset it, or let it name what is there",
                    commands=(("unset", item.variable),),
                    safety=Safety.MANUAL,
                ),
            ),
        )

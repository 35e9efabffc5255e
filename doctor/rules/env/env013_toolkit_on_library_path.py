"""ENV013."""

from __future__ import annotations

import re
from collections.abc import Iterator

from doctor.core.fact import Source, SourceKind, not_told
from doctor.core.machine.system import LOADER_ENTRIES
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.env.variables import READS, value_of

_TOOLKIT = re.compile(r"\bcuda-(\d{1,2}\.\d{1,2})\b")


@rule(
    severity=Severity.WARNING,
    cause=Cause.ENV_VARIABLE,
    since="0.1.0",
    reads=(*READS, TORCH_BUILD, LOADER_ENTRIES),
)
def toolkit_on_library_path(env: Env) -> Iterator[Problem]:
    """LD_LIBRARY_PATH names no CUDA toolkit of another version than torch's.

    ## What it checks
    The CUDA version in the names of the folders of LD_LIBRARY_PATH (`/usr/local/cuda-12.3/lib64`) is
    compared with the one that torch was built for. Where the libraries in them were read it is
    only mentioned: ENV001 tells which of them hide those of the environment.

    ## Why it matters
    torch's wheels bring their own CUDA libraries, and the loader takes those of LD_LIBRARY_PATH
    first: `libcusparse.so.12: undefined symbol: __nvJitLinkAddData_12_1`, or a cuDNN that does not
    fit.

    ## How to fix it
    Take the folder out of the variable where the stack is started: the wheels need no toolkit.

    ## Sources
    - https://github.com/pytorch/pytorch/issues/119989
    - https://github.com/infiniflow/ragflow/issues/4466
    """
    torch = env.need(TORCH_BUILD)
    if not torch.cuda:
        raise NotApplicableError(f"torch {torch.version} is built without CUDA")
    read = not not_told(env.fact(LOADER_ENTRIES))
    if read:
        env.need(LOADER_ENTRIES)
    for folder in value_of(env, "LD_LIBRARY_PATH").split(":"):
        toolkit = _TOOLKIT.search(folder)
        if toolkit is not None and toolkit[1] != torch.cuda:
            yield Problem(
                subject="LD_LIBRARY_PATH",
                message=f"LD_LIBRARY_PATH names {folder}, and torch {torch.version} brings the libraries of CUDA "
                f"{torch.cuda}; those of CUDA {toolkit[1]} are loaded instead where they have the same name",
                location=Source(kind=SourceKind.ENV_VAR, where="LD_LIBRARY_PATH"),
                severity=Severity.INFO if read else None,
                remedies=(
                    Remedy(
                        text=f"Start the stack without it, or take {folder} out of it",
                        commands=(("unset", "LD_LIBRARY_PATH"),),
                        safety=Safety.MANUAL,
                    ),
                ),
            )

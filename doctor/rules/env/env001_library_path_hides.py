"""ENV001."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Source, SourceKind
from doctor.core.machine.system import LOADER_ENTRIES, LoaderEntry
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule


@rule(severity=Severity.WARNING, cause=Cause.ENV_VARIABLE, since="0.1.0", reads=(LOADER_ENTRIES,))
def library_path_hides(env: Env) -> Iterator[Problem]:
    """No loader variable hides the environment's own CUDA and torch libraries.

    ## What it checks
    Each CUDA, cuDNN, NCCL, torch and C++ runtime library in the folders of LD_LIBRARY_PATH and
    in LD_PRELOAD is compared by name with those that the environment's wheels bring. A file that
    is the same one is fine, and so is a name that torch loads through an RPATH of its own, which
    comes before LD_LIBRARY_PATH. It is an error where the one that is loaded lacks symbols that
    the environment's other libraries need, otherwise a warning.

    ## Why it matters
    The loader takes LD_LIBRARY_PATH before the RUNPATH that NVIDIA's wheels and torch's CPU
    wheels state in their files. libcusparse with a toolkit's older libnvJitLink ends in
    `undefined symbol: __nvJitLinkComplete_12_4`; a foreign cuDNN or cuBLAS in crashes at the
    first layer or in CUBLAS_STATUS_INVALID_VALUE.

    ## How to fix it
    Unset the variable for this environment: the wheels find their libraries without it.

    ## Sources
    - https://github.com/pytorch/pytorch/issues/111469
    - https://github.com/pytorch/pytorch/issues/119989
    - https://github.com/infiniflow/ragflow/issues/4466
    - https://github.com/vllm-project/vllm/issues/35608
    - https://man7.org/linux/man-pages/man8/ld.so.8.html
    """
    groups: dict[tuple[str, str], list[LoaderEntry]] = {}
    for item in env.need(LOADER_ENTRIES):
        groups.setdefault((item.variable, item.entry), []).append(item)
    for (variable, entry), items in groups.items():
        breaking = [item for item in items if item.missing_symbols]
        shown = breaking or items
        named = ", ".join(_name(item) for item in shown[:4])
        more = f" and {len(shown) - 4} more" if len(shown) > 4 else ""
        yield Problem(
            subject=variable,
            message=f"{variable} names {entry}, whose {named}{more} {'are' if len(shown) > 1 else 'is'} loaded instead "
            f"of the environment's own (for example {shown[0].hides}){_lacking(shown[0])}",
            location=Source(kind=SourceKind.ENV_VAR, where=variable),
            remedies=(
                Remedy(
                    text=f"Start the stack without it, or take {entry} out of it",
                    commands=(("unset", variable),),
                    safety=Safety.MANUAL,
                ),
            ),
            severity=Severity.ERROR if breaking else Severity.WARNING,
        )


def _name(item: LoaderEntry) -> str:
    name = item.library.rpartition("/")[2]
    return f"{name} ({item.version})" if item.version else name


def _lacking(item: LoaderEntry) -> str:
    if not item.missing_symbols:
        return ""
    return f"; it lacks {', '.join(item.missing_symbols)}, which the environment's libraries need"

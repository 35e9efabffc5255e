"""ENV001."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packaging.version import InvalidVersion, Version

from doctor.core.distribution import DISTRIBUTIONS, Distribution
from doctor.core.fact import Source, SourceKind
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.core.system import LOADER_ENTRIES, LoaderEntry

# The distributions that bring a library, without the CUDA suffix of their names.
_OWNERS = {
    "libnvJitLink": "nvidia-nvjitlink",
    "libcudart": "nvidia-cuda-runtime",
    "libcublas": "nvidia-cublas",
    "libcublasLt": "nvidia-cublas",
    "libcusparse": "nvidia-cusparse",
    "libnccl": "nvidia-nccl",
    "libnvrtc": "nvidia-cuda-nvrtc",
}
# Libraries that others of the environment bind by symbols of one minor version.
_BOUND = ("libnvJitLink", "libcublasLt", "libnccl")


@rule(severity=Severity.WARNING, cause=Cause.ENV_VARIABLE, since="0.1.0", reads=(LOADER_ENTRIES, DISTRIBUTIONS))
def library_path_hides(env: Env) -> Iterator[Problem]:
    """No loader variable hides the environment's own CUDA and torch libraries.

    ## What it checks
    Each CUDA, cuDNN, NCCL, torch and C++ runtime library in the folders of LD_LIBRARY_PATH and
    in LD_PRELOAD is compared by name with those that the environment's wheels bring. A file that
    is the same one is fine, and so is a name that torch loads through an RPATH of its own, which
    comes before LD_LIBRARY_PATH. Another torch, or a library that is known to be older where others
    bind its newer symbols (nvJitLink, cuBLASLt, NCCL), is an error.

    ## Why it matters
    The loader takes LD_LIBRARY_PATH before the RUNPATH that NVIDIA's wheels and torch's CPU wheels
    state in their files. torch's libcusparse with a toolkit's older libnvJitLink ends in `undefined symbol:
    __nvJitLinkAddData_12_1`; a foreign cuDNN or cuBLAS in crashes at the first layer or in
    CUBLAS_STATUS_INVALID_VALUE.

    ## How to fix it
    Unset the variable for this environment: the wheels find their libraries without it.

    ## Sources
    - https://github.com/pytorch/pytorch/issues/111469
    - https://github.com/pytorch/pytorch/issues/119989
    - https://github.com/infiniflow/ragflow/issues/4466
    - https://github.com/vllm-project/vllm/issues/35608
    - https://man7.org/linux/man-pages/man8/ld.so.8.html
    """
    distributions = env.need(DISTRIBUTIONS)
    groups: dict[tuple[str, str], list[LoaderEntry]] = {}
    for item in env.need(LOADER_ENTRIES):
        groups.setdefault((item.variable, item.entry), []).append(item)
    for (variable, entry), items in groups.items():
        breaking = [item for item in items if _breaks(item, distributions)]
        named = ", ".join(_name(item) for item in (breaking or items)[:4])
        more = len(breaking or items) - 4
        yield Problem(
            subject=variable,
            message=f"{variable} names {entry}, whose {named}{f' and {more} more' if more > 0 else ''} "
            f"{'are' if len(items) > 1 else 'is'} loaded instead of the environment's own "
            f"(for example {(breaking or items)[0].hides})",
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


def _breaks(item: LoaderEntry, distributions: tuple[Distribution, ...]) -> bool:
    """Whether the hiding library is another torch, or older than what the environment binds."""
    stem = item.library.rpartition("/")[2].partition(".so")[0]
    if re.match(r"lib(?:torch|c10)", stem):
        return True
    if stem not in _BOUND or not item.version:
        return False
    owner = _OWNERS[stem]
    own = next((one for one in distributions if re.fullmatch(rf"{owner}(?:-cu\d+)?", one.name)), None)
    if own is None:
        return False
    try:
        # 12.1 against 12.4.127: only the minor versions are compared.
        return Version(item.version).release[:2] < Version(own.version).release[:2]
    except InvalidVersion:
        return False

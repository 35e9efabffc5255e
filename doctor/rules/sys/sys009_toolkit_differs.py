"""SYS009."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.machine.system import TOOLKITS, Toolkit
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.packages.stack import installed
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, rule

# Packages that start nvcc at run time.
_COMPILE_LATER = ("deepspeed", "flashinfer-python", "deep-gemm")


@rule(
    severity=Severity.INFO,
    cause=Cause.CUDA_TOOLKIT_MISMATCH,
    since="0.1.0",
    reads=(TOOLKITS, TORCH_BUILD, DISTRIBUTIONS),
)
def toolkit_differs(env: Env) -> Iterator[Problem]:
    """The CUDA toolkit that builds would use is of torch's CUDA major version.

    ## What it checks
    The toolkit that CUDA_HOME names, or whose nvcc is first on PATH, or in /usr/local/cuda, is
    of the same major version as the CUDA that torch was built with.

    ## Why it matters
    Wheels bring their own CUDA libraries, so this is harmless until something is compiled:
    then torch refuses with `The detected CUDA version (11.8) mismatches the version that was
    used to compile PyTorch (12.4)`. It is a warning where a package is installed that compiles
    at run time (DeepSpeed, FlashInfer), and otherwise only worth knowing, for example before
    building flash-attn.

    ## How to fix it
    Before compiling, let CUDA_HOME name a toolkit of torch's major version; or install a wheel.

    ## Sources
    - https://github.com/vllm-project/vllm/issues/1453
    - https://github.com/Dao-AILab/flash-attention/issues/1759
    - https://github.com/pytorch/pytorch/blob/main/torch/utils/cpp_extension.py (_check_cuda_version)
    """
    torch = env.need(TORCH_BUILD)
    if not torch.cuda:
        raise NotApplicableError("torch is not a CUDA build")
    toolkits = env.need(TOOLKITS)
    distributions = env.need(DISTRIBUTIONS)
    used = _used(toolkits)
    if used is None:
        raise NotApplicableError("there is no CUDA toolkit, and wheels need none")
    if not used.version:
        env.gap(f"neither a file nor nvcc states the version of the toolkit in {used.path}")
        return
    if used.version.split(".")[0] == torch.cuda.split(".")[0]:
        return
    later = installed(distributions, *_COMPILE_LATER)
    compiled = f"{later.name} compiles at run time" if later else "this matters only when something is compiled"
    yield Problem(
        subject=f"CUDA toolkit {used.version}",
        message=f"builds would use CUDA {used.version} in {used.path}, and torch {torch.version} needs "
        f"CUDA {torch.cuda} ({compiled})",
        remedies=(_remedy(toolkits, torch.cuda),),
        severity=Severity.WARNING if later else Severity.INFO,
    )


def _used(toolkits: tuple[Toolkit, ...]) -> Toolkit | None:
    """As torch's cpp_extension finds it: CUDA_HOME or CUDA_PATH, nvcc on PATH, /usr/local/cuda."""
    for way in ("CUDA_HOME", "CUDA_PATH", "PATH", "/usr/local/cuda"):
        for toolkit in toolkits:
            if way in toolkit.found_by.split(", "):
                return toolkit
    return None


def _remedy(toolkits: tuple[Toolkit, ...], cuda: str) -> Remedy:
    major = cuda.split(".")[0]
    fitting = next((item for item in toolkits if item.version.split(".")[0] == major), None)
    if fitting is not None:
        return Remedy(
            text=f"Before compiling, run `export CUDA_HOME={fitting.path}` and put {fitting.path}/bin first on PATH",
            safety=Safety.MANUAL,
        )
    return Remedy(
        text=f"Before compiling, install a CUDA {cuda} toolkit and let CUDA_HOME name it, or take a prebuilt wheel",
        safety=Safety.MANUAL,
    )

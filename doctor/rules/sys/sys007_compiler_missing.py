"""SYS007."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.interpreter import INTERPRETER, Interpreter
from doctor.core.machine.gpu import GPUS
from doctor.core.machine.system import COMPILER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.packages.stack import installed
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, rule


@rule(
    severity=Severity.WARNING,
    cause=Cause.OTHER,
    since="0.1.0",
    reads=(COMPILER, TORCH_BUILD, DISTRIBUTIONS, GPUS, INTERPRETER),
)
def compiler_missing(env: Env) -> Iterator[Problem]:
    """Triton finds a C compiler and the headers of Python.

    ## What it checks
    Where Triton is installed: a C compiler is found in CC or as gcc or clang on PATH, and
    Python.h lies in the interpreter's include folder. With a CUDA build of torch and a GPU a
    missing one is an error, without a GPU a warning, and with a CPU build worth knowing.

    ## Why it matters
    On a GPU Triton compiles a small C module when it starts. vLLM's LoRA kernels (0.5.4 and
    newer), torch.compile and Unsloth's kernels all run through it, and fail with `Failed to
    find C compiler` or `fatal error: Python.h: No such file or directory`.

    ## How to fix it
    Install gcc and the development package of this Python.

    ## Sources
    - triton/runtime/build.py (which compiler is taken: CC, gcc, clang)
    - https://github.com/vllm-project/vllm/issues/27890
    - https://github.com/vllm-project/vllm/issues/15329
    """
    if installed(env.need(DISTRIBUTIONS), "triton", "pytorch-triton") is None:
        raise NotApplicableError("Triton is not installed")
    interpreter = env.need(INTERPRETER)
    compiler = env.need(COMPILER)
    torch = env.need(TORCH_BUILD)
    gpus = env.look(GPUS)
    severity = Severity.INFO
    if torch.cuda:
        severity = Severity.ERROR if gpus else Severity.WARNING
    if not compiler.cc:
        sought = f"CC={compiler.requested} names no program" if compiler.requested else "there is no gcc or clang"
        yield Problem(
            subject="C compiler",
            message=f"{sought} on PATH; Triton needs a C compiler at run time",
            remedies=(_install(interpreter, "gcc"),),
            severity=severity,
        )
    if not compiler.python_header:
        yield Problem(
            subject="Python.h",
            message=f"there is no Python.h in {interpreter.include}; Triton needs it at run time",
            remedies=(_install(interpreter, f"python{interpreter.minor}-dev"),),
            severity=severity,
        )


def _install(interpreter: Interpreter, package: str) -> Remedy:
    if interpreter.conda_prefix:
        text = "Install conda's compiler, and a Python of conda, which comes with its headers"
        return Remedy(text=text, commands=(("conda", "install", "-c", "conda-forge", "gxx"),))
    return Remedy(
        text="Install it (Debian and Ubuntu; elsewhere the packages are gcc and python3-devel)",
        commands=(("sudo", "apt-get", "install", package),),
        safety=Safety.UNSAFE,
    )

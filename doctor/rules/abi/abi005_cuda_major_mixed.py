"""ABI005."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Source, SourceKind, not_told
from doctor.core.install import install, uninstall
from doctor.core.interpreter import INTERPRETER, Interpreter
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.packages.extension import EXTENSIONS, TORCH_BUILD, Extension, TorchBuild
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.abi.cuda_libraries import cuda_major
from doctor.rules.abi.stack import (
    COMPANIONS,
    by_distribution,
    extensions,
    find,
    installed,
    name_files,
    rebuild_remedies,
    severity_of,
    torch_pin,
)


@rule(
    severity=Severity.ERROR,
    cause=Cause.CUDA_TOOLKIT_MISMATCH,
    since="0.1.0",
    reads=(INTERPRETER, DISTRIBUTIONS, TORCH_BUILD, EXTENSIONS),
)
def cuda_major_mixed(env: Env) -> Iterator[Problem]:
    """Extensions and torch are built for the same major version of CUDA.

    ## What it checks
    The version in the names of the CUDA libraries that an extension of torch needs
    (`libcudart.so.12`) is compared with the CUDA version of the installed torch. Of a list of
    versions it is the wheel of vLLM on the package index that is compared.

    ## Why it matters
    torch loads the libraries of its own CUDA version only. The other version is either not there
    (`libcudart.so.13: cannot open shared object file`), or two CUDA runtimes share one process;
    torchvision refuses that itself when it is imported.

    ## How to fix it
    Install torch and its extensions for one CUDA version. Wheels of vLLM on the package index are
    built for CUDA 12 up to 0.19 and for CUDA 13 from 0.20 on.

    ## Sources
    - https://github.com/vllm-project/vllm/issues/44335
    - https://github.com/vllm-project/vllm/issues/1716
    - https://github.com/pytorch/vision/blob/main/torchvision/extension.py (_check_cuda_version)
    """
    torch = env.need(TORCH_BUILD)
    interpreter = env.need(INTERPRETER)
    distributions = installed(env)
    major = torch.cuda.split(".")[0]
    if not_told(env.fact(EXTENSIONS)):
        yield from _by_wheel(env, torch, interpreter, distributions)
        return
    mixed = [
        item
        for item in extensions(env)
        if major and item.links_torch and item.distribution != "torch" and _others(item, major)
    ]
    for name, found in by_distribution(mixed).items():
        needed = _others(found[0], major)
        lacking = [library for library in needed if library in found[0].missing_libraries]
        certain = bool(lacking) or name == "torchvision"
        state = "which is not there" if lacking else "so that two CUDA runtimes share one process"
        yield Problem(
            subject=name,
            message=f"{name} is built for CUDA {cuda_major(needed[0])} ({name_files(found, 'needs', 'need')} "
            f"{needed[0]}, {state}), and torch {torch.version} for CUDA {torch.cuda}",
            location=Source(kind=SourceKind.ELF, where=found[0].path),
            severity=severity_of(name) if certain else Severity.WARNING,
            remedies=_remedies(env, interpreter, distributions, name, torch),
        )


def _by_wheel(
    env: Env, torch: TorchBuild, interpreter: Interpreter, distributions: list[Distribution]
) -> Iterator[Problem]:
    """The same of a list of versions: vLLM's wheels on the package index are for one CUDA version each."""
    vllm = find(distributions, "vllm")
    if vllm is None or vllm.origin != "index" or torch.hip:
        raise NotApplicableError("no extension is listed whose wheel is known")
    row = env.matrix.wheel_build("vllm", vllm.version, interpreter.markers.get("platform_machine", "x86_64"))
    if row is None:
        env.gap(f"the matrix has no row for the wheel of vllm {vllm.version}")
        return
    env.cite(f"wheel vllm {row.version}")
    ours, theirs = torch.cuda.split(".")[0], row.cuda.split(".")[0]
    # A torch without CUDA is GPU006's finding.
    if ours.isdigit() and ours != theirs:
        yield Problem(
            subject="vllm",
            message=f"the wheel of vllm {vllm.version} on the package index is built for CUDA {row.cuda}, and torch "
            f"{torch.version} for CUDA {torch.cuda}",
            remedies=_remedies(env, interpreter, distributions, "vllm", torch),
        )


def _remedies(
    env: Env, interpreter: Interpreter, distributions: list[Distribution], name: str, torch: TorchBuild
) -> tuple[Remedy, ...]:
    pin = torch_pin(find(distributions, name))
    if pin is None or name in COMPANIONS:
        return rebuild_remedies(env, interpreter, distributions, name, torch)
    # The version may be the right one already, and only the build (+cu129) another.
    commands = (uninstall(interpreter, distributions, "torch"), install(interpreter, distributions, str(pin)))
    text = f"Install the build of torch that the package index has beside {name}"
    return (Remedy(text=text, commands=commands, pins=(str(pin),)),)


def _others(extension: Extension, major: str) -> list[str]:
    return [library for library in extension.needed if cuda_major(library) not in ("", major)]

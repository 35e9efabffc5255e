"""GPU004."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.install import install
from doctor.core.interpreter import INTERPRETER
from doctor.core.machine.architecture import Support, support
from doctor.core.machine.gpu import GPUS, VISIBLE_DEVICES
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import TORCH_BUILD, TorchBuild
from doctor.core.packages.stack import installed
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.rules.gpu.builds import torch_architectures
from doctor.rules.gpu.devices import Model, cuda_torch, models, torch_in_words, visible_gpus
from doctor.rules.gpu.drivers import number
from doctor.rules.gpu.suited import torch_for, vllm_for
from doctor.rules.stated import distributions_if_stated, interpreter_if_stated


@rule(
    severity=Severity.ERROR,
    cause=Cause.GPU_ARCH_NOT_IN_WHEEL,
    since="0.1.0",
    reads=(GPUS, VISIBLE_DEVICES, TORCH_BUILD, DISTRIBUTIONS, INTERPRETER),
)
def architecture_not_in_torch(env: Env) -> Iterator[Problem]:
    """The installed torch holds kernels that every visible GPU can run.

    ## What it checks
    The architectures that torch was compiled for against the compute capability of each visible
    GPU. Machine code runs on the same major version from its minor version on (`sm_86` on 8.9,
    `sm_120` on a GB10 with 12.1), PTX on everything newer, and code with the suffix `a` on one
    capability only. Where only PTX runs it is a warning. A build of which only its CUDA version is known is held
    against the GPUs that this CUDA compiles for: CUDA 12.8 is the first for Blackwell, 12.9 the last for Volta.

    ## Why it matters
    The first operation on the GPU fails: "no kernel image is available for execution on the
    device". torch from PyPI has no Blackwell kernels before 2.8 and no Volta ones from 2.11. Of PTX the driver makes
    kernels at the first use, for minutes; the cuBLAS and cuDNN of that CUDA have none for the GPU, and torch itself
    says that the GPU "is not compatible with the current PyTorch installation".

    ## How to fix it
    Install the build of torch for another CUDA version: cu128 or newer for Blackwell, cu126 for
    Volta and Pascal.

    ## Sources
    - https://docs.nvidia.com/cuda/cuda-c-programming-guide/#binary-compatibility
    - https://docs.nvidia.com/cuda/cuda-toolkit-release-notes/ (13.0 no longer compiles for Maxwell, Pascal and Volta)
    - https://github.com/vllm-project/vllm/issues/16901
    - https://github.com/pytorch/pytorch/issues/172629
    - https://github.com/pytorch/pytorch/blob/v2.8.0/torch/cuda/__init__.py (_check_cubins looks at machine code only)
    - https://github.com/RVC-Project/Retrieval-based-Voice-Conversion-WebUI/issues/2636 (compute_37 on an RTX 5070 Ti)
    """
    gpus = visible_gpus(env)
    torch = cuda_torch(env)
    distributions_if_stated(env)
    architectures = torch_architectures(env, torch)
    found = models(env, gpus)
    for model in found:
        level, seen = _judge(env, torch, architectures, model)
        if level is not Support.BINARY:
            yield Problem(
                subject=model.subject,
                message=f"{torch_in_words(env, torch)} is {seen}",
                severity=Severity.ERROR if level is Support.NONE else Severity.WARNING,
                remedies=(_remedy(env, torch, model),),
            )


def _judge(env: Env, torch: TorchBuild, architectures: tuple[str, ...] | None, model: Model) -> tuple[Support, str]:
    """How a GPU runs torch, and what is wrong with that in words; of a build that no row tells of, by its CUDA."""
    if architectures is None:
        return _judge_by_cuda(env, torch, model)
    level = support(architectures, model.capability)
    runs = f"and nothing of that runs on {model.title}"
    if level is Support.PTX:
        runs = f"of which {model.title} runs only PTX: cuBLAS and cuDNN of this build have no kernels for it"
    return level, f"compiled for {', '.join(architectures)}, {runs}"


def _judge_by_cuda(env: Env, torch: TorchBuild, model: Model) -> tuple[Support, str]:
    """No CUDA compiles for GPUs that came after it or that it has dropped. That torch does is left open."""
    generation = env.matrix.generation(model.capability)
    cuda = number(torch.cuda)
    if generation is None or not cuda:
        return Support.BINARY, ""
    env.cite(f"generation {generation.name}")
    built = f"built with CUDA {torch.cuda}, whose compiler makes no machine code for {model.title}"
    if cuda < number(generation.first_cuda):
        return Support.PTX, built
    if generation.last_cuda and cuda > number(generation.last_cuda):
        return Support.NONE, f"{built} anymore: CUDA {generation.last_cuda} was the last that did"
    return Support.BINARY, ""


def _remedy(env: Env, torch: TorchBuild, model: Model) -> Remedy:
    interpreter, distributions = interpreter_if_stated(env), distributions_if_stated(env)
    wheels = vllm_for(env, model.capability)
    if wheels and installed(distributions, "vllm"):
        # Its pin on torch is exact: torch alone cannot be moved.
        command = install(interpreter, distributions, wheels)
        text = f"Install a vLLM with kernels for {model.number}; it takes a torch with them along"
        return Remedy(text=text, commands=(command,), pins=(wheels,))
    pin = torch_for(env, torch.version, model.capability)
    if not pin:
        return Remedy(text="No build of torch that is known runs on this GPU: use a newer one", safety=Safety.MANUAL)
    command = install(interpreter, distributions, pin)
    index = pin.partition("+")[2]
    text = f"Install the {index} build of torch, with torchvision and torchaudio from the same index if they are used"
    return Remedy(text=text, commands=(command,), pins=(pin,))

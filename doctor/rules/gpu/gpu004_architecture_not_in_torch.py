"""GPU004."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from doctor.core.architecture import Support, support
from doctor.core.distribution import DISTRIBUTIONS
from doctor.core.extension import TORCH_BUILD, TorchBuild
from doctor.core.gpu import GPUS, VISIBLE_DEVICES
from doctor.core.install import install
from doctor.core.interpreter import INTERPRETER
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.core.stack import installed
from doctor.rules.gpu.builds import public, torch_architectures, vllm_for
from doctor.rules.gpu.devices import Model, cuda_torch, models, visible_gpus
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
    capability only.

    ## Why it matters
    The first operation on the GPU fails: "no kernel image is available for execution on the
    device". torch from PyPI has no Blackwell kernels before 2.8 and no Volta ones from 2.11.

    ## How to fix it
    Install the build of torch for another CUDA version: cu128 or newer for Blackwell, cu126 for
    Volta and Pascal.

    ## Sources
    - https://docs.nvidia.com/cuda/cuda-c-programming-guide/#binary-compatibility
    - https://github.com/vllm-project/vllm/issues/16901
    - https://github.com/pytorch/pytorch/issues/172629
    """
    gpus = visible_gpus(env)
    torch = cuda_torch(env)
    distributions_if_stated(env)
    architectures = torch_architectures(env, torch)
    found = models(env, gpus)
    if architectures is None:
        return
    for model in found:
        if support(architectures, model.capability) is Support.NONE:
            yield Problem(
                subject=model.subject,
                message=(
                    f"{f'torch {torch.version}'.strip()} is compiled for {', '.join(architectures)}, "
                    f"and nothing of that runs on {model.title}"
                ),
                remedies=(_remedy(env, torch, model),),
            )


def _remedy(env: Env, torch: TorchBuild, model: Model) -> Remedy:
    interpreter, distributions = interpreter_if_stated(env), distributions_if_stated(env)
    wheels = vllm_for(model.capability)
    if wheels and installed(distributions, "vllm"):
        # Its pin on torch is exact: torch alone cannot be moved.
        command = install(interpreter, distributions, wheels)
        text = f"Install a vLLM with kernels for {model.number}; it takes a torch with them along"
        return Remedy(text=text, commands=(command,), pins=(wheels,))
    index, oldest = _index(model.capability)
    if not index:
        return Remedy(text="No current build of torch runs on this GPU: use a newer one", safety=Safety.MANUAL)
    version = public(torch.version) or oldest
    # With its label, because the plain version may be satisfied by the build that is there.
    pin = f"torch=={version if Version(version) >= Version(oldest) else oldest}+{index}"
    command = install(interpreter, distributions, pin)
    text = f"Install the {index} build of torch, with torchvision and torchaudio from the same index if they are used"
    return Remedy(text=text, commands=(command,), pins=(pin,))


def _index(capability: tuple[int, int]) -> tuple[str, str]:
    """The PyTorch index whose builds run on a capability, and its first torch release."""
    if capability >= (10, 0):
        return "cu128", "2.7.0"
    if capability >= (5, 0):
        return "cu126", "2.6.0"
    return "", ""

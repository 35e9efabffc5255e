"""GPU006."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Known
from doctor.core.install import install
from doctor.core.interpreter import INTERPRETER
from doctor.core.machine.gpu import GPUS
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.packages.extension import EXTENSIONS, TORCH_BUILD, TorchBuild
from doctor.core.packages.stack import installed, is_cpu_vllm, vllm_of
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, UndeterminedError, rule
from doctor.rules.gpu.builds import machine_of, public
from doctor.rules.gpu.suited import cuda_torch_since, vllm_with_torch_since

# They do nothing without CUDA.
_CUDA_ONLY = ("vllm", "unsloth", "flash-attn")


@rule(
    severity=Severity.ERROR,
    cause=Cause.CUDA_TOOLKIT_MISMATCH,
    since="0.1.0",
    reads=(GPUS, TORCH_BUILD, DISTRIBUTIONS, INTERPRETER, EXTENSIONS),
)
def torch_without_cuda(env: Env) -> Iterator[Problem]:
    """On a machine with an NVIDIA GPU, torch is built with CUDA.

    ## What it checks
    Whether the installed torch is a CPU build although NVML lists a GPU. Beside a CPU build of
    vLLM that is what was wanted. It is an error when a package is installed that does nothing
    without CUDA, and only mentioned where ABI003 reports the compiled part of that package.

    ## Why it matters
    A CPU build satisfies the pin of a CUDA package, because `==2.13.0` accepts `2.13.0+cpu`;
    then `torch.cuda.is_available()` is false and the GPU is never used.

    ## How to fix it
    Install the CUDA build of the same version.

    ## Sources
    - https://pytorch.org/get-started/locally/
    - https://github.com/vllm-project/vllm/issues/28669
    """
    gpus = env.need(GPUS)
    torch = env.need(TORCH_BUILD)
    distributions = env.need(DISTRIBUTIONS)
    if not gpus:
        raise NotApplicableError("NVML lists no GPU")
    if torch.hip:
        raise NotApplicableError(f"torch {torch.version} is built for ROCm {torch.hip}")
    vllm = vllm_of(distributions)
    if torch.cuda or (vllm and is_cpu_vllm(vllm)):
        return
    asking = [item for name in _CUDA_ONLY if (item := installed(distributions, name))]
    count = f"{len(gpus)} NVIDIA GPU{'s' if len(gpus) > 1 else ''}"
    wanted = f", which {' and '.join(item.name for item in asking)} cannot do without" if asking else ""
    yield Problem(
        subject="torch",
        message=f"torch {torch.version} is a CPU build on a machine with {count}; a CUDA build is needed{wanted}",
        remedies=(_remedy(env, torch, distributions),),
        severity=_severity(env, asking),
    )


def _severity(env: Env, asking: list[Distribution]) -> Severity:
    if not asking:
        return Severity.WARNING
    try:
        facts = env.look(EXTENSIONS) or ()
    except UndeterminedError:
        return Severity.ERROR  # ABI003 could not judge then
    names = {item.name for item in asking}
    read = [fact.value for fact in facts if isinstance(fact, Known)]
    told = any(item.distribution in names and item.needs_cuda_torch for item in read)
    return Severity.INFO if told else Severity.ERROR


def _remedy(env: Env, torch: TorchBuild, distributions: tuple[Distribution, ...]) -> Remedy:
    version = public(torch.version)
    row = env.matrix.wheel_build("torch", version, machine_of(env))
    if row is None:
        return _remedy_by_hand(f"Install a build of torch {version} with CUDA for {machine_of(env)}")
    if not row.cuda:
        return _remedy_without_wheel(env, version, distributions)
    # With its local part, because the plain version is already satisfied by the CPU build.
    pin = f"torch=={version}+cu{row.cuda.replace('.', '')}"
    command = install(env.need(INTERPRETER), distributions, pin)
    text = "Install the CUDA build of torch, with torchvision and torchaudio from the same index if they are used"
    return Remedy(text=text, commands=(command,), pins=(pin,))


def _remedy_without_wheel(env: Env, version: str, distributions: tuple[Distribution, ...]) -> Remedy:
    """For a processor of which the package index has this torch without CUDA only."""
    first = cuda_torch_since(env)
    if installed(distributions, "vllm") and first:
        pin = vllm_with_torch_since(env, first)
        if pin:
            command = install(env.need(INTERPRETER), distributions, pin)
            text = (
                f"The package index has torch with CUDA for {machine_of(env)} from {first} on: install a vLLM with it"
            )
            return Remedy(text=text, commands=(command,), pins=(pin,))
    since = f" before {first}" if first else ""
    return _remedy_by_hand(
        f"The package index has no torch with CUDA for {machine_of(env)}{since}: install the build of torch {version}"
    )


def _remedy_by_hand(text: str) -> Remedy:
    return Remedy(text=f"{text} that https://download.pytorch.org/whl/ lists", safety=Safety.MANUAL)

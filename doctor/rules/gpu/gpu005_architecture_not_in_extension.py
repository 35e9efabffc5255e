"""GPU005."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from doctor.core.install import install, uninstall
from doctor.core.interpreter import INTERPRETER
from doctor.core.machine.architecture import Support, support
from doctor.core.machine.gpu import GPUS, VISIBLE_DEVICES
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import EXTENSIONS, TORCH_BUILD
from doctor.core.packages.stack import installed, vllm_of
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.rules.gpu.builds import Build, kernel_builds
from doctor.rules.gpu.devices import Model, cuda_torch_if_known, models, visible_gpus
from doctor.rules.gpu.suited import allows, pinned, vllm_for
from doctor.rules.stated import is_listed_only


@rule(
    severity=Severity.ERROR,
    cause=Cause.GPU_ARCH_NOT_IN_WHEEL,
    since="0.1.0",
    reads=(GPUS, VISIBLE_DEVICES, TORCH_BUILD, DISTRIBUTIONS, EXTENSIONS, INTERPRETER),
)
def architecture_not_in_extension(env: Env) -> Iterator[Problem]:
    """vLLM and the other packages with CUDA kernels hold code that every visible GPU can run.

    ## What it checks
    The architectures in the extensions of vLLM, flash-attn, xformers and bitsandbytes, or, where
    they were not read, those of the wheel of that vLLM release, against the compute capability
    of each visible GPU. For vLLM code in PTX alone is a warning, because only some of its kernels
    have it. xformers 0.0.30 to 0.0.32 is a warning on Blackwell, where it takes kernels that were
    compiled for Hopper alone.

    ## Why it matters
    The package is imported and fails in its first kernel: "no kernel image is available for
    execution on the device".

    ## How to fix it
    Install a release that was compiled for the GPU, or compile the package on this machine.

    ## Sources
    - https://docs.nvidia.com/cuda/cuda-c-programming-guide/#binary-compatibility
    - https://github.com/vllm-project/vllm/issues/14452
    - https://github.com/vllm-project/vllm/issues/20522
    - https://github.com/facebookresearch/xformers/issues/1251
    """
    gpus = visible_gpus(env)
    cuda_torch_if_known(env)
    found = models(env, gpus)
    distributions = env.need(DISTRIBUTIONS)
    if is_listed_only(distributions) and vllm_of(distributions) is None:
        env.unstated("whether vLLM is installed")
    for build in kernel_builds(env):
        for model in found:
            level = support(build.architectures, model.capability)
            if level is Support.NONE or (level is Support.PTX and build.name == "vllm"):
                yield _problem(env, build, model, level)
            elif _takes_hopper_kernels(env, build, model):
                yield _hopper_problem(env, build, model)


def _problem(env: Env, build: Build, model: Model, level: Support) -> Problem:
    extent = "nothing of that runs" if level is Support.NONE else "only its PTX runs"
    # The others have a fallback: transformers and vLLM choose another attention kernel.
    certain = build.name == "vllm" and level is Support.NONE
    return Problem(
        subject=f"{build.name} on {model.subject}",
        message=f"{build.title} is compiled for {', '.join(build.architectures)}, and {extent} on {model.title}",
        remedies=(_remedy(env, build, model),),
        severity=Severity.ERROR if certain else Severity.WARNING,
    )


def _takes_hopper_kernels(env: Env, build: Build, model: Model) -> bool:
    for floor in env.matrix.floors:
        if (floor.package, floor.feature) == (build.name, "flash-attention-3") and not allows(floor, model.capability):
            try:
                return SpecifierSet(floor.versions).contains(Version(build.version))
            except InvalidVersion:
                env.gap(f"the version of {build.name} reads {build.version!r}")
    return False


def _hopper_problem(env: Env, build: Build, model: Model) -> Problem:
    interpreter, distributions = env.need(INTERPRETER), env.need(DISTRIBUTIONS)
    pin = "xformers>=0.0.33"
    if installed(distributions, "vllm"):
        # vLLM pins xformers, or does without.
        pin = vllm_for(env, model.capability, lambda row: not _is_affected(pinned(env, row, "xformers"))) or pin
    command = install(interpreter, distributions, pin)
    text = f"Install {pin}, with the torch that it asks for"
    return Problem(
        subject=f"{build.name} on {model.subject}",
        message=(
            f"{build.title} takes FlashAttention 3 kernels that are compiled for 9.0 alone on {model.title}; "
            "xformers 0.0.33 or newer is needed"
        ),
        remedies=(Remedy(text=text, commands=(command,), pins=(pin,)),),
        severity=Severity.WARNING,
    )


def _is_affected(xformers: str) -> bool:
    return bool(xformers) and Version(xformers) < Version("0.0.33")


def _remedy(env: Env, build: Build, model: Model) -> Remedy:
    interpreter, distributions = env.need(INTERPRETER), env.need(DISTRIBUTIONS)
    if build.name == "vllm":
        pin = vllm_for(env, model.capability)
        if not pin:
            return Remedy(text="No wheel of vLLM has kernels for this GPU: use a newer one", safety=Safety.MANUAL)
        text = f"Install a vLLM whose wheels hold kernels for {model.number}, with the torch that it asks for"
        return Remedy(text=text, commands=(install(interpreter, distributions, pin),), pins=(pin,))
    command = uninstall(interpreter, distributions, build.name)
    text = f"Compile {build.name} for {model.number} on this machine, or remove it: what uses it falls back"
    return Remedy(text=text, commands=(command,))

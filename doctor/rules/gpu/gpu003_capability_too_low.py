"""GPU003."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from packaging.specifiers import SpecifierSet

from doctor.core.fact import not_told
from doctor.core.install import install, uninstall
from doctor.core.interpreter import INTERPRETER
from doctor.core.machine.architecture import parse_capability
from doctor.core.machine.gpu import GPUS, VISIBLE_DEVICES
from doctor.core.matrix import Floor
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.packages.stack import installed, release
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.rules.gpu.devices import Model, cuda_torch_if_known, models, visible_gpus
from doctor.rules.gpu.suited import allows, vllm_for
from doctor.rules.stated import distributions_if_stated, interpreter_if_stated


@rule(
    severity=Severity.ERROR,
    cause=Cause.COMPUTE_CAPABILITY_TOO_LOW,
    since="0.1.0",
    reads=(GPUS, VISIBLE_DEVICES, TORCH_BUILD, DISTRIBUTIONS, INTERPRETER),
)
def capability_too_low(env: Env) -> Iterator[Problem]:
    """Every visible GPU has the compute capability that the installed packages ask for.

    ## What it checks
    The compute capability of each visible GPU against the documented range of the installed
    vLLM (7.0 up to 0.19, 7.5 from 0.20), of its LoRA kernels (8.0 before 0.5.4), of flash-attn 2
    (8.0), of FlashAttention 3 (9.0 alone) and of Unsloth (7.0), as the matrix says.

    ## Why it matters
    The package refuses the GPU when it starts, or fails in its first kernel.

    ## How to fix it
    Install a release that still supports the GPU where there is one; otherwise use another GPU.

    ## Sources
    - https://docs.vllm.ai/en/latest/getting_started/installation/gpu.html
    - https://github.com/vllm-project/vllm/issues/963
    - https://github.com/vllm-project/vllm/issues/3197
    - https://github.com/Dao-AILab/flash-attention#nvidia-cuda-support
    - https://unsloth.ai/docs/get-started/fine-tuning-for-beginners/unsloth-requirements
    """
    gpus = visible_gpus(env)
    cuda_torch_if_known(env)
    distributions = distributions_if_stated(env)
    found = models(env, gpus)
    if not_told(env.fact(DISTRIBUTIONS)):
        yield from _below_all(env, found)
    floors = [floor for floor in env.matrix.floors if floor.feature in ("", "lora")]
    if not floors:
        env.gap(f"the matrix {env.matrix.version} does not say which compute capability packages ask for")
    for floor in floors:
        distribution = installed(distributions, floor.package)
        if distribution is None:
            continue
        version = release(distribution)
        if version is None:
            env.gap(f"the version of {floor.package} reads {distribution.version!r}")
            continue
        if not SpecifierSet(floor.versions).contains(version, prereleases=True):
            continue
        env.cite(f"floor {floor.name}")
        for model in found:
            if not allows(floor, model.capability):
                yield _problem(env, floor, distribution, model)


def _below_all(env: Env, found: Iterable[Model]) -> Iterator[Problem]:
    """What no release runs on, where nobody states which one is installed."""
    whole = (floor for floor in env.matrix.floors if floor.package in ("vllm", "unsloth") and not floor.feature)
    lowest = min((least for floor in whole if (least := parse_capability(floor.minimum))), default=(0, 0))
    needed = f"{lowest[0]}.{lowest[1]}"
    for model in found:
        if model.capability < lowest:
            yield Problem(
                subject=model.subject,
                message=f"all of vLLM and Unsloth needs compute capability {needed}, and this is {model.title}",
                remedies=(Remedy(text="Use a GPU of a newer generation", safety=Safety.MANUAL),),
                severity=Severity.WARNING,
            )
    env.unstated("what is installed")


def _problem(env: Env, floor: Floor, distribution: Distribution, model: Model) -> Problem:
    needed = " and ".join(
        (*([floor.minimum] if floor.minimum else ()), *([f"less than {floor.below}"] if floor.below else ()))
    )
    part = "LoRA of " if floor.feature == "lora" else ""
    return Problem(
        subject=model.subject,
        message=(
            f"{part}{floor.package} {distribution.version} needs compute capability {needed}, and this is {model.title}"
        ),
        remedies=_remedies(env, floor, model),
        severity=floor.level,
    )


def _remedies(env: Env, floor: Floor, model: Model) -> tuple[Remedy, ...]:
    interpreter, distributions = interpreter_if_stated(env), distributions_if_stated(env)
    other = Remedy(text="Use a GPU of a newer generation", safety=Safety.MANUAL)
    if floor.package in ("flash-attn", "flash-attn-3"):
        text = f'Remove {floor.package} and let transformers use attn_implementation="sdpa"'
        return (Remedy(text=text, commands=(uninstall(interpreter, distributions, floor.package),)), other)
    pin = vllm_for(env, model.capability)
    if floor.package == "vllm" and pin:
        command = install(interpreter, distributions, pin)
        return (Remedy(text=f"Install a vLLM that supports {model.number}", commands=(command,), pins=(pin,)), other)
    return (other,)

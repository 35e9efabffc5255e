"""PIN008."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Known, Reason, Unknown
from doctor.core.install import install, uninstall
from doctor.core.interpreter import INTERPRETER, Interpreter
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.packages.extension import EXTENSIONS, TORCH_BUILD
from doctor.core.packages.flash_fit import build_of, fit_of, wheel_remedies
from doctor.core.packages.flash_wheel import FlashFit
from doctor.core.packages.stack import installed, vllm_of
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.core.rule import Env, NotApplicableError, rule


@rule(
    severity=Severity.WARNING,
    cause=Cause.ABI_MISMATCH_FLASH_ATTN,
    since="0.1.0",
    reads=(INTERPRETER, DISTRIBUTIONS, EXTENSIONS, TORCH_BUILD),
)
def flash_attention_without_wheel(env: Env) -> Iterator[Problem]:
    """The installed flash-attn has a prebuilt wheel for the installed torch, or was compiled for it.

    ## What it checks
    The package index holds only the sources of flash-attn. Its project publishes wheels for
    single combinations of torch, CUDA, C++ ABI and Python; the matrix knows those of each release
    from the build matrix of its publish workflow. Where the release that is installed has none for
    this torch and its compiled part was not read, it is a warning. What was read is judged by
    ABI001 and ABI002.

    ## Why it matters
    Without a wheel pip compiles: for hours, and only with nvcc of torch's CUDA. One that was
    installed for an older torch stays when torch is upgraded, and its import ends in
    `undefined symbol: _ZN3c10...`; vLLM and transformers swallow that and use something else.

    ## How to fix it
    Install the release that has a wheel for this torch, compile it against this torch, or do
    without: vLLM brings its own copy.

    ## Sources
    - https://github.com/Dao-AILab/flash-attention/blob/main/.github/workflows/publish.yml
    - https://github.com/Dao-AILab/flash-attention/issues/2299 (no official wheel for torch 2.10)
    - https://github.com/modelscope/ms-swift/issues/8434
    """
    distributions = env.need(DISTRIBUTIONS)
    flash, torch = installed(distributions, "flash-attn"), installed(distributions, "torch")
    if flash is None or torch is None:
        raise NotApplicableError("not both flash-attn and torch are installed")
    build = build_of(env)
    if "+cpu" in torch.version or (build is not None and not build.cuda):
        raise NotApplicableError("torch is built without CUDA")
    interpreter = env.need(INTERPRETER)
    if _was_read(env):
        return
    fit = fit_of(env.matrix, torch.version, interpreter, build)
    release = flash.version.partition("+")[0]
    if fit is None:
        env.gap(f"which wheel of flash-attn fits torch {torch.version} is not known")
    elif release not in env.matrix.flash_releases():
        env.gap(f"which wheels flash-attn {flash.version} has is not known")
    elif not any(wheel.version == release for wheel in env.matrix.flash_wheels(fit)):
        yield _problem(env, fit, flash, interpreter, distributions)
    else:
        env.cite(f"wheels of flash-attn {release}")


def _was_read(env: Env) -> bool:
    fact = env.fact(EXTENSIONS)
    if isinstance(fact, Unknown) and fact.reason is Reason.NOT_STATED:
        return False
    facts = env.look(EXTENSIONS) or ()
    return any(isinstance(item, Known) and item.value.distribution == "flash-attn" for item in facts)


def _problem(
    env: Env, fit: FlashFit, flash: Distribution, interpreter: Interpreter, distributions: tuple[Distribution, ...]
) -> Problem:
    release = flash.version.partition("+")[0]
    abi = "cxx11abiTRUE" if fit.cxx11_abi else "cxx11abiFALSE"
    compile_it = ("--force-reinstall", "--no-deps", "--no-build-isolation", "--no-cache-dir", f"flash-attn=={release}")
    own = vllm_of(distributions)
    text = f"Compile it against the installed torch (needs nvcc of CUDA {fit.cuda})"
    return Problem(
        subject="flash-attn",
        message=f"flash-attn {release} has no prebuilt wheel for torch {fit.torch}, CUDA {fit.cuda}, {abi} and "
        f"{fit.python} on {fit.machine}: unless it was compiled for this torch, it cannot be imported",
        location=flash.seen_in,
        remedies=(
            *wheel_remedies(env.matrix, fit, flash.version, interpreter, distributions),
            Remedy(text=text, commands=(install(interpreter, distributions, *compile_it),)),
            *(
                (
                    Remedy(
                        text=f"Or remove it, where only {own.name} needs it: that brings its own copy",
                        commands=(uninstall(interpreter, distributions, "flash-attn"),),
                    ),
                )
                if own
                else ()
            ),
        ),
    )

"""ENV004."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import Source, SourceKind
from doctor.core.machine.system import VARIABLES, VARIABLES_LISTED
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.release import VllmRelease
from doctor.core.packages.stack import release, vllm_of
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, rule

_INSTEAD = {
    "VLLM_ATTENTION_BACKEND": "pass --attention-backend (attention_backend= of LLM)",
    "VLLM_USE_V1": "newer releases have the V1 engine only",
    "VLLM_FLASH_ATTN_VERSION": "pass --attention-config with flash_attn_version",
    "VLLM_USE_TRITON_FLASH_ATTN": "pass --attention-backend",
    "VLLM_INSTALL_PUNICA_KERNELS": "newer releases run LoRA on Triton kernels",
    "VLLM_TORCH_PROFILER_DIR": "pass --profiler-config",
}
"""What took the place of variables that are gone."""


@rule(
    severity=Severity.WARNING,
    cause=Cause.ENV_VARIABLE,
    since="0.1.0",
    reads=(VARIABLES, VARIABLES_LISTED, DISTRIBUTIONS),
)
def vllm_variable_ignored(env: Env) -> Iterator[Problem]:
    """The vLLM variables that are set are read by the installed vLLM.

    ## What it checks
    Each `VLLM_` variable that is set is looked up among those that the sources of the installed
    release read. One that only other releases read is a warning, and so is one that no release
    reads but whose name is almost that of one; any other name is nobody's business here.

    ## Why it matters
    vLLM does not fail on a variable that it no longer knows: it goes on with its default, and
    at most logs a line. VLLM_ATTENTION_BACKEND has had no effect since 0.15.0.

    ## How to fix it
    Unset the variable, and use what replaced it.

    ## Sources
    - vllm/envs.py of the releases 0.4.2 to 0.33.0, and what their other files read of os.environ
    - https://github.com/vllm-project/vllm/issues/50292
    - https://github.com/vllm-project/vllm/pull/50346
    """
    vllm = vllm_of(env.need(DISTRIBUTIONS))
    if vllm is None:
        raise NotApplicableError("vLLM is not installed")
    variables = env.need(VARIABLES)
    listed = env.look(VARIABLES_LISTED)
    if listed is not None and not "VLLM_".startswith(listed):
        # vLLM lists those that it reads itself, and these are the others.
        env.unstated("variables that vLLM does not read")
    version = release(vllm)
    if version is None:
        env.gap(f"the version of {vllm.name} cannot be read: {vllm.version}")
        return
    names = sorted(name for name in variables if name.startswith("VLLM_"))
    if not names:
        return
    known = env.matrix.vllm_release(str(version))
    if known is None:
        env.gap(f"the matrix {env.matrix.version} does not know which variables vLLM {version} reads")
        return
    env.cite(f"release vllm {version}")
    for name in names:
        if name not in known.variables and (message := _fault(env, name, known)):
            yield _problem(name, f"{name} is set, and vLLM {version} does not read it ({message})")


def _fault(env: Env, name: str, known: VllmRelease) -> str:
    """Which releases read a variable, or which name it almost has; "" where neither is so."""
    readers = env.matrix.releases.readers_of(name)
    if not readers:
        # Late: a name that nobody reads is rare.
        import difflib

        near = difflib.get_close_matches(name, sorted(known.variables), cutoff=0.9)
        return f"no release does: did you mean {near[0]}?" if near else ""
    newest = env.matrix.releases.versions("vllm")[-1]
    return f"releases {readers[0]} {'and newer' if readers[-1] == newest else f'to {readers[-1]}'} do"


def _problem(name: str, message: str) -> Problem:
    instead = _INSTEAD.get(name, "")
    return Problem(
        subject=name,
        message=f"{message}; {instead}" if instead else message,
        location=Source(kind=SourceKind.ENV_VAR, where=name),
        remedies=(
            Remedy(
                text=f"Unset it; {instead}" if instead else "Unset it",
                commands=(("unset", name),),
                safety=Safety.MANUAL,
            ),
        ),
    )

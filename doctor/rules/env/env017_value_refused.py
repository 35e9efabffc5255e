"""ENV017."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from doctor.core.fact import Source, SourceKind
from doctor.core.machine.system import VARIABLES, VARIABLES_LISTED
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.release import Reading, VllmRelease
from doctor.core.packages.stack import release, vllm_of
from doctor.core.redaction import NOT_STORED
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, rule

_LEVEL = "VLLM_LOGGING_LEVEL"
_NUMBERS = {
    "int": ("reads a whole number from it", "Write the number alone"),
    "float": ("reads a number from it", "Write the number alone"),
    "switch": ("reads 1 or 0 from it", "Write 1 for yes and 0 for no"),
}
"""By the kind of a reading: what vLLM does, and what a person is to do."""


@rule(
    severity=Severity.ERROR,
    cause=Cause.ENV_VARIABLE,
    since="0.1.0",
    reads=(VARIABLES, VARIABLES_LISTED, DISTRIBUTIONS),
)
def value_refused(env: Env) -> Iterator[Problem]:
    """The vLLM variables that are set hold what the installed vLLM reads from them.

    ## What it checks
    Each `VLLM_` variable that the sources of the installed release read as a number, as 1 or 0, or as one of a few
    words holds such a value. Of a release that is not known, what the newest known one reads is taken.

    ## Why it matters
    vLLM ends with a ValueError when it first reads such a variable, which may be while it is imported
    (`VLLM_LOGGING_LEVEL=verbose` before 0.31) or minutes into the start: `VLLM_USE_V1=true`,
    `VLLM_CPU_KVCACHE_SPACE=4GB`. Kubernetes sets `VLLM_PORT=tcp://10.0.0.7:8000` in every pod of a namespace
    that has a service with the name vllm.

    ## How to fix it
    Write the value as it is read, or unset the variable. Of VLLM_PORT: give the service another name, or set
    `enableServiceLinks: false` in the pod.

    ## Sources
    - vllm/envs.py and vllm/logger.py of the releases 0.4.2 to 0.33.0
    - https://docs.vllm.ai/en/latest/configuration/env_vars/
    - https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
    """
    vllm = vllm_of(env.need(DISTRIBUTIONS))
    if vllm is None:
        raise NotApplicableError("vLLM is not installed")
    variables = env.need(VARIABLES)
    listed = env.look(VARIABLES_LISTED)
    if listed is not None and not "VLLM_".startswith(listed):
        env.unstated("variables that begin with VLLM_")
    # An empty value is how a variable is taken back where it cannot be unset; that it is not read at all is ENV004's.
    names = [name for name, value in variables.items() if name.startswith("VLLM_") and value]
    known = _release(env, str(release(vllm) or vllm.version)) if names else None
    if known is None:
        return
    for name in sorted(names):
        reading = known.readings.get(name)
        if reading is None or not _is_read(name, variables):
            continue
        if variables[name] == NOT_STORED:
            env.gap(f"{name}: its name is like that of a secret, so that its value was not kept")
        elif reading.refuses(variables[name]):
            yield _problem(name, variables[name], reading, known.version)


def _release(env: Env, version: str) -> VllmRelease | None:
    """What is known of the release, or of the newest one, where nothing is known of it."""
    known = env.matrix.vllm_release(version)
    if known is not None:
        env.cite(f"release vllm {version}")
        return known
    env.gap(f"the matrix {env.matrix.version} does not know how vLLM {version} reads its variables")
    newest = env.matrix.releases.versions("vllm")[-1:]
    return env.matrix.vllm_release(newest[0]) if newest else None


def _is_read(name: str, variables: Mapping[str, str]) -> bool:
    """The level counts only where vLLM configures the logger, and by no file of the user's own."""
    own = variables.get("VLLM_CONFIGURE_LOGGING") == "0" or variables.get("VLLM_LOGGING_CONFIG_PATH")
    return not (name == _LEVEL and own)


def _problem(name: str, value: str, reading: Reading, version: str) -> Problem:
    words = " or ".join(filter(None, (", ".join(reading.words[:-1]), *reading.words[-1:])))
    does, mends = _NUMBERS.get(reading.kind, (f"takes only {words}", "Write one of these words"))
    linked = name == "VLLM_PORT" and "://" in value
    return Problem(
        subject=name,
        message=f"{name} is {value!r}, and vLLM {version} {does}"
        + (": Kubernetes sets it so where a service has the name vllm" if linked else ""),
        location=Source(kind=SourceKind.ENV_VAR, where=name),
        remedies=(
            Remedy(
                text="Give the service another name, or set enableServiceLinks: false in the pod"
                if linked
                else f"{mends}, or unset {name}",
                commands=(("unset", name),),
                safety=Safety.MANUAL,
            ),
        ),
    )

"""Which release of vLLM will serve, and what the matrix says of it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import takewhile
from typing import TypeVar

from doctor.core.frozen import frozen
from doctor.core.install import install
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.packages.release import LoraSupport, ServedArchitecture, Support, VllmRelease
from doctor.core.packages.stack import vllm_of
from doctor.core.report import Remedy
from doctor.core.rule import Env, NotApplicableError, UndeterminedError
from doctor.core.serve import COMMAND, MODULE, ServeCommand
from doctor.rules.pin.circumstances import meet

ROW_OF_THE_COMMAND = "vllm-command-of-the-cpu-build"

T = TypeVar("T")

Treatment = Callable[[LoraSupport], Support]


@frozen
class Serving:
    """The releases of vLLM that may serve the adapters.

    It is the installed one; where none is installed or stated they are all that the matrix knows, and
    only what holds for each of them is judged. `label` names them in a message.
    """

    label: str
    releases: tuple[VllmRelease, ...]

    def agreed(self, question: Callable[[VllmRelease], T]) -> T:
        """The answer of all releases.

        Raises:
            NotApplicableError: they do not agree.
        """
        first, *others = [question(release) for release in self.releases]
        if any(other != first for other in others):
            raise NotApplicableError("no vLLM is installed, and its releases differ in this")
        return first

    @property
    def newest(self) -> VllmRelease:
        """The only release, or the newest of all."""
        return self.releases[-1]


def serving(env: Env) -> Serving:
    """The release of vLLM that is installed, or else all that the matrix knows.

    That the distributions are not known is noted as a gap.

    Raises:
        UndeterminedError: the matrix does not know the release, or none at all.
    """
    try:
        found = vllm_of(env.need(DISTRIBUTIONS))
    except UndeterminedError as error:
        env.gap(str(error))
        found = None
    if found is None:
        return _every(env)
    release = env.matrix.vllm_release(found.version)
    if release is None:
        raise UndeterminedError(f"the matrix does not know what vLLM {found.version} accepts of LoRA")
    env.cite(f"vllm {release.version}")
    return Serving(label=f"vLLM {found.version}", releases=(release,))


def _every(env: Env) -> Serving:
    releases = _known(env)
    if not releases:
        raise UndeterminedError("the matrix knows no release of vLLM")
    first, last = releases[0], releases[-1]
    env.cite(f"vllm {first.version} to {last.version}")
    return Serving(label=f"every vLLM from {first.version} to {last.version}", releases=releases)


def _known(env: Env) -> tuple[VllmRelease, ...]:
    versions = env.matrix.releases.versions("vllm")
    return tuple(release for version in versions if (release := env.matrix.vllm_release(version)) is not None)


def command_fails(env: Env) -> bool:
    """Whether the installed build of vLLM is one whose command ``vllm`` does not start, so that a module must."""
    rows = (row for row in env.matrix.breakages if row.name == ROW_OF_THE_COMMAND)
    return any(meet(circumstance, env).met for row in rows for circumstance in row.when)


def serve_words(env: Env, model: str, options: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """A command that serves a model, in the form in which the installed build starts."""
    program = MODULE if command_fails(env) else COMMAND
    return ServeCommand(model=model, text="", options=options).words(program=program)


def since(env: Env, holds: Callable[[VllmRelease], bool]) -> str:
    """The version from which on something holds for every known release; "" where not even for the newest."""
    held = [release.version for release in takewhile(holds, reversed(_known(env)))]
    return held[-1] if held else ""


def upgrades(env: Env, holds: Callable[[VllmRelease], bool]) -> tuple[Remedy, ...]:
    """The remedy that serves with the release from which on something holds; none where there is none."""
    version = since(env, holds)
    return (upgrade(env, version),) if version else ()


def upgrade(env: Env, version: str) -> Remedy:
    """The remedy that serves the adapter with this release of vLLM or a newer one."""
    found = vllm_of(_distributions(env))
    requirement = f"{found.name if found else 'vllm'}>={version}"
    return Remedy(
        text=f"Serve it with vLLM {version} or newer",
        commands=(install_command(env, requirement),),
        pins=(requirement,),
    )


def install_command(env: Env, requirement: str) -> tuple[str, ...]:
    """The command that installs a requirement, into the environment that is examined where that is known."""
    try:
        if INTERPRETER.name in env.reads:
            return install(env.need(INTERPRETER), _distributions(env), requirement)
    except UndeterminedError as error:
        env.gap(str(error))
    return ("pip", "install", requirement)


def _distributions(env: Env) -> tuple[Distribution, ...]:
    try:
        return env.need(DISTRIBUTIONS)
    except UndeterminedError:
        return ()  # `serving` has noted it


def key_treatment(key: str) -> Treatment:
    """What a release does with a key of adapter_config.json that it either refuses or does not know."""
    return lambda row: Support.REFUSED if key in row.refused_keys else Support.IGNORED


def adaptable(architecture: ServedArchitecture) -> frozenset[str]:
    """The last words of the modules that an adapter may have, as adapters call them.

    It is empty for an architecture of which every linear layer is taken.
    """
    return frozenset(part for name in architecture.modules for part in architecture.packed.get(name, (name,)))

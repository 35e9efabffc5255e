"""What the rules of the command line share."""

from __future__ import annotations

from collections.abc import Mapping

from doctor.core.fact import Source, SourceKind
from doctor.core.report import Cause, Problem, Remedy, Safety
from doctor.core.rule import Env, NotApplicableError
from doctor.core.serve import SERVE, ServeCommand, spell_option

HERE = Source(kind=SourceKind.CONFIG, where="--serve")


def with_lora(env: Env) -> ServeCommand:
    """The command, where it starts vLLM with LoRA.

    Raises:
        NotApplicableError: there is no command, or it serves without LoRA.
    """
    command = env.need(SERVE)
    if not command.on("enable_lora"):
        raise NotApplicableError("the command does not enable LoRA")
    return command


def problem(
    command: ServeCommand,
    option: str,
    message: str,
    *remedies: tuple[str, Mapping[str, tuple[str, ...] | None]],
    cause: Cause | None = None,
) -> Problem:
    """A problem with an option; each remedy is what to do, and the options that change."""
    return Problem(
        subject=command.written.get(option, spell_option(option)),
        message=message,
        location=HERE,
        cause=cause,
        remedies=tuple(remedy(command, text, changes) for text, changes in remedies),
    )


def remedy(command: ServeCommand, text: str, changes: Mapping[str, tuple[str, ...] | None]) -> Remedy:
    """The remedy that starts vLLM with other options; a server is started by a person."""
    return Remedy(text=text, commands=(command.words(changes),), safety=Safety.MANUAL)

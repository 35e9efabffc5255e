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


def fitting_sizes(command: ServeCommand, count: int, *, gpus: int) -> dict[str, tuple[str, ...] | None]:
    """The options that spread a command over `gpus` GPUs, of which tensor parallelism takes `count` at most.

    It stays a divisor of what was asked for, since that divides the attention heads; stages are as many as fit.
    """
    parallel = command.number("tensor_parallel_size") or 1
    tensor = max(number for number in range(1, count + 1) if parallel % number == 0)
    sizes = {"tensor_parallel_size": tensor, "pipeline_parallel_size": gpus // tensor}
    return {name: (str(size),) if size > 1 else None for name, size in sizes.items()}


def remedy(command: ServeCommand, text: str, changes: Mapping[str, tuple[str, ...] | None]) -> Remedy:
    """The remedy that starts vLLM with other options; a server is started by a person."""
    return Remedy(text=text, commands=(command.words(changes),), safety=Safety.MANUAL)

"""The instructions of a Dockerfile, as BuildKit's own parser splits them (PyPI: ``dockerfile``)."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.errors import TargetError
from doctor.core.frozen import frozen


@frozen
class Instruction:
    """One instruction: its name in upper case, what follows it, and the 1-based lines that it spans.

    `words` are those of the exec form where `exec_form` says so, else one text (``RUN``) or the
    arguments (``COPY``, ``FROM``). `heredocs` are the texts that it is given behind it.
    """

    name: str
    words: tuple[str, ...]
    flags: tuple[str, ...]
    line: int
    end: int
    exec_form: bool = False
    heredocs: tuple[str, ...] = ()

    def flag(self, name: str) -> str:
        """The value of a flag (``--from=build``), "" where it is not given."""
        beginning = f"--{name}="
        return next((flag.removeprefix(beginning) for flag in self.flags if flag.startswith(beginning)), "")


def read_instructions(text: str, name: str) -> tuple[Instruction, ...]:
    """Split a Dockerfile; `name` is what errors call it.

    Raises:
        TargetError: it is none, or the parser is missing.
    """
    try:
        import dockerfile
    except ImportError as error:
        raise TargetError(
            f"{name} needs the package dockerfile", hint="pip install 'llm-stack-doctor[dockerfile]'"
        ) from error
    try:
        commands = dockerfile.parse_string(text)
    except dockerfile.GoParseError as error:
        raise TargetError(f"{name} is no Dockerfile: {' '.join(str(error).split())}") from error
    found = tuple(_instruction(command) for command in commands)
    if not any(item.name == "FROM" for item in found):
        raise TargetError(f"{name} is no Dockerfile: it has no FROM")
    return found


def _instruction(command: object) -> Instruction:
    value = tuple(getattr(command, "value", ()))
    return Instruction(
        name=str(getattr(command, "cmd", "")).upper(),
        words=value,
        flags=tuple(getattr(command, "flags", ())),
        line=int(getattr(command, "start_line", 0)),
        end=int(getattr(command, "end_line", 0)),
        exec_form=bool(getattr(command, "json", False)),
        heredocs=tuple(_heredocs(command)),
    )


def _heredocs(command: object) -> Iterator[str]:
    for item in getattr(command, "heredocs", ()):
        yield str(item.content)

"""Following the instructions of a Dockerfile to its last stage."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from doctor.core.errors import TargetError
from doctor.intake.docker.context import Context
from doctor.intake.docker.images import image_of
from doctor.intake.docker.installs import Install, Made, Other, Setting, read_command
from doctor.intake.docker.instructions import Instruction
from doctor.intake.docker.projects import Sync
from doctor.intake.docker.shell import commands_of, expand, split_assignments
from doctor.intake.docker.stage import Lines, Stage
from doctor.intake.target import StatedTarget

_OPENING = frozenset({"if", "case", "while", "until", "for"})
_CLOSING = frozenset({"fi", "esac", "done"})
"""The words between which a command may or may not be run."""

_SHELLS = ("sh", "bash", "/bin/sh", "/bin/bash")


@dataclass(slots=True)
class Build:
    """The stages that were followed so far, by their names and numbers."""

    path: Path
    lines: list[str]
    target: StatedTarget
    context: Context
    stages: dict[str, Stage] = field(default_factory=dict)
    before: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def follow(self, instructions: Iterable[Instruction]) -> Stage:
        """Follow all instructions; the last stage is what the image is.

        Raises:
            TargetError: a requirement in it is none.
        """
        given = {**_platform_arguments(self.target), **dict(self.target.arguments)}
        stage: Stage | None = None
        for item in instructions:
            if item.name == "FROM":
                stage = self._begin(item, given)
            elif stage is None:
                self._argument(item, self.before, self.before, given)
            else:
                self._do(item, stage, given)
        assert stage is not None  # or it was no Dockerfile
        return stage

    def _begin(self, item: Instruction, given: dict[str, str]) -> Stage:
        reference = expand(item.words[0], {**self.before, **given}) if item.words else ""
        if "$" in reference:
            raise TargetError(
                f"line {item.line} of {self.path}: the base image {reference} depends on an ARG without a value",
                hint="give it with --build-arg NAME=VALUE, and TARGETARCH with --target-platform",
            )
        parent = self.stages.get(reference.lower())
        if parent is not None:
            stage = parent.continued()
        else:
            context = self.context.copied()
            stage = Stage.of(image_of(reference), item.line, context, str(self.path), self.target)
        stage.machine = item.flag("platform") or stage.machine
        names = [item.words[2].lower()] if len(item.words) == 3 else []
        for name in (*names, str(self.count)):
            self.stages[name] = stage
        self.count += 1
        return stage

    def _do(self, item: Instruction, stage: Stage, given: dict[str, str]) -> None:
        words = tuple(expand(word, stage.values) for word in item.words)
        if item.name == "ARG":
            self._argument(item, stage.arguments, {**self.before, **stage.values}, given)
        elif item.name == "ENV":
            stage.variables.update(_pairs(words))
        elif item.name == "WORKDIR" and words:
            stage.workdir = stage.active(words[0])
        elif item.name in ("COPY", "ADD") and len(words) > 1:
            self._copy(item, words, stage)
        elif item.name == "RUN":
            self._run(item, stage)
        elif item.name == "ENTRYPOINT":
            stage.entry, stage.command = (_started(item, words), item.line), ((), 0)
        elif item.name == "CMD":
            stage.command = (_started(item, words), item.line)

    def _argument(self, item: Instruction, into: dict[str, str], values: dict[str, str], given: dict[str, str]) -> None:
        """A value of --build-arg comes before the default, and that before the one of an ARG above the first FROM."""
        for word in item.words if item.name == "ARG" else ():
            name, equals, default = word.partition("=")
            if name in given:
                into[name] = given[name]
            elif equals:
                into[name] = expand(_unquoted(default), values)
            elif name in self.before:
                into[name] = self.before[name]

    def _copy(self, item: Instruction, words: tuple[str, ...], stage: Stage) -> None:
        source = item.flag("from")
        if not source:
            stage.context.copy(list(words[:-1]), words[-1], stage.workdir)
        elif other := self.stages.get(source.lower()):
            stage.receive(other, list(words[:-1]), words[-1])

    def _run(self, item: Instruction, stage: Stage) -> None:
        for flag in item.flags:
            mount = dict(part.partition("=")[::2] for part in flag.removeprefix("--mount=").split(","))
            if flag.startswith("--mount=") and mount.get("type", "bind") == "bind" and "from" not in mount:
                source, target = mount.get("source", mount.get("src", ".")), mount.get("target", mount.get("dst", "."))
                stage.context.bind(source, target, stage.workdir)
        shell = list(item.heredocs) if item.heredocs else list(item.words[:1])
        try:
            commands = (
                [list(item.words)] if item.exec_form else [words for text in shell for words in commands_of(text)]
            )
        except ValueError as error:
            raise TargetError(f"line {item.line} of {self.path} cannot be split into words: {error}") from error
        self._commands(commands, item, stage)

    def _commands(self, commands: list[list[str]], item: Instruction, stage: Stage) -> None:
        local: dict[str, str] = {}
        activated, folder = "", stage.workdir
        depth = 0
        for command in commands:
            depth += (command[0] in _OPENING) - (command[0] in _CLOSING)
            assigned, words = split_assignments(command)
            values = {**stage.values, **local, **assigned}
            words = [expand(word, values) for word in words]
            if not words or words[0] == "export":
                local.update(split_assignments(words[1:])[0] if words else assigned)
                continue
            if words[0] in ("source", ".") and words[1:] and words[1].endswith("/bin/activate"):
                activated = words[1].removesuffix("/bin/activate")
            elif words[0] == "cd" and words[1:]:
                stage.workdir = stage.active(words[1])
            else:
                self._take(words, values, item, stage, activated, conditional=depth > 0)
        stage.workdir = folder

    def _take(
        self,
        words: list[str],
        values: dict[str, str],
        item: Instruction,
        stage: Stage,
        activated: str,
        *,
        conditional: bool,
    ) -> None:
        done = read_command(words, values)
        lines = Lines(self.lines, item.line, item.end)
        if isinstance(done, Made):
            stage.make(done, lines.of(words[0]))
        elif isinstance(done, Other):
            environment, line = stage.environments[""], lines.of(done.what)
            environment.unread[done.what] = f"what `{done.what}` installs in line {line} is not stated: judge its lock"
        elif isinstance(done, Setting):
            stage.arguments[done.name] = done.value
        elif isinstance(done, Sync):
            stage.sync(done, lines, values, conditional=conditional)
        elif isinstance(done, Install):
            stage.install(done, lines, activated, conditional=conditional)


def _platform_arguments(target: StatedTarget) -> dict[str, str]:
    """What BuildKit gives by itself where the platform is known.

    https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope
    """
    if target.machine is None:
        return {}
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}[target.machine.value]
    return {"TARGETARCH": architecture, "TARGETOS": "linux", "TARGETPLATFORM": f"linux/{architecture}"}


def _started(item: Instruction, words: tuple[str, ...]) -> tuple[str, ...]:
    """The words that are started: those of the exec form, or of the command that a shell is given."""
    if item.exec_form and len(words) > 2 and words[0] in _SHELLS and words[1].startswith("-") and "c" in words[1]:
        words = (words[2],)
    elif item.exec_form:
        return words
    try:
        commands = [split_assignments(found)[1] for found in commands_of(" ".join(words))]
    except ValueError:
        return words
    return tuple(next((found for found in reversed(commands) if found), ()))


def _pairs(words: tuple[str, ...]) -> dict[str, str]:
    """ENV's names and values: the parser gives them one after the other."""
    return dict(zip(words[::2], map(_unquoted, words[1::2]), strict=False))


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text

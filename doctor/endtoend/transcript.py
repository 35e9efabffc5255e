"""What a payload says on its report, line by line, and what that makes of each phase."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from doctor.core.endtoend import Ending, Finding, Phase, PhaseName
from doctor.core.fact import Absent, Fact, Known, Reason, Source, SourceKind, Unknown

LONGEST_LINE = 1 << 20
LOG_BYTES = 1 << 16
LOG_LINES = 12
LOG_LINE = 300
EARLY_LINES = 4
_TELLING = re.compile(r"\b\w{1,40}Error\b|undefined symbol|not found \(required|cannot open shared object")


class Start(msgspec.Struct, tag_field="kind", tag="start", forbid_unknown_fields=True):
    """A phase begins."""

    phase: PhaseName


class End(msgspec.Struct, tag_field="kind", tag="end", forbid_unknown_fields=True):
    """A phase ended; `reason` belongs to ``could-not-run``, `trace` to ``raised``."""

    phase: PhaseName
    seconds: float
    ending: Literal["agrees", "differs", "raised", "could-not-run", "left-out"]
    message: str
    reason: Reason = Reason.FAILED
    trace: list[str] = []


class About(msgspec.Struct, tag_field="kind", tag="about", forbid_unknown_fields=True):
    """What takes part."""

    versions: dict[str, str]
    device: str
    dtype: str


class Figures(msgspec.Struct, tag_field="kind", tag="figures", forbid_unknown_fields=True):
    """What the engine states of itself."""

    figures: dict[str, int]


class Done(msgspec.Struct, tag_field="kind", tag="done", forbid_unknown_fields=True):
    """Nothing more comes."""


Message = Start | End | About | Figures | Done
_DECODER: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


class TranscriptError(Exception):
    """The payload wrote something that is not a report."""


@dataclass(slots=True)
class LogTail:
    """The end of what the child printed on stdout and stderr."""

    text: bytearray = field(default_factory=bytearray)

    def feed(self, chunk: bytes) -> None:
        """Take more; only the last part is kept."""
        self.text += chunk
        del self.text[:-LOG_BYTES]

    def lines(self) -> tuple[str, ...]:
        """The last lines, and before them the first ones that tell of an error; no progress bars."""
        whole = self.text.decode(errors="replace").splitlines()
        said = [line.rpartition("\r")[2].rstrip()[:LOG_LINE] for line in whole]
        told = [line for line in said if line]
        # vLLM goes on after an extension that cannot be loaded, and fails much later of what it lacks then
        early = dict.fromkeys(line for line in told[:-LOG_LINES] if _TELLING.search(line))
        return (*list(early)[:EARLY_LINES], *told[-LOG_LINES:])


@dataclass(slots=True)
class Transcript:
    """The phases so far.

    `announce` is called with each phase that begins, `conclude` with each that ended. `current`
    is the phase that has begun and not ended; `began` the `time.monotonic` of that.
    """

    announce: Callable[[PhaseName], None]
    conclude: Callable[[Phase], None]
    log: LogTail = field(default_factory=LogTail)
    about: About = field(default_factory=lambda: About(versions={}, device="", dtype=""))
    phases: dict[PhaseName, Phase] = field(default_factory=dict)
    figures: dict[str, int] = field(default_factory=dict)
    current: PhaseName | None = None
    began: float = 0.0
    done: bool = False
    _rest: bytearray = field(default_factory=bytearray)

    def feed(self, chunk: bytes) -> None:
        """Take a piece of the report, of any length.

        Raises:
            TranscriptError: a line is too long, is not a message, or comes at the wrong time.
        """
        self._rest += chunk
        *lines, rest = self._rest.split(b"\n")
        self._rest = rest
        for line in lines:
            self._take(bytes(line))
        if len(rest) > LONGEST_LINE:
            raise TranscriptError(f"a line of more than {LONGEST_LINE} bytes")

    def next_phase(self) -> PhaseName | None:
        """The phase that runs, or that would have been next; None after the last."""
        if self.current is not None:
            return self.current
        return next((name for name in PhaseName if name not in self.phases), None)

    def finish(self, name: PhaseName, finding: Fact[Finding], seconds: float) -> None:
        """Write down how a phase ended."""
        self.phases[name] = Phase(name=name, seconds=seconds, finding=finding)
        self.current = None
        self.conclude(self.phases[name])

    def _take(self, line: bytes) -> None:
        try:
            message = _DECODER.decode(line)
        except msgspec.MsgspecError as error:
            raise TranscriptError(f"{line[:60].decode(errors='replace')!r}: {error}") from error
        if isinstance(message, Start):
            if self.current is not None or message.phase in self.phases:
                raise TranscriptError(f"{message.phase.value} begins at the wrong time")
            self.current, self.began = message.phase, time.monotonic()
            self.announce(message.phase)
        elif isinstance(message, End):
            if message.phase is not self.current:
                raise TranscriptError(f"{message.phase.value} ends without having begun")
            self.finish(message.phase, self._finding(message), message.seconds)
        elif isinstance(message, About):
            self.about = message
        elif isinstance(message, Figures):
            self.figures = message.figures
        else:
            self.done = True

    def _finding(self, message: End) -> Fact[Finding]:
        source = source_of(message.phase)
        if message.ending == "could-not-run":
            return Unknown(reason=message.reason, detail=message.message, source=source)
        if message.ending == "left-out":
            return Absent(source=source, detail=message.message)
        ending = Ending(message.ending)
        log = (*message.trace, *self.log.lines()) if ending is Ending.RAISED else ()
        return Known(value=Finding(ending=ending, message=message.message, log=log), source=source)


def source_of(phase: PhaseName) -> Source:
    """Where the finding of a phase comes from."""
    return Source(kind=SourceKind.RUN, where=f"end-to-end: {phase.value}")

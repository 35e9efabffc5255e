"""Reading an error text: a traceback, the log of a server, whatever a terminal showed."""

from __future__ import annotations

import bisect
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from doctor.core.diagnosis import TextLine

# ECMA-48 sequences, such as colours, and titles of terminals.
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])|[\x00-\x08\x0b\x0c\x0e-\x1f]"
)

# What stands before the text of a line: of vLLM's and Ray's workers, of log collectors, of loggers.
_PREFIX = re.compile(
    r"""\s*(?:
        \|\s(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)\s{0,8}\|\s[\w.<>:-]{1,100}\s-   # loguru
      | \((?=[^()]{0,80}\bpid=)[^()]{1,120}\)                      # (EngineCore_DP0 pid=7)
      | \[rank\d+\]:
      | [\w.-]{1,60}\s{1,10}\|(?=\s)                               # docker compose: vllm-1  | ...
      | [│|>](?=\s)                                                # a quotation, the frame of a traceback
      | [A-Z][a-z]{2}\s{1,2}\d{1,2}\s\d\d:\d\d:\d\d\s[\w.-]{1,60}\s[\w./@-]{1,60}(?:\[\d{1,8}\])?:   # journald
      | (?:stdout|stderr)\s[FP]\s                                 # containerd
      | \[(?:/[\w./-]{1,40}|Info|Debug|Warning|Error|INFO|DEBUG|WARNING|ERROR)\]:?
      | \((?:Process|WrappedServer)\)
      | (?:DEBUG|INFO|WARNING|ERROR|CRITICAL):[\w.]{1,60}:         # logging.basicConfig
      | \[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?\]?:?
      | (?:DEBUG|INFO|WARNING|ERROR|CRITICAL)\s\d\d-\d\d\s\d\d:\d\d:\d\d(?:\.\d{1,6})?\s\[?[\w./-]{1,80}:\d{1,6}\]
      | [IWEF]\d{4}\s\d\d:\d\d:\d\d\.\d{1,9}\s{1,8}\d{1,9}\s[\w./-]{1,80}:\d{1,6}\]     # glog
      | -\s(?:DEBUG|INFO|WARNING|ERROR|CRITICAL)\s-
    )""",
    re.VERBOSE,
)
_PREFIXES = 6

# Of a line that (EngineCore_DP0 pid=7) or Ray's (RayWorkerWrapper pid=8, ip=10.0.0.2) has written.
_PROCESS = re.compile(r"\(([\w .-]{0,60}\bpid=\d{1,9})")
_NEAR = 160

_REPEATS = 3
"""How often lines are kept that differ in numbers only: a server's log repeats a few for days."""

_LONGEST = 1 << 16
"""Characters of a line that are looked at, half of them from its end: longer ones hold data, not words."""

_NUMBER = re.compile(r"\d+")

_ERROR = re.compile(
    r"^(?:[\w.]{1,80}\.)?[A-Z]\w{0,60}(?:Error|Exception|Interrupt|Exit|Died|Timeout)\b"
    r"|\b(?:error|Error|ERROR|FATAL|Fatal Python error|fatal error):"
    r"|CUDA error|Segmentation fault|undefined symbol|core dumped|^Killed$|: Killed\b|Bus error"
    r"|No such file or directory|not found \(required by|No matching distribution"
)

# What the process above says of one that has failed: the cause stands where that one wrote.
_WRAPPER = re.compile(
    r"Engine core (?:initialization|proc)|Engine process failed to start|EngineDeadError"
    r"|EngineCore (?:failed|encountered)"
    r"|WorkerProc (?:initialization failed|hit an exception)|See root cause above|See stack trace (?:above )?for"
    r"|Background loop (?:is|has)|background process. See|Task finished unexpectedly|ChildFailedError"
    r"|RayTaskError|ActorDiedError|BrokenPipeError|^EOFError|ConnectionResetError|leaked (?:shared_memory|semaphore)"
    r"|resource_tracker|destroy_process_group|Failed core proc|Worker failed with error '?$"
    r"|ProcessRaisedException|During handling of the above|direct cause of the following|Worker proc .{0,60} died"
    r"|^(?:SystemExit|KeyboardInterrupt|concurrent\.futures|subprocess\.CalledProcessError)"
)

_VLLM_VERSION = re.compile(
    r"vLLM API server version v?(\d[\w.+]{2,40})|LLM engine \(v(\d[\w.+]{2,40})\)|vLLM version:? v?(\d[\w.+]{2,40})"
)


@dataclass(frozen=True, slots=True)
class Symptom:
    """A text without what is not of the error: colours, times, names of processes, endless repeats.

    `text` is the whole on one line, any run of blanks and line breaks being one space, for a
    message may have been broken anywhere; what each process has written stands together. `starts`
    are the places in it at which those of the `lines` begin that it is made of, and `numbers` are
    these lines' indexes.
    """

    text: str
    lines: tuple[str, ...]
    starts: tuple[int, ...]
    numbers: tuple[int, ...]

    def line_at(self, offset: int) -> TextLine:
        """The line that a place of the text stands in."""
        index = self.numbers[bisect.bisect_right(self.starts, offset) - 1]
        return TextLine(number=index + 1, text=self.lines[index])

    def squeezed(self) -> Symptom:
        """The same without any blanks: terminals break lines within words, too."""
        parts = [self.lines[index].replace(" ", "") for index in self.numbers]
        starts = tuple(itertools.accumulate(map(len, parts[:-1]), initial=0)) if parts else ()
        return Symptom("".join(parts), self.lines, starts, self.numbers)

    def errors(self) -> Iterator[TextLine]:
        """The lines that look like an error, but for those that only tell of another process."""
        yield from _errors(self.lines)

    def is_wrapped(self) -> bool:
        """Whether it tells of an error of another process, and of no other."""
        return next(self.errors(), None) is None and any(map(_WRAPPER.search, self.lines))

    def vllm_version(self) -> str:
        """The version of vLLM that the log states, or ""."""
        match = _VLLM_VERSION.search(self.text)
        return next((group for group in match.groups() if group), "").rstrip(".") if match else ""


@lru_cache(maxsize=1)
def _errors(lines: tuple[str, ...]) -> tuple[TextLine, ...]:
    """See `Symptom.errors`, which several ask of the same text."""
    return tuple(
        TextLine(number=number, text=line)
        for number, line in enumerate(lines, 1)
        if _ERROR.search(line) and not _WRAPPER.search(line)
    )


def read_symptom(raw: str) -> Symptom:
    """Read an error text."""
    # Not splitlines(): a lone carriage return ends no line here, and other breaks are no line's end.
    written = [_shorten(line) for line in raw.removesuffix("\n").split("\n")]
    lines = tuple(map(_plain, written))
    seen: Counter[str] = Counter()
    numbers: list[int] = []
    starts: list[int] = []
    length = 0
    for index in _by_process(written):
        line = lines[index]
        form = _NUMBER.sub("0", line)
        seen[form] += 1
        if line and seen[form] <= _REPEATS:
            numbers.append(index)
            starts.append(length)
            length += len(line) + 1
    return Symptom(" ".join(lines[index] for index in numbers), lines, tuple(starts), tuple(numbers))


def _shorten(line: str) -> str:
    half = _LONGEST // 2
    return line if len(line) <= _LONGEST else f"{line[:half]} ... {line[-half:]}"


def _by_process(written: list[str]) -> Iterator[int]:
    """The indexes of the lines, those of one process together: workers write into each other's tracebacks.

    A line without a process is a continuation of the one before it.
    """
    groups: dict[str, list[int]] = {}
    process = ""
    for index, line in enumerate(written):
        match = _PROCESS.search(line[:_NEAR])
        process = match[1] if match else process
        groups.setdefault(process, []).append(index)
    return itertools.chain.from_iterable(groups.values())


def _plain(line: str) -> str:
    # A progress bar draws over itself: of what a carriage return parts the last stays to be seen.
    line = line.rstrip("\r").rpartition("\r")[2]
    if not line.isprintable():
        line = _ESCAPES.sub("", line)
    for _ in range(_PREFIXES):
        match = _PREFIX.match(line)
        if match is None:
            break
        line = line[match.end() :]
    return " ".join(line.split())

"""Reading an error text: a traceback, the log of a server, whatever a terminal showed."""

from __future__ import annotations

import bisect
import itertools
import re
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from doctor.core.diagnosis import TextLine
from doctor.core.same import Same
from doctor.matrix.literals import haystack_of

# ECMA-48 sequences, such as colours, and titles of terminals.
_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])|[\x00-\x08\x0b\x0c\x0e-\x1f]"
)

# What stands before the text of a line: of vLLM's and Ray's workers, of log collectors, of loggers.
_PREFIXES = re.compile(
    r"""\A(?:\s*(?:
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
    )){0,6}""",
    re.VERBOSE,
)

# Of a line that (EngineCore_DP0 pid=7) has written, or a worker of Ray through it:
# (EngineCore_DP0 pid=7) (RayWorkerWrapper pid=8, ip=10.0.0.2), https://github.com/vllm-project/vllm/issues/28658.
_ONE_PROCESS = rb"\([\w .-]{0,60}\bpid=\d{1,9}[^()\n]{0,60}\)"
_PROCESS = re.compile(rb"%b(?:(?:[ \t]|\x1b\[[\d;]{1,8}m){1,9}%b){0,3}" % (_ONE_PROCESS, _ONE_PROCESS))

_NUMBER = re.compile(r"\d+")
_DIGITS = bytes.maketrans(b"123456789", b"0" * 9)

_IDENTIFIER = re.compile(rb"[0-9a-fA-F-]{8,}")
"""Of a request, a commit, an address in memory: no two lines have the same."""

_MARKS = (
    *(
        b"rror",
        b"ERROR",
        b"xception",
        b"atal",
        b"ailed",
        b"annot",
        b"CUDA",
        b"NCCL",
        b"undefined symbol",
        b"No such",
        b"No module",
    ),
    *(
        b"not found",
        b"No matching",
        b"dumped",
        b"illed",
        b"raceback",
        b"Segmentation",
        b"emory",
        b"nterrupt",
        b"arning",
    ),
    *(b"nsupported", b"not support", b"mismatch", b"nvalid", b"ssert", b"imeout", b"timed out", b"refused", b"denied"),
)
"""Words of errors, or what stands in all spellings of them."""

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

_VLLM_VERSION = (
    r"vLLM API server version v?(\d[\w.+]{2,40})|LLM engine \(v(\d[\w.+]{2,40})\)|vLLM version:? v?(\d[\w.+]{2,40})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much of a text is looked at."""

    repeats: int = 3
    """How often lines are kept that differ in numbers only: a server's log repeats a few for days."""
    longest: int = 1 << 16
    """Characters of a line, half of them from its end: longer ones hold data, not words."""
    told: int = 1 << 19
    """Bytes of lines that say something new, from which on only those with a word of errors are looked at, up to
    thrice as many, and as many at the end."""
    continued: int = 3
    """Lines behind one with a word of errors that belong to it: a message may have been broken anywhere."""
    lines: int = 1_000_000
    """Line breaks that are heeded, from the end: of a text with more, the lines before them count as one."""


_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Symptom:
    """A text without what is not of the error: colours, times, names of processes, endless repeats.

    `text` is the whole on one line, any run of blanks and line breaks being one space, for a
    message may have been broken anywhere; what each process has written stands together. It is
    made of the `lines`, and `starts` are the places in it at which they begin.
    """

    text: str
    lines: tuple[TextLine, ...]
    starts: tuple[int, ...]

    def line_at(self, offset: int) -> TextLine:
        """The line that a place of the text stands in."""
        return self.lines[self._index_at(offset)]

    def _index_at(self, offset: int) -> int:
        return bisect.bisect_right(self.starts, offset) - 1

    def squeezed(self) -> Symptom:
        """The same without any blanks: terminals break lines within words, too."""
        return _joined(self.lines, [line.text.replace(" ", "") for line in self.lines], "")

    def errors(self) -> Iterator[TextLine]:
        """The lines that look like an error, but for those that only tell of another process."""
        yield from _errors(Same(self))

    def lines_with(self, pattern: re.Pattern[str]) -> Iterator[TextLine]:
        """The lines in which a pattern is found, of which only those are searched that hold what it needs."""
        places = haystack_of(self.text).places(pattern.pattern)
        indexes = range(len(self.lines)) if places is None else sorted({self._index_at(place) for place in places})
        return (line for line in map(self.lines.__getitem__, indexes) if pattern.search(line.text))

    def is_wrapped(self) -> bool:
        """Whether it tells of an error of another process, and of no other."""
        return next(self.errors(), None) is None and any(self.lines_with(_WRAPPER))

    def vllm_version(self) -> str:
        """The version of vLLM that the log states, or ""."""
        match = next(haystack_of(self.text).find_all(_VLLM_VERSION), None)
        return next((group for group in match.groups() if group), "").rstrip(".") if match else ""


@lru_cache(maxsize=1)
def _errors(same: Same[Symptom]) -> tuple[TextLine, ...]:
    """See `Symptom.errors`, which several ask of the same text."""
    found = (line for line in same.value.lines_with(_ERROR) if not _WRAPPER.search(line.text))
    return tuple(sorted(found, key=lambda line: line.number))


def read_symptom(raw: str, limits: Limits = _LIMITS) -> Symptom:
    """Read an error text."""
    seen: defaultdict[str, int] = defaultdict(int)
    lines: list[TextLine] = []
    for number, written in _Written(raw, limits).lines():
        line = _plain(_shorten(written, limits.longest))
        form = _NUMBER.sub("0", line)
        seen[form] += 1
        if line and seen[form] <= limits.repeats:
            lines.append(TextLine(number=number, text=line))
    return _joined(tuple(lines), [line.text for line in lines], " ")


def _joined(lines: tuple[TextLine, ...], parts: list[str], between: str) -> Symptom:
    lengths = (len(part) + len(between) for part in parts[:-1])
    return Symptom(between.join(parts), lines, tuple(itertools.accumulate(lengths, initial=0)))


class _Written:
    """The lines of a text as they were written.

    They are held as bytes, and told apart by their forms, in which every digit is a zero and an identifier is none:
    of a log of ten megabytes only the few that say something new are looked at. Where many do, as in a log of prompts,
    those at the beginning and at the end are, and in between those with a word of errors and the ones behind them.
    """

    def __init__(self, raw: str, limits: Limits) -> None:
        self._limits = limits
        self._content = raw.encode("utf-8", "surrogatepass")
        # Not splitlines(): a lone carriage return ends no line here, and other breaks are no line's end.
        self._forms = self._content.translate(_DIGITS).rsplit(b"\n", limits.lines)
        self._first = 1 + self._forms[0].count(b"\n")
        self._ends = array("Q", itertools.accumulate(map((1).__add__, map(len, self._forms))))
        self._told = 0

    def lines(self) -> Iterator[tuple[int, str]]:
        """The 1-based numbers and texts of the lines, those of each process together, and of each form a few."""
        seen: defaultdict[bytes, int] = defaultdict(int)
        for index in self._candidates():
            form = self._forms[index]
            if seen[form] == self._limits.repeats:
                continue
            seen[form] += 1
            without = _IDENTIFIER.sub(b"", form)
            if without != form:
                if seen[without] == self._limits.repeats:
                    continue
                seen[without] += 1
            self._told += len(form)
            yield self._first + index, self._line(index)

    def _candidates(self) -> Iterator[int]:
        """The indexes of all lines, or, once many were told, of those with a word of errors and of the end."""
        most = self._limits.told
        order = iter(self._by_process())
        for index in order:
            yield index
            if self._told >= most:
                break
        else:
            return
        marked, end = self._marked(), bisect.bisect_right(self._ends, len(self._content) - most)
        yield from (index for index in order if index >= end or (marked[index] and self._told < 3 * most))

    def _line(self, index: int) -> str:
        return self._content[self._start(index) : self._ends[index] - 1].decode("utf-8", "surrogatepass")

    def _marked(self) -> bytearray:
        """A one for each line with a word of errors and for those behind it, a zero for each other."""
        ones = b"\1" * (1 + self._limits.continued)
        found = bytearray(len(self._forms))
        for mark in _MARKS:
            place = self._content.find(mark)
            while place != -1:
                index = bisect.bisect_right(self._ends, place)
                found[index : index + len(ones)] = ones
                place = self._content.find(mark, self._ends[index])
        return found

    def _start(self, index: int) -> int:
        return self._ends[index - 1] if index else 0

    def _by_process(self) -> Iterable[int]:
        """The indexes of the lines, those of one process together: workers write into each other's tracebacks.

        A line without a process is a continuation of the one before it.
        """
        groups: defaultdict[bytes, array[int]] = defaultdict(lambda: array("Q"))
        process, begin, place = b"", 0, 0
        while match := _PROCESS.search(self._content, place):
            index = bisect.bisect_right(self._ends, match.start())
            groups[process].extend(range(begin, index))
            process, begin, place = match[0], index, self._ends[index]
        groups[process].extend(range(begin, len(self._forms)))
        return itertools.chain.from_iterable(groups.values())


def _shorten(line: str, longest: int) -> str:
    half = longest // 2
    return line if len(line) <= longest else f"{line[:half]} ... {line[-half:]}"


def _plain(line: str) -> str:
    # A progress bar draws over itself: of what a carriage return parts the last stays to be seen.
    line = line.rstrip("\r").rpartition("\r")[2]
    return " ".join(_PREFIXES.sub("", _ESCAPES.sub("", line)).split())

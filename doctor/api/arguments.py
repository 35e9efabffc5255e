"""Arguments of the functions, as the options of the commands hold them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from doctor.cli.subject import Subject, subject_of
from doctor.core.errors import ArgumentError

PathLike = str | os.PathLike[str]


def subject_for(**given: Any) -> Subject:
    """What is to be looked at, by the names of the command line's options.

    Raises:
        ArgumentError: they do not go together, no file can have such a name, or standard input is named.
    """
    for name, value in given.items():
        for item in value if isinstance(value, (list, tuple)) else (value,):
            _require_name(name, item)
    with _errors():
        subject = subject_of(**given)
    if subject.on_stdin or subject.train_env == "-":
        raise ArgumentError("standard input is that of the program: give the name of a file")
    return subject


def _require_name(name: str, value: object) -> None:
    """Refuse a text that the system takes for no name of a file; a command line cannot bring one here."""
    if not isinstance(value, (str, os.PathLike)):
        return
    try:
        encoded = os.fsencode(value)
    except UnicodeEncodeError:
        encoded = b"\0"
    if b"\0" in encoded:
        raise ArgumentError(f"{name} holds a null byte or half of a character: {os.fspath(value)!r}")


@contextlib.contextmanager
def _errors() -> Iterator[None]:
    """Turn the errors of the command line into those of the package."""
    try:
        yield
    except click.UsageError as error:
        raise ArgumentError(error.format_message()) from error


def words(values: Iterable[str], name: str) -> tuple[str, ...]:
    """The texts of a list; `name` is the argument's. A text alone is refused: it would be taken letter by letter."""
    if isinstance(values, str):
        raise ArgumentError(f"{name} is a list of texts", hint=f'write {name}=["{values}"]')
    return tuple(values)


def text_of(path: PathLike | None) -> str | None:
    """A path as text, None for none."""
    return None if path is None else os.fspath(path)


def path_of(path: PathLike | None) -> Path | None:
    """A path, None for none."""
    return None if path is None else Path(path)


def paths_of(paths: Iterable[PathLike]) -> tuple[Path, ...]:
    """The paths of a list; one alone is refused."""
    if isinstance(paths, (str, os.PathLike)):
        raise ArgumentError("one path was given where there may be several", hint=f"write [{os.fspath(paths)!r}]")
    return tuple(map(Path, paths))

"""What was to report: a list of hosts, or how many."""

from __future__ import annotations

import os
from pathlib import Path

from doctor.core.errors import TargetError
from doctor.core.fleet.members import Expectation
from doctor.core.fleet.nodeset import LARGEST, unfold

MOST_BYTES = 4 << 20
"""Bytes of a list of hosts that are read: 20,000 names have a tenth."""


def read_expectation(text: str) -> Expectation:
    """Read ``8``, ``node[1-8]``, or a file of host names.

    Of each line of a file the first word is taken, so that the host files of MPI, DeepSpeed and Ansible
    (``node1 slots=8``) can be given as they are; ``#`` begins a comment, and ``[groups]`` are passed over.

    Raises:
        TargetError: it is none of these, or names no host.
    """
    if text.isdecimal():
        return _counted(text)
    if os.path.isfile(text):  # noqa: PTH113 - Path raises where a list of names is too long for one
        return _expect(_hosts_of(Path(text)), text)
    if "," in text or "[" in text:
        return _expect(_unfold(text, "--expect"), text)
    hint = "give a number, a file with one host a line, or an expression such as node[1-8]"
    raise TargetError(f"--expect {text}: there is no such file", hint=hint)


def _counted(text: str) -> Expectation:
    count = int(text) if len(text) <= len(str(LARGEST)) else LARGEST + 1
    if count == 0:
        raise TargetError("--expect 0: a fleet of no node cannot be healthy")
    if count > LARGEST:
        raise TargetError(f"--expect {text[:20]}: no fleet has more than {LARGEST:,} nodes")
    return Expectation(count=count)


def _hosts_of(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        lines = content.decode().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise TargetError(f"{path} cannot be read as a list of hosts: {error}") from error
    if len(content) > MOST_BYTES:
        raise TargetError(f"{path} has more than {MOST_BYTES >> 20} MiB: this is no list of hosts")
    words = [line.partition("#")[0].split() for line in lines]
    first = [row[0] for row in words if row and not (row[0].startswith("[") and row[0].endswith("]"))]
    names: dict[str, None] = {}
    for word in first:
        names.update(dict.fromkeys(_unfold(word, str(path))))
        if len(names) > LARGEST:
            raise TargetError(f"{path} names more than {LARGEST:,} hosts")
    return list(names)


def _unfold(text: str, where: str) -> list[str]:
    try:
        return unfold(text)
    except ValueError as error:
        raise TargetError(f"{where}: {error}") from error


def _expect(names: list[str], where: str) -> Expectation:
    if not names:
        raise TargetError(f"{where} names no host")
    return Expectation(names=tuple(dict.fromkeys(names)))

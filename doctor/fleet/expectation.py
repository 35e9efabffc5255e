"""What was to report: a list of hosts, or how many."""

from __future__ import annotations

from pathlib import Path

from doctor.core.errors import TargetError
from doctor.core.fleet import Expectation
from doctor.core.nodeset import unfold


def read_expectation(text: str) -> Expectation:
    """Read ``8``, ``node[1-8]``, or a file of host names.

    Of each line of a file the first word is taken, so that the host files of MPI, DeepSpeed and Ansible
    (``node1 slots=8``) can be given as they are; ``#`` begins a comment, and ``[groups]`` are passed over.

    Raises:
        TargetError: it is none of these, or names no host.
    """
    if text.isdecimal():
        if int(text) == 0:
            raise TargetError("--expect 0: a fleet of no node cannot be healthy")
        return Expectation(count=int(text))
    path = Path(text)
    if path.is_file():
        return _expect(_hosts_of(path), text)
    if "," in text or "[" in text:
        return _expect(_unfold(text, "--expect"), text)
    hint = "give a number, a file with one host a line, or an expression such as node[1-8]"
    raise TargetError(f"--expect {text}: there is no such file", hint=hint)


def _hosts_of(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise TargetError(f"{path} cannot be read as a list of hosts: {error}") from error
    words = [line.partition("#")[0].split() for line in lines]
    first = [row[0] for row in words if row and not (row[0].startswith("[") and row[0].endswith("]"))]
    return [name for word in first for name in _unfold(word, str(path))]


def _unfold(text: str, where: str) -> list[str]:
    try:
        return unfold(text)
    except ValueError as error:
        raise TargetError(f"{where}: {error}") from error


def _expect(names: list[str], where: str) -> Expectation:
    if not names:
        raise TargetError(f"{where} names no host")
    return Expectation(names=tuple(dict.fromkeys(names)))

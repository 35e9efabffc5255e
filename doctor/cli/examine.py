"""Getting the snapshot that a command works on: live, or from a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from doctor.cli.environment import choose
from doctor.cli.proof import Proof
from doctor.cli.terminal import progress
from doctor.core.artifact.folder import Artifacts
from doctor.core.frozen import frozen
from doctor.core.snapshot import Snapshot

if TYPE_CHECKING:
    # At run time they are imported while the probes work, or by what reads such a file.
    from doctor.cli.criteria import Criteria
    from doctor.intake.target import StatedTarget

T = TypeVar("T")

anonymous_option = click.option(
    "--anonymous",
    is_flag=True,
    help="Replace what says whose machine it is: names of host, user, private folders and servers, addresses, UUIDs. "
    "The verdicts stay as they are; names of packages, of files with an ending and of models on a hub do, too.",
)


@frozen
class Examined:
    """A snapshot, and why this target was the one."""

    snapshot: Snapshot
    why: str


def without_names(examined: Examined) -> Examined:
    """The same facts for others to see: without names of host, user and folders, addresses and UUIDs."""
    from doctor.core.anonymity import anonymise  # late: only --anonymous needs it

    return Examined(snapshot=anonymise(examined.snapshot), why="--anonymous: names are replaced")


def examine(
    python: str | None,
    *,
    deep: bool,
    proof: Proof | None,
    wanted: frozenset[str] | None,
    meanwhile: Callable[[], T],
    news: Callable[[T, Snapshot], None] | None = None,
    quiet: bool = False,
    artifacts: Artifacts | None = None,
) -> tuple[Examined, T]:
    """Examine an interpreter; `wanted` names the facts that are needed, None all.

    `proof` is the end-to-end proof where that is asked for. `meanwhile` is called while the probes
    work, which have children of their own: what it returns is returned beside the snapshot, and before
    given to `news` with what is known so far, as often as there is more.

    Raises:
        TargetError: there is no such interpreter, or it does not answer.
    """
    from doctor.engine.examine import Examination

    choice = choose(python, os.environ)
    if proof and wanted is not None:
        wanted |= proof.needs()
    with (
        progress(f"Examining {choice.python} ...", shown=not quiet),
        Examination(choice.python, deep=deep, wanted=wanted, artifacts=artifacts) as examination,
    ):
        done = meanwhile()
        snapshot = examination.snapshot(partial(news, done) if news else None)
    if proof:
        snapshot = proof.run(snapshot, choice.python)
    return Examined(snapshot=snapshot, why=choice.why), done


def judge_ahead(criteria: Criteria, snapshot: Snapshot) -> None:
    """Judge by the rules whose facts are known so far: `news` for what is judged in the end."""
    criteria.ahead.take(snapshot)


def read(file: str) -> Examined:
    """Read a snapshot from a file, or from standard input when that is ``-``.

    Raises:
        TargetError: it cannot be read or is not a snapshot.
    """
    from doctor.intake.snapshot import decode_snapshot, read_snapshot

    if file == "-":
        return Examined(snapshot=decode_snapshot(sys.stdin.buffer.read(), "standard input"), why="a snapshot")
    return Examined(snapshot=read_snapshot(Path(file)), why=f"the snapshot {file}")


def read_text(file: str, target: StatedTarget) -> Examined:
    """Read the text of collect_env from a file, or from standard input when that is ``-``.

    `target` states what the text leaves out.

    Raises:
        TargetError: it cannot be read, is not such a text, or contradicts the target.
    """
    from doctor.intake.collect_env import decode_collect_env, read_collect_env
    from doctor.intake.pasted import LARGEST

    if file == "-":
        content = sys.stdin.buffer.read(LARGEST + 1)
        return Examined(snapshot=decode_collect_env(content, "standard input", target), why="a pasted text")
    return Examined(snapshot=read_collect_env(Path(file), target), why="a pasted text")


def read_list(file: str, target: StatedTarget) -> Examined:
    """Read what is to be installed for a target.

    Raises:
        TargetError: it cannot be read or pins nothing, or contradicts the target.
    """
    from doctor.intake.listed import read_listed

    return Examined(snapshot=read_listed(Path(file), target), why="what is to be installed")


def read_image(file: str, target: StatedTarget) -> Examined:
    """Read what the last stage of a Dockerfile is to hold.

    Raises:
        TargetError: it cannot be read or understood, or contradicts the target.
    """
    from doctor.intake.dockerfile import read_dockerfile

    return Examined(snapshot=read_dockerfile(Path(file), target), why="an image that is to be built")

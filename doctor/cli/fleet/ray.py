"""The options of ``doctor fleet check`` that ask a Ray cluster, and what is shown while it answers."""

from __future__ import annotations

import functools
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from doctor.cli.interruption import Interruption
from doctor.cli.output import tell
from doctor.cli.subject import adapter_option, base_option, deep_option, model_option
from doctor.core.errors import TargetError
from doctor.core.fleet.members import Arrival
from doctor.core.frozen import frozen

Command = Callable[..., Any]

EVERY = 5.0
"""Seconds between two lines of progress where no terminal shows it."""

_OPTIONS = (
    click.option(
        "--ray",
        "address",
        metavar="ADDRESS",
        help="Ask every node of a running Ray cluster: HOST:PORT of its GCS, or auto for the one of this machine.",
    ),
    click.option(
        "--python",
        metavar="PATH",
        help="With --ray: the interpreter to examine on each node, or its environment's folder. Default: Ray's own.",
    ),
    click.option(
        "--ray-python",
        metavar="PATH",
        help="With --ray: an interpreter here that has the cluster's Ray. Default: the one that runs doctor.",
    ),
    click.option(
        "--timeout",
        metavar="SECONDS",
        type=click.FloatRange(min=1, max=86_400),
        help="With --ray: how long all of it may take; nodes that were silent are then reported.  [default: 60]",
    ),
    deep_option,
    model_option,
    base_option,
    adapter_option,
)


@frozen
class RayTarget:
    """A cluster, and what is to be looked at on its nodes; paths are paths there."""

    address: str = ""
    python: str = ""
    ray_python: str = ""
    timeout: float | None = None
    deep: bool = False
    folders: tuple[tuple[str, Path], ...] = ()

    @property
    def named(self) -> bool:
        """Whether a cluster is to be asked."""
        return bool(self.address)


def takes_ray(command: Command) -> Command:
    """Let a command take the options, and give it a `RayTarget` as the argument `ray`."""

    @functools.wraps(command)
    def wrapper(
        *,
        address: str | None,
        python: str | None,
        ray_python: str | None,
        timeout: float | None,
        deep: bool,
        model: Path | None,
        base: Path | None,
        adapters: tuple[Path, ...],
        **others: Any,
    ) -> Any:
        named = [("--model", model), ("--base", base), *(("--adapter", adapter) for adapter in adapters)]
        target = RayTarget(
            address=address or "",
            python=python or "",
            ray_python=ray_python or "",
            timeout=timeout,
            deep=deep,
            folders=tuple((option, path) for option, path in named if path is not None),
        )
        _check(target)
        return command(ray=target, **others)

    for option in reversed(_OPTIONS):
        wrapper = option(wrapper)
    return wrapper


def _check(target: RayTarget) -> None:
    if not target.named and target != RayTarget():
        raise click.UsageError("--python, --ray-python, --timeout and the folders say what --ray looks at on the nodes")
    for option, path in (*target.folders, *((("--python", Path(target.python)),) if target.python else ())):
        if not path.is_absolute():
            raise click.UsageError(f"{option} {path}: give a path from the root, which means the same on every node")


def ask_cluster(target: RayTarget, interruption: Interruption, *, quiet: bool) -> Iterator[Arrival]:
    """Ask the nodes until they have answered, or Ctrl-C; what Ray tells of the cluster goes to stderr afterwards.

    Raises:
        RayError: the cluster cannot be asked.
        TargetError: there is no such interpreter for the driver.
    """
    from doctor.fleet.ray_address import resolve_address
    from doctor.fleet.ray_engine import RayFleet
    from doctor.fleet.ray_notes import notes
    from doctor.fleet.ray_process import DEADLINE, Question
    from doctor.portable.build import as_zipapp

    question = Question(
        address=resolve_address(target.address, os.environ),
        program=as_zipapp(),
        arguments=_arguments(target),
        python=target.python,
        deadline=target.timeout or DEADLINE,
        driver=_driver(target.ray_python),
    )
    progress = Progress(shown=not quiet)
    fleet = RayFleet(question, progress, interruption.descriptor)
    with progress:
        yield from fleet.arrivals()
    if interruption.heard:
        tell(f"interrupted: what {progress.answered} of {len(fleet.nodes)} nodes answered is judged")
    if not quiet:
        for note in notes(fleet):
            tell(f"note: {note}")


def _arguments(target: RayTarget) -> tuple[str, ...]:
    folders = [word for option, path in target.folders for word in (option, os.fspath(path))]
    return ("--python", "{python}", *folders, *(["--deep"] if target.deep else []))


def _driver(named: str) -> Path:
    path = Path(named).expanduser() if named else Path(sys.executable)
    path = path / "bin" / "python" if os.path.isdir(path) else path  # noqa: PTH112
    if not os.path.isfile(path):  # noqa: PTH113 - Path raises where the name is too long
        raise TargetError(f"--ray-python {named[:200]}: there is no such interpreter")
    # Not resolved: the interpreter of an environment is a link, and would lose its packages.
    return path.absolute()


class Progress:
    """How many nodes have answered: one line on a terminal, and elsewhere a line now and then."""

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown
        self._terminal = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._told_at = -EVERY
        self.answered = 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown and self._terminal:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()

    def __call__(self, answered: int, asked: int) -> None:
        """Show it."""
        self.answered = answered
        now = time.monotonic()
        if not self._shown or not (self._terminal or answered == asked or now - self._told_at >= EVERY):
            return
        self._told_at = now
        line = f"{answered} of {asked} nodes have answered"
        sys.stderr.write(f"\r\x1b[K{line}" if self._terminal else f"{line}\n")
        sys.stderr.flush()

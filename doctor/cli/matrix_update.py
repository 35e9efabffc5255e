"""``doctor matrix update`` and ``doctor matrix version``."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from doctor.cli.options import debug_option, examples
from doctor.cli.output import show
from doctor.core.errors import MatrixError

if TYPE_CHECKING:
    from doctor.matrix.part import Part

SOURCE_VARIABLE = "DOCTOR_MATRIX_SOURCE"


@click.command(
    short_help="Fetch a newer matrix, and use it from now on.",
    epilog=examples(
        "doctor matrix update --from matrix.tar.gz",
        "doctor matrix update --back",
    ),
)
@click.option(
    "--from",
    "source",
    metavar="FILE|URL",
    envvar=SOURCE_VARIABLE,
    show_envvar=True,
    help="An archive (zip, tar) or its address, with NAME.sha256 beside it, or a folder with SHA256SUMS.",
)
@click.option("--back", is_flag=True, help="Use the one before again.")
@click.option("--remove", "removed", is_flag=True, help="Use the one that ships with doctor again.")
@click.option("--timeout", type=click.FloatRange(min=0.1), default=30.0, show_default=True, help="Seconds to wait.")
@debug_option
def update(source: str | None, back: bool, removed: bool, timeout: float) -> None:
    """Fetch a newer matrix, and use it from now on.

    Nothing is fetched unless this is called. What comes is compared with the checksum beside it
    and checked like every matrix file; it is data, and nothing of it is run. The one before is
    kept. A doctor that ships a newer matrix than the fetched one uses its own. Replaced are the sets,
    pairs, breakages, GPUs, drivers and builds, and those tables of releases that it brings.
    """
    if sum((back, removed)) > 1 or ((back or removed) and _given("source")):
        raise click.UsageError("give one of --from, --back and --remove")
    store = _store()
    if removed:
        _remove(store)
    elif back:
        _go_back(store)
    elif source:
        _fetch(store, source, timeout)
    else:
        raise click.UsageError(f"say where from: --from FILE|URL, or set {SOURCE_VARIABLE}")


@click.command(short_help="Say which matrix is used, and where it is from.", epilog=examples("doctor matrix version"))
@debug_option
def version() -> None:
    """Say which matrix is used, where it is from, and which one ships with doctor."""
    from doctor.cli.known import load_known
    from doctor.matrix import store as stored
    from doctor.matrix.load import load_matrix

    used, shipped = load_known().version, load_matrix().version
    lines = [f"in use: {used}"]
    store = stored.store_folder(os.environ)
    update = stored.current(store) if store else None
    if update:
        lines.append(f"updated: {update.updated}, from {update.source} on {update.installed}")
        lines.append(f"sha256: {update.sha256}")
        if used == shipped:
            lines.append("it is no newer than the one that ships with doctor, which is used")
    lines.append(f"shipped: {shipped}")
    show("\n".join(lines) + "\n")


def _given(name: str) -> bool:
    source = click.get_current_context().get_parameter_source(name)
    return source is click.core.ParameterSource.COMMANDLINE


def _store() -> Path:
    from doctor.matrix.store import store_folder

    store = store_folder(os.environ)
    if store is None:
        raise MatrixError("there is no folder for data of the user", hint="set HOME or XDG_DATA_HOME")
    return store


def _remove(store: Path) -> None:
    from doctor.matrix.store import remove

    remove(store)
    _say("the matrix that ships with doctor is used from now on")


def _go_back(store: Path) -> None:
    from doctor.matrix.store import go_back

    _say(f"the matrix of {go_back(store).updated} is used from now on")


def _fetch(store: Path, source: str, timeout: float) -> None:
    from doctor.matrix.bundle import read_bundle
    from doctor.matrix.fetch import is_encrypted
    from doctor.matrix.load import base_part
    from doctor.matrix.store import install, previous
    from doctor.matrix.validation import check_bundle

    if not is_encrypted(source):
        click.echo("note: http is not encrypted: the checksum proves that all arrived, not who sent it", err=True)
    bundle = read_bundle(source, timeout=timeout)
    new, (used, _) = check_bundle(bundle), base_part(store)
    if new.digest == used.digest:
        _say(f"this is the matrix of {used.updated} that is in use already")
        return
    if new.updated <= used.updated:
        raise MatrixError(
            f"the matrix of {bundle.source} is of {new.updated}, and the one in use of {used.updated}",
            hint="`doctor matrix update --back` goes back to the one before",
        )
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    install(store, bundle, new, now=now)
    _say(f"the matrix of {new.updated} is used from now on: {_difference(used, new)}")
    way = "--back" if previous(store) else "--remove"
    _say(f"the one before is kept: `doctor matrix update {way}` uses it again")


def _difference(used: Part, new: Part) -> str:
    before, after = _rows(used.rows), _rows(new.rows)
    counts = (
        ("new", len(after.keys() - before.keys())),
        ("changed", sum(before[key] != after[key] for key in after.keys() & before.keys())),
        ("gone", len(before.keys() - after.keys())),
    )
    return ", ".join(f"{count} rows {word}" for word, count in counts)


def _rows(rows: Iterable[Any]) -> dict[tuple[str, ...], Any]:
    from doctor.matrix.kinds import key_of

    return {key_of(row): row for row in rows}


def _say(line: str) -> None:
    show(f"{line}\n")

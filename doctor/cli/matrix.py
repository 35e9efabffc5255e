"""``doctor matrix``."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from doctor.cli.options import colour_option, debug_option, matrix_option
from doctor.cli.output import write
from doctor.cli.terminal import look_of
from doctor.core.errors import MatrixError
from doctor.core.matrix import KnownGoodSet, Matrix

form_option = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)


@click.group(short_help="Show the versions that are known to work together.")
@debug_option
def matrix() -> None:
    """Show the versions that are known to work together, and check files that add to them."""


@matrix.command("list", short_help="List the known-good sets.")
@matrix_option
@form_option
@colour_option
@debug_option
def list_sets(matrices: tuple[Path, ...], form: str, colour: bool | None) -> None:
    """List the known-good sets: their pins, their platform, and how deep they were proven."""
    from doctor.matrix import load_matrix

    known = load_matrix(matrices)
    write(_list_as_json(known) if form == "json" else _list_as_text(known, colour), None)


@matrix.command(short_help="Show one known-good set with its evidence.")
@click.argument("name")
@matrix_option
@form_option
@colour_option
@debug_option
def show(name: str, matrices: tuple[Path, ...], form: str, colour: bool | None) -> None:
    """Show the known-good set NAME: its pins, what it deviates from, and the runs that prove it."""
    from doctor.matrix import load_matrix

    row = _find(load_matrix(matrices), name)
    write(_set_as_json(row) if form == "json" else _set_as_text(row, colour), None)


@matrix.command(short_help="Check matrix files.")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@form_option
@debug_option
@click.pass_context
def validate(context: click.Context, files: tuple[Path, ...], form: str) -> None:
    """Check matrix files and print every error in them, with its line and column.

    Exit code 0 says that all are valid, 2 that one is not.
    """
    from doctor.matrix import InvalidMatrixError, validate_files

    try:
        rows = validate_files(files)
    except InvalidMatrixError as error:
        if form == "text":
            raise
        faults = [
            {"file": fault.file, "line": fault.line, "column": fault.column, "message": fault.message}
            for fault in error.faults
        ]
        _write_json({"valid": False, "rows": 0, "errors": faults})
        context.exit(error.exit_code)
    if form == "json":
        _write_json({"valid": True, "rows": rows, "errors": []})
    else:
        write(f"valid: {rows} {'row' if rows == 1 else 'rows'}\n", None)


def _find(known: Matrix, name: str) -> KnownGoodSet:
    for row in known.sets:
        if row.name == name:
            return row
    from doctor.matrix.decode import did_you_mean

    near = did_you_mean(name, [row.name for row in known.sets])
    raise MatrixError(f"there is no known-good set {name!r}{near}", hint="`doctor matrix list` shows them all")


def _list_as_text(known: Matrix, colour: bool | None) -> str:
    from doctor.formats.known_good import write_list
    from doctor.formats.page import Page

    return write_list(Page(look_of(colour, to_file=False)), known, _today())


def _set_as_text(row: KnownGoodSet, colour: bool | None) -> str:
    from doctor.formats.known_good import write_set
    from doctor.formats.page import Page

    return write_set(Page(look_of(colour, to_file=False)), row, _today())


def _today() -> datetime.date:
    return datetime.datetime.now(datetime.timezone.utc).date()


def _list_as_json(known: Matrix) -> str:
    from doctor.core.snapshot import to_json
    from doctor.formats.json import dump

    return dump({"matrix_version": known.version, "sets": [_with_depth(to_json(row), row) for row in known.sets]})


def _set_as_json(row: KnownGoodSet) -> str:
    from doctor.core.snapshot import to_json
    from doctor.formats.json import dump

    return dump(_with_depth(to_json(row), row))


def _with_depth(described: dict[str, object], row: KnownGoodSet) -> dict[str, object]:
    from doctor.formats.known_good import newest_run

    return {**described, "depth": row.depth.value if row.depth else "", "newest_run": newest_run(row)}


def _write_json(value: object) -> None:
    from doctor.formats.json import dump

    write(dump(value), None)

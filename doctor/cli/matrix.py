"""``doctor matrix``."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from doctor.cli.completion import complete_sets
from doctor.cli.matrix_update import update, version
from doctor.cli.options import colour_option, debug_option, examples, matrix_option
from doctor.cli.output import write
from doctor.cli.terminal import look_of
from doctor.core.errors import MatrixError
from doctor.core.matrix import KnownGoodSet, Matrix
from doctor.core.report import Severity

if TYPE_CHECKING:
    from doctor.matrix.lint import Remark

form_option = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)


@click.group(
    short_help="Show the versions that are known to work together.",
    epilog=examples(
        "doctor matrix list",
        "doctor matrix show vllm-0.32.0",
    ),
)
@debug_option
def matrix() -> None:
    """Show the versions that are known to work together, and check files that add to them."""


matrix.add_command(update)
matrix.add_command(version)


@matrix.command("list", short_help="List the known-good sets.", epilog=examples("doctor matrix list"))
@matrix_option
@form_option
@colour_option
@debug_option
def list_sets(matrices: tuple[Path, ...], form: str, colour: bool | None) -> None:
    """List the known-good sets: their pins, their platform, and how deep they were proven."""
    from doctor.cli.known import load_known

    known = load_known(matrices)
    write(_list_as_json(known) if form == "json" else _list_as_text(known, colour), None)


@matrix.command(
    short_help="Show one known-good set with its evidence.", epilog=examples("doctor matrix show vllm-0.32.0")
)
@click.argument("name", shell_complete=complete_sets)
@matrix_option
@form_option
@colour_option
@debug_option
def show(name: str, matrices: tuple[Path, ...], form: str, colour: bool | None) -> None:
    """Show the known-good set NAME: its pins, what it deviates from, and the runs that prove it."""
    from doctor.cli.known import load_known

    row = _find(load_known(matrices), name)
    write(_set_as_json(row) if form == "json" else _set_as_text(row, colour), None)


@matrix.command(short_help="Check matrix files.", epilog=examples("doctor matrix validate own.toml"))
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@form_option
@debug_option
@click.pass_context
def validate(context: click.Context, files: tuple[Path, ...], form: str) -> None:
    """Check matrix files and print every error in them, with its line and column.

    Exit code 0 says that all are valid, 2 that one is not.
    """
    from doctor.matrix.fault import InvalidMatrixError
    from doctor.matrix.validation import validate_files

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


@matrix.command(
    short_help="Find rows that contradict, shadow or outlive others.", epilog=examples("doctor matrix lint own.toml")
)
@click.argument("files", metavar="[FILE...]", nargs=-1, type=click.Path(path_type=Path))
@form_option
@colour_option
@debug_option
def lint(files: tuple[Path, ...], form: str, colour: bool | None) -> int:
    """Find what is wrong with rows that are valid each by itself.

    Rows that contradict each other, that an earlier one leaves nothing to, that no version can
    meet, patterns that would take for ever on a long text, and rows that are out of date. Without
    FILE the matrix that ships with doctor is looked at. Exit codes: 0 nothing but notes, 1 an error
    or a warning, 2 a file with errors in itself.
    """
    from doctor.matrix.validation import lint_files

    remarks = lint_files(files, _today())
    write(_remarks_as_json(remarks) if form == "json" else _remarks_as_text(remarks, colour), None)
    return 1 if any(remark.severity > Severity.INFO for remark in remarks) else 0


def _remarks_as_json(remarks: list[Remark]) -> str:
    from doctor.formats.json import dump

    return dump(
        {
            "remarks": [
                {
                    "file": remark.fault.file,
                    "line": remark.fault.line,
                    "column": remark.fault.column,
                    "severity": remark.severity.label,
                    "kind": remark.kind,
                    "message": remark.fault.message,
                }
                for remark in remarks
            ]
        }
    )


def _remarks_as_text(remarks: list[Remark], colour: bool | None) -> str:
    from doctor.formats.page import Page
    from doctor.formats.topics import STYLES

    page = Page(look_of(colour, to_file=False))
    for remark in remarks:
        place = f"{remark.fault.file}:{remark.fault.line}:{remark.fault.column}: "
        page.line(place, (remark.severity.label, STYLES[remark.severity]), f" {remark.kind}: {remark.fault.message}")
    counts = [f"{sum(remark.severity is item for remark in remarks)} {item.label}s" for item in reversed(Severity)]
    page.line(", ".join(counts) if remarks else "nothing is wrong with these rows")
    return page.text()


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

    releases = {name: known.releases.versions(name) for name in known.releases.packages()}
    spans = {
        name: {"count": len(found), "oldest": found[0], "newest": found[-1]}
        for name, found in releases.items()
        if found
    }
    sets = [_with_depth(to_json(row), row) for row in known.sets]
    return dump({"matrix_version": known.version, "sets": sets, "releases": spans})


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

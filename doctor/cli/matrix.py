"""``doctor matrix``."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from doctor.cli.options import debug_option, matrix_option
from doctor.cli.output import write
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
@debug_option
def list_sets(matrices: tuple[Path, ...], form: str) -> None:
    """List the known-good sets: their pins, their platform, and how deep they were proven."""
    from doctor.matrix import load_matrix

    known = load_matrix(matrices)
    write(_list_as_json(known) if form == "json" else _list_as_text(known), None)


@matrix.command(short_help="Show one known-good set with its evidence.")
@click.argument("name")
@matrix_option
@form_option
@debug_option
def show(name: str, matrices: tuple[Path, ...], form: str) -> None:
    """Show the known-good set NAME: its pins, what it deviates from, and the runs that prove it."""
    from doctor.matrix import load_matrix

    row = _find(load_matrix(matrices), name)
    write(_set_as_json(row) if form == "json" else _set_as_text(row), None)


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


def _platform(row: KnownGoodSet) -> str:
    parts = ["Linux", *row.machines]
    parts += [f"glibc {row.glibc}"] if row.glibc else []
    parts += [f"Python {row.python}", f"CUDA {row.cuda}" if row.cuda else "CPU"]
    return ", ".join(parts)


def _newest_run(row: KnownGoodSet) -> str:
    return max((item.date for item in row.evidence), default="")


def _age(date: str) -> str:
    days = (datetime.datetime.now(datetime.timezone.utc).date() - datetime.date.fromisoformat(date)).days
    return "today" if days <= 0 else "yesterday" if days == 1 else f"{days} days ago"


def _proof(row: KnownGoodSet) -> str:
    date = _newest_run(row)
    deep = f", {row.depth.value}" if row.depth else ""
    return f"{row.basis.value}{deep}" + (f", {date} ({_age(date)})" if date else "")


def _pins(row: KnownGoodSet) -> str:
    names = list(dict.fromkeys([row.engine, *(name for name in row.bound if name in row.pins), "transformers"]))
    shown = [f"{name} {row.pins[name]}" for name in names if name in row.pins]
    rest = len(row.pins) - len(shown)
    return ", ".join(shown) + (f", and {rest} more" if rest > 0 else "")


def _list_as_text(known: Matrix) -> str:
    lines = [f"matrix {known.version}: {len(known.sets)} known-good sets"]
    for row in sorted(known.sets, key=lambda row: row.name):
        lines += ["", row.name, f"  {row.title}"]
        lines += [f"  pins      {_pins(row)}", f"  platform  {_platform(row)}", f"  basis     {_proof(row)}"]
    return "\n".join(lines) + "\n"


def _set_as_text(row: KnownGoodSet) -> str:
    lines = [row.name, f"  {row.title}", "", f"platform  {_platform(row)}", f"basis     {_proof(row)}"]
    if row.minimum_driver:
        lines.append(f"driver    {row.minimum_driver} or newer")
    if row.capabilities:
        lines.append(f"GPUs      compute capability {', '.join(row.capabilities)}")
    for title, pins in (("pins", row.pins), ("fits too, where it is wanted", row.alternatives)):
        if pins:
            lines += ["", title, *(f"  {name}=={version}" for name, version in pins.items())]
    if row.deviations:
        lines += ["", "breaks on purpose"]
        lines += [f"  {item.requirement} of {item.distribution}: {item.reason}" for item in row.deviations]
    if row.evidence:
        lines += ["", "proven by"]
    for item in row.evidence:
        lines += [f"  {item.depth.value}, {item.date}, {item.host}", f"    $ {item.command}", f"    {item.result}"]
    if row.sources:
        lines += ["", "sources", *(f"  {source}" for source in row.sources)]
    return "\n".join(lines) + "\n"


def _list_as_json(known: Matrix) -> str:
    from doctor.core.snapshot import to_json
    from doctor.formats.json import dump

    return dump({"matrix_version": known.version, "sets": [_with_depth(to_json(row), row) for row in known.sets]})


def _set_as_json(row: KnownGoodSet) -> str:
    from doctor.core.snapshot import to_json
    from doctor.formats.json import dump

    return dump(_with_depth(to_json(row), row))


def _with_depth(described: dict[str, object], row: KnownGoodSet) -> dict[str, object]:
    return {**described, "depth": row.depth.value if row.depth else "", "newest_run": _newest_run(row)}


def _write_json(value: object) -> None:
    from doctor.formats.json import dump

    write(dump(value), None)

"""``doctor explain``."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from doctor.cli.completion import complete_files, complete_rules
from doctor.cli.options import colour_option, debug_option, examples, matrix_option, output_option
from doctor.cli.output import write
from doctor.cli.subject import (
    Subject,
    adapter_option,
    base_option,
    collect_env_option,
    model_option,
    python_option,
    snapshot_option,
    takes_subject,
)
from doctor.cli.terminal import look_of
from doctor.core.breakage import Breakage
from doctor.core.errors import SelectionError
from doctor.core.rule import Rule
from doctor.engine.catalogue import find, load, module_names

if TYPE_CHECKING:
    from doctor.formats.page import Page


@click.command(
    short_help="Explain an error text, a rule, or a known breakage.",
    epilog=examples(
        "doctor explain PKG001",
        "doctor explain GPU",
        "doctor explain --log server.log --python /srv/vllm",
        "doctor explain --list",
    ),
)
@click.argument("name", metavar="[CODE|NAME]", required=False, shell_complete=complete_rules)
@click.option(
    "--log",
    "log",
    metavar="FILE",
    shell_complete=complete_files,
    help="Explain the error text in FILE; without it, standard input.",
)
@takes_subject(python_option, snapshot_option, collect_env_option, model_option, base_option, adapter_option)
@click.option("--no-environment", "alone", is_flag=True, help="Explain the text by itself, look at no environment.")
@click.option("--list", "listed", is_flag=True, help="List every rule.")
@click.option("--breakages", "broken", is_flag=True, help="List every known breakage.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@output_option
@matrix_option
@colour_option
@click.option("-v", "--verbose", is_flag=True, help="Show what the environment excludes, and the sources.")
@debug_option
def explain(
    name: str | None,
    log: str | None,
    subject: Subject,
    alone: bool,
    listed: bool,
    broken: bool,
    form: str,
    output: Path | None,
    matrices: tuple[Path, ...],
    colour: bool | None,
    verbose: bool,
) -> int:
    """Explain an error text: what it comes from, and what mends it.

    The text, a traceback or a whole log, is read from standard input or with --log. It is held
    against what is known to break and against the environment that it is from: the one that
    `doctor check` would examine, or the one that is named; the folders of --model, --base and
    --adapter are judged with it. Exit codes: 0 for an explanation of
    CODE or NAME, 1 a cause was found, 2 usage or unreadable input, 3 nothing that is known.

    CODE is the code of a rule (PKG001) or its name (requirement-not-met); NAME is that of a
    breakage (transformers-5-under-old-vllm). They are explained instead of a text. The letters of a
    topic (PKG) list its rules.
    """
    environments = [option for option in (subject.named, alone) if option]
    about_nothing = environments or not subject.artifacts.empty
    ways = [way for way in (name, log, listed, broken) if way]
    if len(ways) > 1 or len(environments) > 1 or (about_nothing and (name or listed or broken)):
        raise click.UsageError("give one of CODE, --log, --list and --breakages, and one environment with a text")
    if name is not None or listed or broken:
        write(_known(name, listed, broken, matrices, form, colour, output), output)
        return 0
    from doctor.cli.explain.diagnosis import diagnose_text

    text, code = diagnose_text(
        log, subject, alone=alone, matrices=matrices, form=form,
        look=look_of(colour, to_file=output is not None), verbose=verbose,
    )  # fmt: skip
    write(text, output)
    return code


def _known(
    name: str | None,
    listed: bool,
    broken: bool,
    matrices: tuple[Path, ...],
    form: str,
    colour: bool | None,
    output: Path | None,
) -> str:
    """Explain or list what is known: rules, those of a topic, and breakages."""

    def page() -> Page:
        from doctor.formats.page import Page

        return Page(look_of(colour, to_file=output is not None))

    if listed:
        return _rules([load(item) for item in module_names()], listed, form, page)
    if broken:
        return _breakages(list(_rows(matrices).values()), broken, form, page)
    assert name is not None
    if of_topic := [code for code in module_names() if code.rstrip("0123456789") == name.upper()]:
        return _rules([load(code) for code in of_topic], True, form, page)
    try:
        return _rules([find(name)], listed, form, page)
    except SelectionError as error:
        # Late: most are asked for a rule, and the matrix takes longer to read.
        rows = _rows(matrices)
        if name.lower() in rows:
            return _breakages([rows[name.lower()]], broken, form, page)
        if _is_text(name):
            raise click.UsageError(
                "a CODE or NAME is one word: give an error text on standard input or with --log FILE, "
                "as in `COMMAND 2>&1 | doctor explain`"
            ) from error
        near = difflib.get_close_matches(name.lower(), rows, n=1)
        if not near:
            raise
        raise SelectionError(error.message, hint=f"there is a breakage {near[0]}") from error


def _is_text(name: str) -> bool:
    """Whether this is what an error says, and neither a code nor a name: those hold no blanks and no colons."""
    return any(mark in name for mark in " \n\t:('\"")


def _rows(matrices: tuple[Path, ...]) -> dict[str, Breakage]:
    from doctor.cli.known import load_known
    from doctor.engine import configs
    from doctor.engine.imports import DESCRIBED

    rows = (*load_known(matrices).breakages, *DESCRIBED, configs.DESCRIBED)
    return {row.name: row for row in sorted(rows, key=lambda row: row.name)}


def _rules(rules: list[Rule], listed: bool, form: str, page: Callable[[], Page]) -> str:
    if form == "json":
        from doctor.formats.explanation import describe
        from doctor.formats.json import dump

        described = [describe(rule) for rule in rules]
        return dump(described if listed else described[0])
    from doctor.formats.explanation_text import write_list, write_rule

    return write_list(page(), rules) if listed else write_rule(page(), rules[0])


def _breakages(rows: list[Breakage], listed: bool, form: str, page: Callable[[], Page]) -> str:
    if form == "json":
        from doctor.core.snapshot import to_json
        from doctor.formats.json import dump

        described = [to_json(row) for row in rows]
        return dump(described if listed else described[0])
    from doctor.formats.breakage_text import write_breakage, write_breakages

    return write_breakages(page(), rows) if listed else write_breakage(page(), rows[0])

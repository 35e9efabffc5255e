"""``doctor explain``."""

from __future__ import annotations

import click

from doctor.cli.options import colour_option, debug_option
from doctor.cli.output import write
from doctor.cli.terminal import look_of
from doctor.core.rule import Rule
from doctor.engine.catalogue import find, load, module_names


@click.command(short_help="Explain a rule: what it checks, why, and how to fix it.")
@click.argument("code", required=False)
@click.option("--list", "listed", is_flag=True, help="List every rule.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@colour_option
@debug_option
def explain(code: str | None, listed: bool, form: str, colour: bool | None) -> None:
    """Explain a rule: what it checks, why it matters, how to fix it, and where that is written.

    CODE is the code of a rule (PKG001) or its name (requirement-not-met).
    """
    if (code is None) is not listed:
        raise click.UsageError("give either the code of a rule or --list")
    rules = [load(item) for item in module_names()] if code is None else [find(code)]
    write(_json(rules, listed) if form == "json" else _text(rules, listed, colour), None)


def _json(rules: list[Rule], listed: bool) -> str:
    from doctor.formats.explanation import describe
    from doctor.formats.json import dump

    described = [describe(rule) for rule in rules]
    return dump(described if listed else described[0])


def _text(rules: list[Rule], listed: bool, colour: bool | None) -> str:
    from doctor.formats.explanation_text import write_list, write_rule
    from doctor.formats.page import Page

    page = Page(look_of(colour, to_file=False))
    return write_list(page, rules) if listed else write_rule(page, rules[0])

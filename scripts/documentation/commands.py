"""A page for each command, from what its ``--help`` is made of, and a list of them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import click

from doctor.cli.app import app
from scripts.documentation.markdown import block, code, link, page, prose, table

WIDTH = 10_000
"""Columns for click's own texts, so that it breaks none."""


def command_pages() -> dict[str, str]:
    """The pages by their path below docs/."""
    found = dict(walk())
    return {
        "commands/README.md": _list(found),
        **{f"commands/{_file(path)}": _page(path, context) for path, context in found.items()},
    }


def walk() -> Iterator[tuple[str, click.Context]]:
    """Every command by its path (``doctor matrix show``), with the context that its help is made in."""
    yield from _below(app, click.Context(app, info_name="doctor", **_settings()))


def _settings() -> dict[str, Any]:
    return {"terminal_width": WIDTH, "max_content_width": WIDTH, "help_option_names": ["-h", "--help"]}


def _below(command: click.Command, context: click.Context) -> Iterator[tuple[str, click.Context]]:
    if not isinstance(command, click.Group):
        yield context.command_path, context
        return
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from _below(found, click.Context(found, info_name=name, parent=context, **_settings()))


def _list(found: dict[str, click.Context]) -> str:
    rows = [
        [link(path, _file(path)), prose(context.command.get_short_help_str(WIDTH))] for path, context in found.items()
    ]
    return page(
        "# Commands",
        "What `--help` says of each. A shell completes commands, options, codes of rules and names of sets "
        "once it was told to:",
        table(["Shell", "Once, in its file"], [[name, code(line) + f" in `{file}`"] for name, line, file in _SHELLS]),
        "For the program `llm-stack-doctor` the variable is `_LLM_STACK_DOCTOR_COMPLETE`.",
        table(["Command", ""], rows),
        "## Exit codes",
        table(["Code", "Meaning"], [list(row) for row in _EXITS]),
    )


_SHELLS = (
    ("bash 4.4 or newer", 'eval "$(_DOCTOR_COMPLETE=bash_source doctor)"', "~/.bashrc"),
    ("zsh", 'eval "$(_DOCTOR_COMPLETE=zsh_source doctor)"', "~/.zshrc"),
    ("fish", "_DOCTOR_COMPLETE=fish_source doctor | source", "~/.config/fish/completions/doctor.fish"),
)
_EXITS = (
    ("0", "healthy: everything that was selected could be judged, and nothing reaches `--fail-on`"),
    ("1", "a problem at or above `--fail-on`"),
    ("2", "wrong usage, or an input that cannot be read"),
    ("3", "no such problem, but something could not be determined"),
    ("4", "an error in doctor itself"),
    ("130, 143", "interrupted, terminated"),
)


def _file(path: str) -> str:
    return f"{'-'.join(path.split()[1:])}.md"


def _page(path: str, context: click.Context) -> str:
    command = context.command
    usage = " ".join((path, *command.collect_usage_pieces(context)))
    rows = [record for item in command.get_params(context) if (record := item.get_help_record(context))]
    return page(
        f"# {path}",
        block([usage]),
        *_paragraphs(inspect.cleandoc(command.help or "")),
        "## Examples",
        block(example_lines(command)),
        "## Options",
        table(["Option", ""], [[code(names), prose(" ".join(text.split()))] for names, text in rows]),
        link("All commands", "README.md"),
    )


def _paragraphs(text: str) -> Iterator[str]:
    for part in text.split("\n\n"):
        if part.startswith("\b"):
            yield block(part.lstrip("\b\n").split("\n"))
        else:
            yield prose(part)


def example_lines(command: click.Command) -> list[str]:
    """The examples at the end of a command's help."""
    lines = (command.epilog or "").split("\n")
    return [line.strip() for line in lines if line.startswith("  ")]

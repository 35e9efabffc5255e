"""What `--help` says: examples that are true, and every exit code."""

from __future__ import annotations

import shlex

import click
import pytest

from doctor.cli.app import app
from doctor.cli.exits import ExitCode
from scripts.documentation.commands import example_lines, walk

FOUND = dict(walk())


@pytest.mark.parametrize("path", FOUND)
def test_every_command_has_an_example_that_a_terminal_shows_whole(path):
    lines = example_lines(FOUND[path].command)
    assert lines
    assert any(line.startswith(path) for line in lines)
    assert all(len(line) < 99 for line in lines)


@pytest.mark.parametrize("line", sorted({line for one in FOUND.values() for line in example_lines(one.command)}))
def test_an_example_is_one_that_the_command_takes(line):
    program, *arguments = shlex.split(line)
    assert program == "doctor"
    command: click.Command = app
    context = click.Context(app, info_name="doctor")
    while isinstance(command, click.Group):
        name, found, arguments = command.resolve_command(context, arguments)
        assert found is not None
        command = found
    command.make_context(name, list(arguments), parent=context)  # parses, and runs nothing


def test_the_help_names_every_exit_code(doctor):
    said = " ".join(doctor("--help").stdout.split())
    assert all(f"{code.value} " in said for code in ExitCode)

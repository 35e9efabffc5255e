"""What the shell offers for words of the command line: codes of rules, names of sets and breakages, files.

The rest is click's own (https://click.palletsprojects.com/en/stable/shell-completion/). The matrix is read only where
names out of it are asked for.
"""

from __future__ import annotations

from collections.abc import Iterable

import click
from click.shell_completion import CompletionItem


def complete_files(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Files and folders, as the shell itself completes them."""
    return [CompletionItem(incomplete, type="file")]


def complete_codes(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Topics and codes of rules, also after a comma."""
    from doctor.engine.catalogue import module_names
    from doctor.formats.topics import TOPICS

    before, comma, last = incomplete.rpartition(",")
    names = [*TOPICS, *module_names()]
    return _matching((before + comma + name for name in names), before + comma + last.upper())


def complete_rules(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Codes and names of rules, and names of breakages."""
    from doctor.engine.catalogue import load, module_names

    if incomplete.isupper() or not incomplete:
        return _matching(module_names(), incomplete)
    from doctor.cli.known import load_known

    names = [load(code).name for code in module_names()]
    return _matching([*names, *(row.name for row in load_known().breakages)], incomplete)


def complete_sets(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of the known-good sets."""
    from doctor.cli.known import load_known

    return _matching((row.name for row in load_known().sets), incomplete)


def _matching(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]

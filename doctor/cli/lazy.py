"""A group of commands whose modules are imported only when they are used.

After the recipe in https://click.palletsprojects.com/en/stable/complex/#defining-the-lazy-group.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click
from click.shell_completion import CompletionItem


class LazyGroup(click.Group):
    """A group that knows its commands by the ``module:attribute`` that defines them."""

    def __init__(self, *args: Any, places: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = places
        """Maps a command's name to its ``module:attribute`` and its line of help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which they were given, without importing any."""
        return list(self.places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command, or return None when there is none of that name."""
        if cmd_name not in self.places:
            return None
        module, _, attribute = self.places[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command), f"{module}:{attribute} is not a command"
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from their given lines, so that help imports none of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.places.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Offer the commands with their given lines, so that a shell need not wait for all imports."""
        found = [CompletionItem(name, help=line) for name, (_, line) in self.places.items()]
        named = [item for item in found if item.value.startswith(incomplete)]
        return named + click.Command.shell_complete(self, ctx, incomplete)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the arguments name; a wrong name ends with the near ones."""
        name = click.utils.make_str(args[0])
        if name not in self.places and not name.startswith("-"):
            raise click.UsageError(f"there is no command {name!r}; there are {', '.join(self.places)}", ctx)
        return super().resolve_command(ctx, args)

"""``doctor mcp``."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

import click

from doctor.cli.options import debug_option, examples
from doctor.core.errors import DoctorError


class McpMissingError(DoctorError):
    """The library of the protocol is not installed."""


@click.command(short_help="Let programs that talk to language models ask doctor (MCP).", epilog=examples("doctor mcp"))
@debug_option
def mcp() -> None:
    """Serve check, explain, plan and fix_plan over the Model Context Protocol.

    Programs such as editors and assistants start it and speak with it over standard input and output. No tool
    changes anything; fix_plan says what `doctor fix --apply` would do. It ends when its input does.

    \b
    In the client's configuration:
      {"mcpServers": {"doctor": {"command": "doctor", "args": ["mcp"]}}}
    """
    try:
        from doctor.mcp.server import build
    except ImportError as error:
        hint = "pip install 'llm-stack-doctor[mcp]' brings it"
        raise McpMissingError(f"the server needs the package mcp, version 2 or newer: {error}", hint=hint) from error
    if sys.stdin.isatty():
        click.echo("doctor waits for a client on standard input; Ctrl-C ends it", err=True)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    try:
        build().run()
    except Exception as error:
        # The SDK wraps what its tasks raise in groups, which Python has from 3.11 on.
        if not _is_gone(error):
            raise


def _is_gone(error: BaseException) -> bool:
    """Whether nothing is wrong but that the client has closed its end."""
    inner = getattr(error, "exceptions", None)
    return all(map(_is_gone, inner)) if inner else isinstance(error, BrokenPipeError)


def _leave(number: int, frame: FrameType | None) -> None:
    """End at once: a thread of the SDK waits for input, and the interpreter would wait for that thread.

    Nothing is lost by it: no tool writes anything, and probes end with their parent.
    """
    os._exit(128 + number)

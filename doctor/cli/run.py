"""Running the command line so that every way out has its exit code and none a traceback."""

from __future__ import annotations

import errno
import gc
import io
import os
import sys
import traceback
from collections.abc import Callable

import click

from doctor import __version__
from doctor.cli.ending import Ending, TerminatedError
from doctor.cli.exits import ExitCode
from doctor.cli.output import discard_standard_output, tell
from doctor.core.errors import DoctorError
from doctor.core.redaction import redact

DEBUG_FLAGS = frozenset({"--debug", "-v", "--verbose"})


def run(arguments: list[str], ending: Ending, load: Callable[[], click.Command] | None = None) -> int:
    """Run one command line and return its exit code; `load` imports the command, all of them where it is None."""
    _open_standard_streams()
    # A command makes many objects and drops few: looking through them for cycles every 700 is a twentieth of its time.
    gc.set_threshold(100_000, 50, 100)
    code = _guarded(arguments, ending, load or _load_app)
    try:
        sys.stdout.flush()
    except OSError:
        discard_standard_output()
    return code


def _guarded(arguments: list[str], ending: Ending, load: Callable[[], click.Command]) -> int:
    try:
        return _invoke(arguments, load())
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.ClickException as error:
        return _show(error)
    except DoctorError as error:
        return _fail(error)
    except (KeyboardInterrupt, click.Abort):
        return ExitCode.INTERRUPTED
    except TerminatedError:
        return ExitCode.TERMINATED
    except BrokenPipeError:
        # The reader of a help text went away; what judges something writes through `output.write`.
        discard_standard_output()
        return ExitCode.HEALTHY
    except Exception as error:  # noqa: BLE001 - the last resort: one line, and an exit code of its own
        if ending.number:
            return ExitCode.INTERRUPTED  # what has become of the signal's own exception
        return _crash(error, debug=not DEBUG_FLAGS.isdisjoint(arguments))


def _load_app() -> click.Command:
    from doctor.cli.app import app

    return app


def _invoke(arguments: list[str], command: click.Command) -> int:
    completed = _complete(command)
    if completed is not None:
        return completed
    # Not command.main(): even with standalone_mode=False it turns a closed pipe into exit code 1,
    # which here says that there is a problem.
    with command.make_context(command.name, list(arguments)) as context:
        result = command.invoke(context)
    return result if isinstance(result, int) else ExitCode.HEALTHY


def _complete(command: click.Command) -> int | None:
    """Answer a shell that completes a command line; None where none asks, which costs nothing.

    The variable is ``_DOCTOR_COMPLETE`` for a program named doctor, as click's own programs have it.
    """
    name = os.path.basename(sys.argv[0])  # noqa: PTH119 - the name of a program, which need be no path
    variable = f"_{name}_COMPLETE".replace("-", "_").replace(".", "_").upper()
    instruction = os.environ.get(variable)
    if not instruction:
        return None
    from click.shell_completion import shell_complete

    # It returns 1 for a shell that it does not know, which here says that there is a problem.
    return shell_complete(command, {}, name, variable, instruction) and ExitCode.USAGE


def _show(error: click.ClickException) -> int:
    if isinstance(error, click.UsageError) and error.ctx is not None:
        hint = f"`{error.ctx.command_path} --help` shows how it is used"
    else:
        hint = ""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show(sys.stderr)
        return ExitCode.USAGE
    message = error.format_message()
    return _fail(DoctorError(message[:1].lower() + message[1:].rstrip("."), hint=hint))


def _fail(error: DoctorError) -> int:
    # A matrix error lists every fault of every file, one a line.
    for line in error.message.splitlines():
        tell(line if line.startswith(" ") else f"error: {line}")
    if error.hint:
        tell(f"hint: {error.hint}")
    return error.exit_code


def _crash(error: Exception, *, debug: bool) -> int:
    if debug:
        sys.stderr.write(redact("".join(traceback.format_exception(error))))
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        tell(f"error: doctor {__version__} has too little memory")
        tell(
            "hint: it needs 100 MiB: `ulimit -v` shows what a process may have, and a container has a limit of its own"
        )
        return ExitCode.INTERNAL
    what = " ".join(str(error).split())
    tell(f"error: doctor {__version__} failed: {type(error).__name__}: {what}")
    more = "" if debug else "run it again with --debug for the traceback, and "
    tell(f"hint: this is a fault of doctor, not of what it examines: {more}report it to the place you got doctor from")
    return ExitCode.INTERNAL


def _open_standard_streams() -> None:
    """Put /dev/null where a standard stream was closed, or the next file opened would take its place."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if not _is_open(number):
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
            setattr(sys, name, os.fdopen(number, mode, closefd=False))
    for stream in (sys.stdout, sys.stderr):
        # A character that the terminal's encoding lacks is written as an escape, never an error.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True

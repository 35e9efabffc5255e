"""Running the command line so that every way out has its exit code and none a traceback."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from types import FrameType

import click

from doctor import __version__
from doctor.cli.exits import ExitCode
from doctor.core.errors import DoctorError

REPORT_AT = "the issue tracker of llm-stack-doctor"


class TerminatedError(BaseException):
    """SIGTERM arrived. Not an Exception: nothing on the way may take it for a failure."""


class OutputError(DoctorError):
    """Standard output or a file of results cannot be written."""


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code."""
    _open_standard_streams()
    signal.signal(signal.SIGTERM, _terminate)
    try:
        code = _invoke(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader went away on purpose; what was judged is in the exit code already, see `write_text`.
        code = ExitCode.HEALTHY
    except OSError as error:
        code = _fail(DoctorError(f"the output cannot be written: {error.strerror}"))
    if not _flushed():
        _discard_standard_output()
    return code


def _invoke(arguments: list[str]) -> int:
    from doctor.cli.app import app

    debug = "--debug" in arguments
    try:
        # Not app.main(): it turns a closed pipe into exit code 1, which means "a problem" here.
        with app.make_context("doctor", list(arguments)) as context:
            result = app.invoke(context)
        return result if isinstance(result, int) else ExitCode.HEALTHY
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.ClickException as error:
        error.show(sys.stderr)
        return ExitCode.USAGE
    except DoctorError as error:
        return _fail(error)
    except (KeyboardInterrupt, click.Abort):
        return ExitCode.INTERRUPTED
    except TerminatedError:
        return ExitCode.TERMINATED
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001 - the last resort: one line, and an exit code of its own
        return _crash(error, debug)


def _fail(error: DoctorError) -> int:
    _say(f"error: {error.message}")
    if error.hint:
        _say(f"hint: {error.hint}")
    return error.exit_code


def _crash(error: Exception, debug: bool) -> int:
    if debug:
        traceback.print_exception(error, file=sys.stderr)
    _say(f"error: doctor {__version__} failed: {type(error).__name__}: {error}")
    _say(f"hint: this is an error of doctor, not of what it examines; run with --debug and report it at {REPORT_AT}")
    return ExitCode.INTERNAL


def _say(line: str) -> None:
    click.echo(line, file=sys.stderr)


def _terminate(number: int, frame: FrameType | None) -> None:
    raise TerminatedError


def _open_standard_streams() -> None:
    """Put /dev/null where a standard stream was closed, or the next file opened would take its place."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
            setattr(sys, name, os.fdopen(number, mode, closefd=False))
    for stream in (sys.stdout, sys.stderr):
        # A character that the terminal's encoding lacks is written as an escape, never an error.
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def _flushed() -> bool:
    try:
        sys.stdout.flush()
    except OSError:
        return False
    return True


def _discard_standard_output() -> None:
    """Point stdout at /dev/null, or Python's flush at exit fails again and changes the exit code.

    See https://docs.python.org/3/library/signal.html#note-on-sigpipe.
    """
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

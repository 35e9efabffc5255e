"""Errors that end a command, each with the exit code and the hint that belong to it."""

from __future__ import annotations


class DoctorError(Exception):
    """Something the user can act on: one clear line, a hint, and an exit code."""

    exit_code = 2

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class TargetError(DoctorError):
    """The interpreter or snapshot to examine cannot be used."""


class MatrixError(DoctorError):
    """A matrix file cannot be read or breaks the schema; every error is listed."""


class SelectionError(DoctorError):
    """A rule selector matches nothing."""


class ArgumentError(DoctorError):
    """The arguments of a call contradict each other, or one of them is none that there is."""

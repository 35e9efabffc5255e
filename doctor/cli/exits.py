"""What the exit codes mean, everywhere."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ends; whatever was judged ends with one of 0, 1 and 3."""

    HEALTHY = 0
    PROBLEM = 1
    USAGE = 2
    UNDETERMINED = 3
    INTERNAL = 4
    INTERRUPTED = 130
    TERMINATED = 143

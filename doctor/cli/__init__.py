"""The command line: one file a command, imported only when it is used."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and end the process with its exit code."""
    from doctor.cli.run import run

    sys.exit(run(sys.argv[1:]))

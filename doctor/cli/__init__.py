"""The command line: one file a command, imported only when it is used."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and end the process with its exit code."""
    try:
        from doctor.cli.run import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        # Ctrl-C during the imports or at the very end; in between `run` maps it itself.
        code = 130
    sys.exit(code)

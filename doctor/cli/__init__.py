"""The command line: one file a command, imported only when it is used."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click


def main(load: Callable[[], click.Command] | None = None) -> None:
    """Run the command line and end the process with its exit code; `load` imports another command than doctor's."""
    if load is None:
        _start_again_with_docstrings()
    try:
        leave_out_foreign_folders(sys.path, os.environ.get("PYTHONPATH", ""))
        from doctor.cli.ending import Ending, TerminatedError

        ending = Ending()
        ending.listen()
    except KeyboardInterrupt:
        sys.exit(130)
    try:
        from doctor.cli.run import run

        code = ending.code(run(sys.argv[1:], ending, load))
    except Exception as error:  # noqa: BLE001 - a module of doctor's own that is missing, or whose bytecode a full disk cut
        # In `run` every error is mapped already: this one is of its own imports.
        code = ending.code(4) if ending.number else _cannot_start(error)
    except (KeyboardInterrupt, TerminatedError):
        # During the imports or at the very end; in between `run` maps it itself.
        code = ending.code(130)
    # At its end Python looks for cycles in all that there is, several times: a tenth of a check. Nothing needs it.
    gc.freeze()
    sys.exit(code)


def _start_again_with_docstrings() -> None:
    """Start the same program anew where Python drops docstrings, for rules and help texts are made of them.

    PYTHONOPTIMIZE=2 is a fault of the environment to report (ENV014), and must not be one that doctor stumbles over:
    with ``-E`` the variable says nothing to doctor, and is left to be found.
    """
    if sys.flags.optimize > 1:
        program = (
            f"import sys; sys.argv[:] = {sys.argv!r}; sys.path[:] = {sys.path!r}; import doctor.cli as c; c.main()"
        )
        os.execv(sys.executable, [sys.executable, "-E", "-c", program])  # noqa: S606 - its own interpreter, with no word from elsewhere


def _cannot_start(error: Exception) -> int:
    if isinstance(error, MemoryError):
        sys.stderr.write("error: doctor cannot start: it has too little memory\nhint: it needs 100 MiB\n")
        return 4
    sys.stderr.write(f"error: doctor cannot start: {type(error).__name__}: {error}\n")
    sys.stderr.write("hint: install it again: pip install llm-stack-doctor\n")
    return 4


def load_probe() -> click.Command:
    """Import the command of the probe that travels."""
    from doctor.cli.carried import probe

    return probe


def leave_out_foreign_folders(search_path: list[str], python_path: str) -> None:
    """Take the entries of PYTHONPATH and the current folder out of the program's search path.

    A module there that hides one of the standard library (`random.py`) is a fault that doctor
    reports, and must not be one that it stumbles over. The folder of doctor itself stays.
    """
    own = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    try:
        current = os.getcwd()
    except OSError:
        current = ""  # the folder was deleted: nothing can be imported from it
    foreign = {"", current, *python_path.split(os.pathsep)}
    search_path[:] = [entry for entry in search_path if entry not in foreign or os.path.abspath(entry) == own]

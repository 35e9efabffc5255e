"""The proof with one thing done wrong on purpose: ``python sabotage --sabotage NAME ...``.

The interpreter of the examined environment runs this in place of the payload: the same phases on
the same files, but around one of them something is broken, and put right again behind it where
later phases are to be left alone.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, os.fspath(Path(__file__).resolve().parents[2] / "doctor" / "endtoend" / "payload"))
sys.path.insert(0, os.fspath(Path(__file__).resolve().parent))

from deeds import DEEDS
from tinyproof.phases import TINY

PAYLOAD = Path(__file__).resolve().parents[2] / "doctor" / "endtoend" / "payload"


def main():
    """Wrap the phases in the deed that is named, and run them."""
    import runpy

    place = sys.argv.index("--sabotage")
    name = sys.argv[place + 1]
    del sys.argv[place : place + 2]
    payload = runpy.run_path(os.fspath(PAYLOAD / "__main__.py"), run_name="payload")
    payload["main"](wrap(DEEDS[name]))


def wrap(deed):
    """Return the phases with the deed around the one that it belongs to."""

    def during(action):
        def sabotaged(bench):
            with deed.act(bench):
                return action(bench)

        return sabotaged

    return {name: during(action) if name == deed.phase else action for name, action in TINY.items()}


if __name__ == "__main__":
    main()

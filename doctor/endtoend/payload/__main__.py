"""The proof, run by the target's interpreter: ``python payload --report FD --folder DIR``.

This folder is data to doctor: nothing in it may import doctor, and it must run on Python 3.9.
"""

import argparse
import os
import sys

from tinyproof.phases import run
from tinyproof.reporting import Reporter


def main():
    """Run the phases and leave the process without the cleanup of the libraries."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--report", type=int, required=True, help="file descriptor that takes the report")
    parser.add_argument("--folder", required=True, help="an empty folder to work in")
    parser.add_argument("--until", default="vllm-merged", help="the last phase to run")
    parser.add_argument("--sabotage", action="append", default=[], help="what to do wrong on purpose; for tests")
    options = parser.parse_args()
    # What the libraries start must not hold the report open.
    os.set_inheritable(options.report, False)
    run(Reporter(options.report), options.folder, options.until, frozenset(options.sabotage))
    sys.stdout.flush()
    sys.stderr.flush()
    # Some extensions crash while the interpreter is taken down; the proof is over by then.
    os._exit(0)


if __name__ == "__main__":
    main()

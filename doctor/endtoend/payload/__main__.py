"""The proof, run by the target's interpreter: ``python payload --report FD --folder DIR``.

This folder is data to doctor: nothing in it may import doctor, and it must run on Python 3.9.
"""

import argparse
import os
import sys

from tinyproof.architectures import ARCHITECTURES
from tinyproof.bench import Bench, Job
from tinyproof.phases import run
from tinyproof.reporting import Reporter


def main(phases=None):
    """Run the phases and leave the process without the cleanup of the libraries."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--report", type=int, required=True, help="file descriptor that takes the report")
    parser.add_argument("--folder", required=True, help="an empty folder to work in")
    parser.add_argument("--until", default="vllm-merged", help="the last phase to run")
    parser.add_argument("--architecture", default="llama", choices=sorted(ARCHITECTURES), help="of the tiny model")
    parser.add_argument("--model", default="", help="a model folder to use in place of a tiny one")
    parser.add_argument("--adapter", action="append", default=[], help="an adapter folder for --model")
    parser.add_argument("--reference", default="float32", choices=["float32", "half"], help="type of the reference")
    given = parser.parse_args()
    # What the libraries start must not hold the report open.
    os.set_inheritable(given.report, False)
    job = Job(ARCHITECTURES[given.architecture], given.model, tuple(given.adapter), given.reference)
    run(Bench(job, given.folder, Reporter(given.report)), given.until, phases)
    sys.stdout.flush()
    sys.stderr.flush()
    # Some extensions crash while the interpreter is taken down; the proof is over by then.
    os._exit(0)


if __name__ == "__main__":
    main()

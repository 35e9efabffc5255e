"""Runs the GPU probe under the guard in a process of its own and prints its facts as JSON.

usage: python -m tests.nvml.examine DEADLINE ROOT
ROOT holds the proc, sys, dev and lib folders that the probe is to look at.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from doctor.core.snapshot import to_json
from doctor.core.target import Facts, Probe, Target
from doctor.engine.guard import run_probes
from doctor.probes.gpu.gpus import GPUS_PROBE, find_gpus
from doctor.probes.gpu.hardware import Roots
from tests.facts import interpreter


def main(deadline: float, root: Path) -> None:
    roots = Roots(proc=root / "proc", sys=root / "sys", dev=root / "dev", libraries=(root / "lib",))

    def find(target: Target) -> Facts:
        return find_gpus(target.environ, roots)

    probe = Probe(name="gpus", keys=GPUS_PROBE.keys, find=find, deadline=deadline)
    target = Target(interpreter=interpreter(), environ=os.environ)
    print(json.dumps({key.name: to_json(fact) for key, fact in run_probes([probe], target)}))


if __name__ == "__main__":
    main(float(sys.argv[1]), Path(sys.argv[2]))

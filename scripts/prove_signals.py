"""Show that a signal ends doctor cleanly wherever it is: one at exactly the Nth system call, for many N.

    python scripts/prove_signals.py [--signal SIGTERM] [--moments N] [--timeout SECONDS] -- check --python PATH ...

strace (Debian's package) delivers the signal to doctor's own process on its way out of that call. Each run has a new
HOME and a new folder for temporary files. A run is clean where it ended with a verdict or with the signal's exit
code, said nothing of exceptions, and left no file in either folder. Prints a table; the exit code is 1 where a run was
not clean. A moment in Python's own start, before doctor's first line, is Python's to answer, and left out.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CALLS = (
    "openat",
    "read",
    "write",
    "newfstatat",
    "close",
    "mmap",
    "mkdir",
    "unlink",
    "rename",
    "vfork",
    "clone",
    "wait4",
)
VERDICTS = (0, 1, 3)
PATIENCE = 20.0
"""Seconds that the process which removes a scratch folder has for it, on a busy machine."""

STARTED = "doctor/cli/run"
"""In the name of the first file that is opened when doctor listens."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """One run with a signal at the `moment`-th `call`; `fault` is empty where it was clean."""

    call: str
    moment: int
    status: int
    fault: str


def run(arguments: list[str], strace: list[str], timeout: float) -> tuple[int, str, list[str]]:
    """Run doctor below strace; return its exit status, its standard error and what it left behind."""
    with tempfile.TemporaryDirectory() as name:
        home, temporary = Path(name, "home"), Path(name, "tmp")
        home.mkdir()
        temporary.mkdir()
        environ = {**os.environ, "HOME": str(home), "TMPDIR": str(temporary), "PYTHONDONTWRITEBYTECODE": "1"}
        command = ["strace", *strace, sys.executable, "-m", "doctor", *arguments]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=timeout, check=False)
        return done.returncode, done.stderr, left_in(home, temporary)


def left_in(*folders: Path) -> list[str]:
    """The files that are still there when the process which removes them has had its time."""
    ends_at = time.monotonic() + PATIENCE
    while True:
        left = [str(path) for folder in folders for path in folder.rglob("*")]
        if not left or time.monotonic() > ends_at:
            return left
        time.sleep(0.05)


def count(arguments: list[str], timeout: float) -> tuple[Counter[str], Counter[str]]:
    """How often each call is made in all, and how often before doctor answers signals."""
    with tempfile.NamedTemporaryFile("r", errors="replace") as log:
        status, errors, _ = run(arguments, ["-o", log.name, "-e", f"trace={','.join(CALLS)}"], timeout)
        if status not in VERDICTS:
            sys.exit(f"error: `doctor {' '.join(arguments)}` ends with {status}: {errors.strip()}")
        lines = log.read().splitlines()
    names = [line.partition("(")[0] for line in lines]
    begin = next(number for number, line in enumerate(lines) if STARTED in line)
    return Counter(names), Counter(names[: begin + 1])


def moments(total: int, before: int, most: int) -> Iterator[int]:
    """At most `most` numbers of calls, evenly over those that come after `before`."""
    some = min(most, total - before)
    yield from sorted({before + 1 + (total - before - 1) * number // max(1, some - 1) for number in range(some)})


def judge(status: int, errors: str, left: list[str], number: int) -> str:
    """What was not clean about a run, "" where it was."""
    if status not in (*VERDICTS, 128 + number, -number):
        return f"exit status {status}: {errors.strip()[-200:]}"
    said = re.search(r"Traceback|Exception|error: ", errors)
    if said:
        return f"said: {errors[said.start() :].strip()[:200]}"
    return f"left behind: {', '.join(left[:3])}" if left else ""


def main() -> int:
    """Run doctor with a signal at each of the moments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--signal", default="SIGINT", choices=("SIGINT", "SIGTERM"))
    parser.add_argument("--moments", type=int, default=20, help="at most so many of each system call (20)")
    parser.add_argument("--timeout", type=float, default=120.0, help="seconds for a run (120)")
    parser.add_argument("arguments", nargs="+", help="what doctor is told, after --")
    options = parser.parse_args()
    number = int(signal.Signals[options.signal])
    totals, before = count(options.arguments, options.timeout)
    runs = []
    for call in CALLS:
        for moment in moments(totals[call], before[call], options.moments):
            strace = [
                "-o",
                os.devnull,
                "-e",
                f"trace={call}",
                "-e",
                f"inject={call}:signal={options.signal}:when={moment}",
            ]
            status, errors, left = run(options.arguments, strace, options.timeout)
            runs.append(Run(call=call, moment=moment, status=status, fault=judge(status, errors, left, number)))
            if runs[-1].fault:
                print(f"{call} {moment}: {runs[-1].fault}", flush=True)
    print(f"| call | made while doctor listens | {options.signal} sent at | ended with | not clean |")
    print("| --- | --- | --- | --- | --- |")
    for call in CALLS:
        mine = [item for item in runs if item.call == call]
        ended = ", ".join(f"{code}: {times}" for code, times in sorted(Counter(item.status for item in mine).items()))
        faults = sum(bool(item.fault) for item in mine)
        print(f"| {call} | {totals[call] - before[call]} | {len(mine)} | {ended or '-'} | {faults} |")
    return int(any(item.fault for item in runs))


if __name__ == "__main__":
    sys.exit(main())

"""Fuzzes what doctor reads, guided by coverage: ``python -m scripts.fuzz [TARGET ...] --seconds N``.

It needs atheris (``pip install atheris``). Each target runs N seconds in a process of its own, from the seeds of
`scripts/fuzzing/seeds.py`; a target that ends before its time has found something, and the input lies in --artifacts.
An input may take a second of processor time and 200 MiB, or it counts as found. Prints a table, and exits with 1
where something was found. ``--replay FILE`` runs one input again, with the traceback.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MEMORY = Path("/dev/shm")
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

SLOWEST = 1.0
"""Seconds of processor time that one input may take."""

MOST_MEMORY = 200 << 20
"""Bytes by which one input may make the process grow."""

WARM_UP = 20
"""Inputs whose time does not count: the first ones import and load what the reader needs."""


class TooSlowError(AssertionError):
    """An input took longer than `SLOWEST`."""


class TooLargeError(AssertionError):
    """An input took more memory than `MOST_MEMORY`."""


def main() -> int:
    """Fuzz the chosen targets one after the other; return the exit code."""
    options = _options()
    if options.child:
        _fuzz(options.child, options.seconds, Path(options.artifacts))
        return 0
    if options.replay:
        return _replay(options.targets, options.replay)
    from scripts.fuzzing.targets import TARGETS

    names = options.targets or list(TARGETS)
    unknown = sorted(set(names) - set(TARGETS))
    if unknown:
        sys.exit(f"there is no target {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    print(f"{'target':16} {'inputs':>10} {'seconds':>8} {'reached':>8}  found")
    return max([_run(name, options.seconds, options.artifacts) for name in names])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--artifacts", default=str(Path(tempfile.gettempdir()) / "doctor-fuzz"))
    parser.add_argument("--replay", type=Path, metavar="FILE")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    return parser.parse_args()


def _run(name: str, seconds: int, artifacts: str) -> int:
    """Fuzz one target in a process of its own, and print its line of the table."""
    Path(artifacts).mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    own = ["--child", name, "--seconds", str(seconds), "--artifacts", artifacts]
    # In memory where that is possible; libFuzzer ends the child's process itself, which can therefore remove nothing.
    with tempfile.TemporaryDirectory(prefix="doctor-fuzz-", dir=MEMORY if MEMORY.is_dir() else None) as folder:
        done = subprocess.run(
            [sys.executable, str(ROOT / "scripts/fuzz.py"), *own],
            cwd=ROOT,
            env={**os.environ, "TMPDIR": folder},
            capture_output=True,
            text=True,
            errors="replace",
        )
    inputs = re.findall(r"stat::number_of_executed_units: (\d+)|^#(\d+)\t", done.stderr, re.MULTILINE)
    reached = re.findall(r"cov: (\d+)", done.stderr)
    written = re.findall(r"Test unit written to (\S+)", done.stderr)
    last = [number for pair in inputs for number in pair if number]
    error = re.findall(r"^(?:\S*Error|\S*Exception)\b.*", done.stdout + done.stderr, re.MULTILINE)
    found = f"{error[-1][:200] if error else 'see'} {written[-1] if written else ''}" if done.returncode else "nothing"
    print(
        f"{name:16} {last[-1] if last else '?':>10} {time.monotonic() - started:8.0f} "
        f"{reached[-1] if reached else '?':>8}  {found}",
        flush=True,
    )
    if done.returncode and not written:
        sys.stderr.write(done.stderr[-4000:])
    return 1 if done.returncode else 0


def _fuzz(name: str, seconds: int, artifacts: Path) -> None:
    """Run libFuzzer over one target; this ends the process."""
    try:
        import atheris
    except ImportError:
        sys.exit("this needs atheris: pip install atheris")
    with atheris.instrument_imports(include=["doctor"]):
        from scripts.fuzzing.targets import TARGETS
        from scripts.fuzzing.words import dictionary

        target = TARGETS[name]
        folder = Path(tempfile.mkdtemp(prefix=f"doctor-fuzz-{name}-"))
        seeds = list(target.seeds())
        for number, seed in enumerate(seeds):
            (folder / f"seed-{number}").write_bytes(seed)
            target.run(seed)  # imports what it needs while imports are instrumented
    words = folder.with_suffix(".dict")
    known = dictionary(seeds)
    words.write_text(known, encoding="ascii")
    flags = [
        f"-max_total_time={seconds}",
        "-timeout=30",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
        *([f"-dict={words}"] if known else []),  # an empty one is refused
    ]
    flags += [f"-artifact_prefix={artifacts}/{name}-", "-max_len=65536"]
    atheris.Setup([sys.argv[0], *flags, str(folder)], _measured(target.run))
    atheris.Fuzz()


def _measured(run: Any) -> Any:
    """The function, with the limits of time and memory held for each input."""
    count = 0

    def measured(content: bytes) -> None:
        nonlocal count
        count += 1
        before, memory = time.process_time(), _peak()
        run(content)
        if count > WARM_UP and time.process_time() - before > SLOWEST:
            raise TooSlowError(f"{time.process_time() - before:.1f} s for {len(content)} bytes")
        if count > WARM_UP and _peak() - memory > MOST_MEMORY:
            raise TooLargeError(f"{(_peak() - memory) >> 20} MiB for {len(content)} bytes")

    return measured


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _replay(targets: list[str], path: Path) -> int:
    from scripts.fuzzing.targets import TARGETS

    for name in targets or [name for name in TARGETS if path.name.startswith(f"{name}-")]:
        started = time.process_time()
        TARGETS[name].run(path.read_bytes())
        print(f"{name}: nothing found, {time.process_time() - started:.2f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())

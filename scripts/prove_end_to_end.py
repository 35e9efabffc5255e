"""Show that each phase of the end-to-end proof can fail: break something on purpose, and see which phase finds it.

    python scripts/prove_end_to_end.py --python ENV             # every deed; prints a Markdown table
    python scripts/prove_end_to_end.py --python ENV NAME ...    # only these
    python scripts/prove_end_to_end.py --python ENV --unsloth ENV2  # and those of Unsloth's own save

Each deed (`scripts/sabotage/deeds.py`) is a run of its own with the interpreter of a real
environment. Exit status 1 where a deed is not found out, or is found out by another phase first.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too
sys.path.insert(0, str(Path(__file__).resolve().parent / "sabotage"))

from deeds import DEEDS, Deed

from doctor.core.endtoend import Ending, EndToEnd, PhaseName
from doctor.core.fact import Absent, Known
from doctor.endtoend.driver import run_end_to_end
from doctor.endtoend.job import Job

SABOTAGE = Path(__file__).resolve().parent / "sabotage"
DEADLINE = 600.0


@dataclass(frozen=True)
class Result:
    """How a run with a deed ended: the phases that did not agree, in order, with what they said."""

    deed: Deed
    failed: tuple[tuple[PhaseName, str], ...]
    seconds: float

    @property
    def found(self) -> bool:
        """Whether the first phase that failed is the one that must find it out."""
        return bool(self.failed) and self.failed[0][0].value == self.deed.found_by

    def row(self) -> str:
        """The run as a row of a Markdown table."""
        phase, message = self.failed[0] if self.failed else ("nothing", "")
        seen = phase.value if isinstance(phase, PhaseName) else phase
        said = " ".join(message.split()).replace("|", "\\|")[:160]
        verdict = "yes" if self.found else "**NO**"
        cells = (self.deed.title, self.deed.phase, self.deed.found_by, seen, said, f"{self.seconds:.0f}", verdict)
        return f"| {' | '.join(cells)} |"


def main(argv: list[str] | None = None) -> int:
    """Run the deeds that are named, or all, and print the table."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(DEEDS)}")
    parser.add_argument("--python", required=True, type=Path, help="interpreter of an environment with the stack")
    parser.add_argument("--unsloth", type=Path, help="interpreter of an environment with Unsloth")
    parser.add_argument("--architecture", default="llama")
    given = parser.parse_args(argv)
    unknown = set(given.names) - set(DEEDS)
    if unknown:
        parser.error(f"there is no deed named {', '.join(sorted(unknown))}")
    print("| what is done wrong | during | must be found by | was found by | it said | seconds | right |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    missed, left = 0, []
    for deed in (DEEDS[name] for name in given.names or DEEDS):
        python = given.unsloth if deed.needs == "unsloth" else given.python
        if python is None:
            left.append(deed.name)
            continue
        result = run(deed, python, Job(architecture=given.architecture))
        missed += not result.found
        print(result.row(), flush=True)
    if left:
        print(f"\nNot run, they take an environment with Unsloth (--unsloth): {', '.join(left)}")
    return 1 if missed else 0


def run(deed: Deed, python: Path, job: Job) -> Result:
    """Run the proof with a deed, up to the phase that must find it out."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as parent:
        fact = run_end_to_end(
            python,
            environ=os.environ,
            progress=lambda _: None,
            job=job,
            payload=SABOTAGE,
            arguments=("--sabotage", deed.name, "--until", deed.found_by),
            parent=Path(parent),
            deadline=DEADLINE,
        )
    if not isinstance(fact, Known):
        raise RuntimeError(f"the proof could not be started: {fact}")
    return Result(deed, failed_phases(fact.value, deed.found_by), time.monotonic() - started)


def failed_phases(result: EndToEnd, last: str) -> tuple[tuple[PhaseName, str], ...]:
    """The phases up to `last` that did not agree or could not run, with what they said."""
    names = list(PhaseName)
    failed = []
    for name in names[: names.index(PhaseName(last)) + 1]:
        finding = result.finding(name)
        if isinstance(finding, Absent):
            continue  # it has no part in this run: Unsloth is not installed
        if not isinstance(finding, Known):
            failed.append((name, f"not judged: {getattr(finding, 'detail', '')}"))
        elif finding.value.ending is not Ending.AGREES:
            failed.append((name, finding.value.message))
    return tuple(failed)


if __name__ == "__main__":
    sys.exit(main())

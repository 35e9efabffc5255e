"""What the benchmark generates is sound: a tool that finds faults in it would be measured at other work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from doctor.core.artifact.folder import Artifacts
from doctor.core.fact import Known
from doctor.core.packages.distribution import DAMAGED_FILES, DISTRIBUTIONS
from doctor.core.report import Verdict
from doctor.engine.catalogue import load
from doctor.engine.examine import take_snapshot
from doctor.engine.judge import judge
from doctor.matrix.load import load_matrix
from scripts.benchmarking.generated import fill_environment, write_model, write_sets

WEIGHTS = ("MODEL001", "MODEL025", "MODEL034", "MODEL042", "MODEL043", "MODEL045", "MODEL047")


def test_a_generated_environment_is_whole(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "env")], check=True)
    (site,) = (tmp_path / "env").glob("lib/python*/site-packages")
    fill_environment(site, 9)
    wanted = frozenset({DISTRIBUTIONS.name, DAMAGED_FILES.name})
    snapshot = take_snapshot(tmp_path / "env" / "bin" / "python", wanted=wanted)
    found = snapshot.get(DISTRIBUTIONS)
    assert isinstance(found, Known)
    assert len(found.value) == 9
    assert all(isinstance(item.requires, Known) and len(item.requires.value) == 8 for item in found.value)
    damaged = snapshot.get(DAMAGED_FILES)
    assert isinstance(damaged, Known)
    assert damaged.value == ()


def test_generated_weights_are_as_long_as_their_headers_say(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model", 0.01, 3)
    rules = [load(code) for code in WEIGHTS]
    wanted = frozenset(key.name for rule in rules for key in rule.reads)
    snapshot = take_snapshot(Path(sys.executable), wanted=wanted, artifacts=Artifacts(model=str(folder)))
    report = judge(snapshot, load_matrix(), rules)
    assert {outcome.code: outcome.verdict for outcome in report.outcomes} == dict.fromkeys(WEIGHTS, Verdict.HEALTHY)


def test_generated_sets_are_added_to_the_shipped_ones(tmp_path: Path) -> None:
    shipped = len(load_matrix().sets)
    assert len(load_matrix([write_sets(tmp_path / "sets.toml", 3)]).sets) == shipped + 3

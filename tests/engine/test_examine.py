from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from doctor import __version__
from doctor.core.artifact.folder import Artifacts
from doctor.core.artifact.model import MODEL
from doctor.core.endtoend import END_TO_END
from doctor.core.errors import TargetError
from doctor.core.fact import Absent, Known, Unknown
from doctor.core.fleet.node import FOR_FLEETS
from doctor.core.interpreter import INTERPRETER, PLATFORM
from doctor.core.keys import KEYS
from doctor.core.machine.system import MEMORY, VARIABLES
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.reading import READING
from doctor.core.serve import SERVE
from doctor.core.snapshot import Snapshot, to_json
from doctor.core.training import TRAINING
from doctor.engine.examine import Examination, take_snapshot
from doctor.intake.snapshot import decode_snapshot
from doctor.probes.catalogue import all_probes
from tests.models import llama

PLAIN = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "VLLM_USE_V1": "1"}


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment whose torch notes every import of itself."""
    folder = tmp_path_factory.mktemp("target") / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    trap = f"open({str(folder / 'imported')!r}, 'a').write(__name__)\nraise SystemExit('imported')\n"
    for name in ("torch", "vllm", "transformers", "peft", "unsloth", "numpy", "triton"):
        (site / name).mkdir()
        (site / name / "__init__.py").write_text(trap)
    (site / "torch/version.py").write_text("__version__ = '2.4.0'\ncuda = '12.1'\nhip = None\n")
    info = site / "torch-2.4.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: torch\nVersion: 2.4.0\n")
    (info / "RECORD").write_text("torch/__init__.py,,\ntorch/version.py,,\n")
    return folder / "bin/python"


def test_every_probe_states_every_key_that_it_promises(python: Path) -> None:
    snapshot = take_snapshot(python, environ=PLAIN, wanted=frozenset(KEYS))
    promised = {key.name for probe in all_probes() for key in probe.keys}
    assert promised <= set(snapshot.facts)
    assert set(snapshot.facts) <= set(KEYS)


def test_what_only_a_fleet_is_compared_by_is_not_looked_for_without_being_asked_for(python: Path) -> None:
    assert not FOR_FLEETS & set(take_snapshot(python, environ=PLAIN).facts)


def test_no_key_is_promised_by_two_probes() -> None:
    promised = [key.name for probe in all_probes() for key in probe.keys]
    assert len(promised) == len(set(promised))


def test_the_patient_is_not_imported_and_not_changed(python: Path) -> None:
    environment = python.parent.parent
    before = {path: path.lstat().st_mtime_ns for path in environment.rglob("*")}
    take_snapshot(python, environ=PLAIN, deep=True)
    after = {path: path.lstat().st_mtime_ns for path in environment.rglob("*")}
    assert after == before


def test_a_snapshot_survives_json(python: Path) -> None:
    snapshot = take_snapshot(python, environ=PLAIN)
    again = decode_snapshot(json.dumps(to_json(snapshot)).encode(), "test")
    assert again.facts == dict(snapshot.facts)
    assert (again.target, again.taken_at) == (snapshot.target, snapshot.taken_at)


def test_a_snapshot_says_what_was_examined_by_what_and_when(python: Path) -> None:
    snapshot = take_snapshot(python, environ=PLAIN)
    assert snapshot.target == str(python)
    assert snapshot.doctor_version == __version__
    assert snapshot.taken_at.endswith("+00:00")
    interpreter = snapshot.get(INTERPRETER)
    assert isinstance(interpreter, Known)
    assert interpreter.value.prefix == str(python.parent.parent)


def test_the_variables_are_those_given_and_not_the_doctors_own(python: Path) -> None:
    variables = take_snapshot(python, environ=PLAIN).get(VARIABLES)
    assert isinstance(variables, Known)
    assert variables.value == {"HOME": PLAIN["HOME"], "VLLM_USE_V1": "1"}


def test_without_variables_those_of_the_doctor_count(python: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLLM_USE_V1", "0")
    variables = take_snapshot(python, wanted=frozenset({VARIABLES.name})).get(VARIABLES)
    assert isinstance(variables, Known)
    assert variables.value["VLLM_USE_V1"] == "0"


def test_the_folders_that_are_named_are_examined_with_it(python: Path, tmp_path: Path) -> None:
    folder = llama().write(tmp_path / "model")
    artifacts = Artifacts(model=str(folder))
    model = take_snapshot(python, environ=PLAIN, wanted=frozenset({MODEL.name}), artifacts=artifacts).get(MODEL)
    assert isinstance(model, Known)
    assert model.value.path == str(folder)


def test_what_nobody_asked_for_is_known_not_to_be_there(python: Path) -> None:
    snapshot = take_snapshot(python, environ=PLAIN, wanted=frozenset({PLATFORM.name}))
    assert [type(snapshot.get(key)) for key in (END_TO_END, READING, SERVE, TRAINING)] == [Absent] * 4


def test_what_is_known_is_told_whenever_there_is_more(python: Path) -> None:
    told: list[Snapshot] = []
    with Examination(python, environ=PLAIN, wanted=frozenset({PLATFORM.name, MODEL.name})) as examination:
        last = examination.snapshot(told.append)
    assert isinstance(last.get(PLATFORM), Known) and isinstance(last.get(MODEL), Absent)
    assert told[-1].facts == last.facts


def test_an_interruption_before_all_probes_are_at_work_ends_those_that_are(python: Path) -> None:
    class Interrupted(frozenset[str]):
        def __and__(self, _: object) -> frozenset[str]:
            raise KeyboardInterrupt

    before = os.listdir("/proc/self/fd")
    with pytest.raises(KeyboardInterrupt):
        Examination(python, environ=PLAIN, wanted=Interrupted({DISTRIBUTIONS.name}))
    assert os.listdir("/proc/self/fd") == before


def test_leaving_an_examination_ends_its_probes(python: Path) -> None:
    """What they would have found is not known then."""
    wanted, artifacts = frozenset({PLATFORM.name, MODEL.name}), Artifacts(model=str(python.parent))
    with Examination(python, environ=PLAIN, wanted=wanted, artifacts=artifacts) as examination:
        pass
    snapshot = examination.snapshot()
    assert [type(snapshot.get(key)) for key in (PLATFORM, MODEL)] == [Unknown] * 2


def test_only_the_probes_that_are_wanted_run(python: Path) -> None:
    snapshot = take_snapshot(python, environ=PLAIN, wanted=frozenset({PLATFORM.name}))
    assert isinstance(snapshot.get(PLATFORM), Known)
    assert isinstance(snapshot.get(MEMORY), Unknown)  # not run is not known


def test_a_target_that_is_not_there_is_an_error_and_no_snapshot(tmp_path: Path) -> None:
    with pytest.raises(TargetError):
        take_snapshot(tmp_path / "python", environ=PLAIN)

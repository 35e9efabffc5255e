"""What PEFT saves for models of many families gets no finding: nothing is wrong with it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.artifact.model import BASE, MODEL
from doctor.core.fact import Absent
from doctor.core.interpreter import INTERPRETER
from doctor.core.machine.gpu import GPUS
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Report, Severity
from doctor.core.serve import SERVE
from doctor.core.serve import not_asked_for as not_asked_for_serving
from doctor.engine.catalogue import select
from doctor.engine.judge import judge
from doctor.probes.adapter.folder import read_adapter
from doctor.probes.model.folder import read_folder
from tests.facts import SOURCE, distribution, interpreter, snapshot
from tests.realenv.environments import cpu_python
from tests.rules.lora.judging import MATRIX

pytestmark = [pytest.mark.realenv, pytest.mark.slow]

MAKER = Path(__file__).with_name("make_adapters.py")
PACKAGES = (distribution("vllm", "0.32.0"), distribution("peft", "0.21.2"))


def report(folder: Path) -> Report:
    facts = {
        ADAPTERS: (read_adapter(str(folder / "adapter"), deep=True),),
        MODEL: read_folder(str(folder / "base")),
        BASE: Absent(source=SOURCE),
        DISTRIBUTIONS: PACKAGES,
        INTERPRETER: interpreter(),
        GPUS: Absent(source=SOURCE),
        SERVE: not_asked_for_serving(),
    }
    rules, _ = select(("LORA",))
    return judge(snapshot(facts), MATRIX, rules)


def test_what_peft_saves_is_whole(tmp_path: Path):
    done = subprocess.run([cpu_python(), MAKER, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    folders = sorted(tmp_path.iterdir())
    assert len(folders) >= 17
    for folder in folders:
        found = report(folder)
        severe = [
            (outcome.code, problem.message)
            for outcome, problem in found.problems()
            if outcome.severity_of(problem) > Severity.INFO
        ]
        assert severe == [], folder.name
        assert [outcome.reasons for outcome in found.outcomes if outcome.undetermined] == [], folder.name

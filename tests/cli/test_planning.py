"""From the facts of a check to a plan, and what is said where one of them is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from doctor.cli.planning import PlanningError, plan_best, plan_checked
from doctor.core.artifact.model import MODEL
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.serve import SERVE
from doctor.core.snapshot import Snapshot
from doctor.intake.serve import parse_command
from doctor.probes.model.folder import read_folder
from tests.bases import base
from tests.facts import EMPTY_MATRIX, absent, known, unknown
from tests.models import llama


@pytest.fixture
def served(tmp_path: Path) -> Snapshot:
    """A machine with a GPU, and a model."""
    return base("sound_gpu").replace(MODEL, known(read_folder(str(llama().write(tmp_path / "model")))))


def test_without_a_command_the_best_is_planned(served: Snapshot):
    without = served.replace(SERVE, absent("no command"))
    assert plan_checked(without, EMPTY_MATRIX) == plan_best(served, EMPTY_MATRIX)


def test_of_a_command_its_own_numbers_count(served: Snapshot):
    command = parse_command("vllm serve model --max-model-len 128 --gpu-memory-utilization 0.5")
    plan = plan_checked(served.replace(SERVE, known(command)), EMPTY_MATRIX)
    assert plan.length == 128


def test_a_model_that_could_not_be_read_is_named_with_the_reason(served: Snapshot):
    with pytest.raises(PlanningError, match="a plan needs model: permission denied"):
        plan_best(served.replace(MODEL, unknown(detail="permission denied")), EMPTY_MATRIX)


def test_a_release_that_nobody_knows_is_refused_and_without_any_it_is_planned(served: Snapshot):
    with pytest.raises(PlanningError, match=r"the matrix knows no vLLM 0\.0\.1"):
        plan_best(served, EMPTY_MATRIX, vllm="0.0.1")
    assert plan_best(served.replace(DISTRIBUTIONS, unknown()), EMPTY_MATRIX).length

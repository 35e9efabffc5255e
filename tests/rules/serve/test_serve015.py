from __future__ import annotations

import dataclasses

from doctor.core.artifact.model import MODEL, not_asked_for
from doctor.core.report import Verdict
from doctor.core.serve import SERVE
from doctor.intake.serve import parse_command
from tests.rules.serve.commands import outcome

CODE = "SERVE015"


def test_a_path_that_is_not_there() -> None:
    command = dataclasses.replace(parse_command("vllm serve ./gone"), missing=("./gone",))
    (problem,) = outcome(CODE, "", facts={SERVE: command, MODEL: not_asked_for("--model")}).problems
    assert problem.subject == "./gone"


def test_a_missing_model_is_one_fault_and_a_missing_adapter_says_nothing_of_the_model() -> None:
    command = dataclasses.replace(parse_command("vllm serve ./gone"), missing=("./gone",))
    assert outcome(CODE, "", facts={SERVE: command, MODEL: not_asked_for("--model")}).reasons == ()
    command = dataclasses.replace(parse_command("vllm serve owner/name --lora-modules a=./gone"), missing=("./gone",))
    found = outcome(CODE, "", facts={SERVE: command, MODEL: not_asked_for("--model")})
    assert len(found.problems) == 1
    assert "owner/name is no folder here" in found.reasons[0]


def test_a_command_without_a_model_is_undetermined() -> None:
    found = outcome(CODE, "", facts={SERVE: parse_command("vllm serve --port 1"), MODEL: not_asked_for("--model")})
    assert found.reasons[0].startswith("the model, which the command leaves to the default, is no folder here")


def test_the_name_of_a_repository_is_undetermined() -> None:
    found = outcome(CODE, "", facts={MODEL: not_asked_for("--model")})
    assert found.verdict is Verdict.UNKNOWN
    assert "model is no folder here" in found.reasons[0]


def test_a_folder_that_is_there() -> None:
    assert outcome(CODE, "").verdict is Verdict.HEALTHY

from __future__ import annotations

import pytest

from doctor.core.artifact.model import MODEL
from doctor.core.report import Verdict
from tests import models
from tests.rules.serve.commands import outcome, problems

CODE = "SERVE012"


def of(**config):
    return {MODEL: models.folder_of(models.llama(max_position_embeddings=4096, **config))}


def test_more_tokens_than_positions():
    assert problems(CODE, "--max-model-len 8192", facts=of()) == ["it is 8192, and the model has 4096 positions"]
    assert outcome(CODE, "--max-model-len 4096", facts=of()).verdict is Verdict.HEALTHY


YARN = {"rope_type": "yarn", "factor": 4.0}


@pytest.mark.parametrize(
    ("config", "verdict"),
    [
        ({"rope_scaling": YARN}, Verdict.HEALTHY),
        ({"rope_scaling": {"type": "linear", "factor": 4.0}}, Verdict.HEALTHY),
        ({"rope_parameters": {**YARN, "rope_theta": 10000.0}}, Verdict.HEALTHY),
        ({"rope_parameters": {"full_attention": YARN, "sliding_attention": {}}}, Verdict.HEALTHY),
        ({"rope_parameters": {"rope_type": "default", "rope_theta": 10000.0}}, Verdict.PROBLEM),
        ({"rope_scaling": None, "rope_parameters": None}, Verdict.PROBLEM),
    ],
)
def test_positions_that_are_scaled_are_not_counted(config, verdict):
    assert outcome(CODE, "--max-model-len 8192", facts=of(**config)).verdict is verdict


@pytest.mark.parametrize(
    "arguments", ["", "--max-model-len 8192 --hf-overrides {}", "--max-model-len 8192 --rope-scaling {}"]
)
def test_no_length_and_a_changed_config_are_not_judged(arguments):
    assert outcome(CODE, arguments, facts=of()).verdict is Verdict.NOT_APPLICABLE


def test_a_model_that_states_no_positions_is_undetermined():
    found = outcome(CODE, "--max-model-len 8192", facts={MODEL: models.folder_of(without_positions())})
    assert found.verdict is Verdict.UNKNOWN
    assert found.reasons == ("the config states no max_position_embeddings",)


def without_positions():
    draft = models.llama()
    del draft.config["max_position_embeddings"]
    return draft

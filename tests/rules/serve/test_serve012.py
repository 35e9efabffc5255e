from __future__ import annotations

from doctor.core.model import MODEL
from doctor.core.report import Verdict
from tests import models
from tests.rules.serve.commands import outcome, problems

CODE = "SERVE012"


def of(**config):
    return {MODEL: models.folder_of(models.llama(max_position_embeddings=4096, **config))}


def test_more_tokens_than_positions():
    assert problems(CODE, "--max-model-len 8192", facts=of()) == ["it is 8192, and the model has 4096 positions"]
    assert outcome(CODE, "--max-model-len 4096", facts=of()).verdict is Verdict.HEALTHY


def test_positions_that_are_scaled_are_not_counted():
    scaled = of(rope_scaling={"rope_type": "yarn", "factor": 4.0})
    assert outcome(CODE, "--max-model-len 8192", facts=scaled).verdict is Verdict.HEALTHY
    assert outcome(CODE, "--max-model-len 8192 --hf-overrides {}", facts=of()).verdict is Verdict.NOT_APPLICABLE


def test_a_model_that_states_no_positions_is_undetermined():
    found = outcome(CODE, "--max-model-len 8192", facts={MODEL: models.folder_of(without_positions())})
    assert found.verdict is Verdict.UNKNOWN
    assert found.reasons == ("the config states no max_position_embeddings",)


def without_positions():
    draft = models.llama()
    del draft.config["max_position_embeddings"]
    return draft

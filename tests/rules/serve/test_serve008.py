from __future__ import annotations

from doctor.core.model import MODEL
from doctor.core.report import Verdict
from tests import models
from tests.rules.serve.commands import outcome, problems

CODE = "SERVE008"


def test_heads_that_cannot_be_divided():
    (message,) = problems(CODE, "--tensor-parallel-size 3")
    assert message.endswith("attention heads cannot be divided by 3")


def test_heads_that_can():
    assert outcome(CODE, "-tp 2").verdict is Verdict.HEALTHY
    assert outcome(CODE, "").verdict is Verdict.NOT_APPLICABLE


def test_a_config_without_heads_is_undetermined():
    config = {key: value for key, value in models.llama_config().items() if key != "num_attention_heads"}
    draft = models.llama()
    draft.config = config
    assert outcome(CODE, "-tp 2", facts={MODEL: models.folder_of(draft)}).verdict is Verdict.UNKNOWN

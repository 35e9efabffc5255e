from __future__ import annotations

import pytest

from doctor.core.artifact.model import MODEL
from doctor.core.report import Verdict
from tests import models
from tests.facts import unknown
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


@pytest.mark.parametrize(("heads", "size", "fitting"), [(28, 8, 7), (8, 7, 4), (7, 2, 1), (12, 3, None), (12, 1, None)])
def test_the_most_gpus_that_divide_the_heads_are_offered(heads, size, fitting):
    folder = models.folder_of(models.llama(num_attention_heads=heads))
    found = outcome(CODE, f"-tp {size}", facts={MODEL: folder})
    offered = [command.partition("--tensor-parallel-size ")[2] for command in commands_of(found)]
    assert offered == ([] if fitting is None else [str(fitting)])


def test_one_gpu_needs_no_model():
    assert outcome(CODE, "-tp 1", facts={MODEL: unknown()}).verdict is Verdict.NOT_APPLICABLE


def commands_of(found):
    return [" ".join(problem.remedies[0].commands[0]) for problem in found.problems]

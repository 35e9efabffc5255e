from __future__ import annotations

from doctor.core.gpu import GPUS
from doctor.core.model import MODEL
from doctor.core.report import Verdict
from tests import models
from tests.facts import gpu, known, unknown
from tests.rules.serve.commands import outcome, problems
from tests.serving.models import LLAMA_8B, folder_of

CODE = "SERVE013"


LLAMA = {MODEL: folder_of(LLAMA_8B)}
T4 = {GPUS: (gpu(name="Tesla T4", capability="7.5", memory_total=known(15360)),)}


def test_weights_that_do_not_fit():
    (message,) = problems(CODE, "--gpu-memory-utilization 0.9", facts={**LLAMA, **T4})
    assert message == "its weights take 15.0 GiB of each GPU, and 13.5 GiB may be used"


def test_two_gpus_share_them():
    two = {GPUS: T4[GPUS] * 2}
    assert outcome(CODE, "-tp 2 --gpu-memory-utilization 0.9", facts={**LLAMA, **two}).verdict is Verdict.HEALTHY


def test_what_is_not_known_is_undetermined():
    assert outcome(CODE, "", facts={**LLAMA, GPUS: (gpu(memory_total=unknown()),)}).verdict is Verdict.UNKNOWN
    assert outcome(CODE, "", facts={MODEL: unknown()}).verdict is Verdict.UNKNOWN


def test_a_model_whose_size_cannot_be_told_is_undetermined():
    draft = models.llama(model_type="a-model-of-tomorrow")
    draft.tensors = {}
    draft.shards = 0
    found = outcome(CODE, "", facts={MODEL: models.folder_of(draft)})
    assert found.verdict is Verdict.UNKNOWN
    assert found.reasons

from __future__ import annotations

import pytest

from doctor.core.artifact.model import MODEL
from doctor.core.machine.gpu import GPUS
from doctor.core.report import Verdict
from doctor.core.serving import MIB
from doctor.serving.demand import demand_of
from tests import models
from tests.facts import gpu, known, unknown
from tests.rules.serve.commands import outcome, problems
from tests.serving.models import LLAMA_8B, folder_of

CODE = "SERVE013"


LLAMA = {MODEL: folder_of(LLAMA_8B)}
T4 = {GPUS: (gpu(name="Tesla T4", capability="7.5", memory_total=known(15360)),)}


def test_weights_that_do_not_fit():
    (problem,) = outcome(CODE, "--gpu-memory-utilization 0.9", facts={**LLAMA, **T4}).problems
    assert problem.message == "its weights take 15.0 GiB of each GPU, and 13.5 GiB may be used"
    assert problem.remedies[0].commands == (("doctor", "plan", "--model", "/models/served", "--gpus", "2"),)


@pytest.mark.parametrize("share", ["", "--gpu-memory-utilization 0", "--gpu-memory-utilization 90"])
def test_a_share_that_is_not_given_or_none_is_the_whole_memory(share):
    """What is wrong with the share is told by SERVE016."""
    for mib, verdict in ((15317, Verdict.HEALTHY), (15316, Verdict.PROBLEM)):
        facts = {**LLAMA, GPUS: (gpu(memory_total=known(mib)),)}
        assert outcome(CODE, share, facts=facts).verdict is verdict


@pytest.mark.parametrize("sizes", ["-tp 2", "-pp 2"])
def test_two_gpus_share_them(sizes):
    two = {GPUS: T4[GPUS] * 2}
    assert outcome(CODE, f"{sizes} --gpu-memory-utilization 0.9", facts={**LLAMA, **two}).verdict is Verdict.HEALTHY


def test_the_smallest_gpu_decides():
    mixed = {GPUS: (gpu(), gpu(1, memory_total=known(7000)))}
    (message,) = problems(CODE, "-tp 2", facts={**LLAMA, **mixed})
    assert message == "its weights take 7.5 GiB of each GPU, and 6.8 GiB may be used"


def test_weights_that_fill_the_memory_to_the_last_byte_are_not_told():
    """What vLLM needs beside them is counted by `doctor plan`."""
    folder = models.folder_of(models.llama())
    share = demand_of(folder, None).weights / MIB
    facts = {MODEL: folder, GPUS: (gpu(memory_total=known(1)),)}
    assert outcome(CODE, f"--gpu-memory-utilization {share!r}", facts=facts).verdict is Verdict.HEALTHY


def test_without_a_gpu_it_does_not_apply():
    assert outcome(CODE, "", facts={**LLAMA, GPUS: ()}).verdict is Verdict.NOT_APPLICABLE


def test_what_is_not_known_is_undetermined():
    assert outcome(CODE, "", facts={**LLAMA, GPUS: (gpu(memory_total=unknown()),)}).verdict is Verdict.UNKNOWN
    beside = {GPUS: (gpu(memory_total=unknown()), gpu(1, memory_total=known(7168)))}
    (message,) = problems(CODE, "", facts={**LLAMA, **beside})
    assert message.endswith("and 7.0 GiB may be used")
    assert outcome(CODE, "", facts={MODEL: unknown()}).verdict is Verdict.UNKNOWN


def test_a_model_whose_size_cannot_be_told_is_undetermined():
    draft = models.llama(model_type="a-model-of-tomorrow")
    draft.tensors = {}
    draft.shards = 0
    found = outcome(CODE, "", facts={MODEL: models.folder_of(draft)})
    assert found.verdict is Verdict.UNKNOWN
    assert found.reasons == ("/models/tiny: the headers of its weights cannot be read",)

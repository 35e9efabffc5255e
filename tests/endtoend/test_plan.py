"""What a given model needs is planned from its tensors before anything is started."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.artifact.folder import Artifacts
from doctor.core.artifact.model import BASE, MODEL
from doctor.core.fact import Reason, Unknown
from doctor.core.machine.gpu import GPUS
from doctor.core.machine.system import MEMORY, Memory
from doctor.endtoend.job import Job
from doctor.endtoend.plan import plan
from tests import facts
from tests.bases import BASES

MODEL_ONLY = Artifacts(model="/models/merged")


def known_model():
    """The folder of a sound model, with some 16 million numbers."""
    return BASES["sound_model"]()[MODEL]


def snapshot(available, limit=0, **others):
    memory = Memory(total=64_000, available=available, limit=limit)
    return facts.snapshot({MODEL: known_model(), MEMORY: memory, **dict(others.values())})


def test_without_a_folder_it_is_a_tiny_model():
    assert plan(facts.snapshot({}), Artifacts(), "qwen3") == Job(architecture="qwen3")


def test_a_model_that_fits_is_read_in_float32():
    job = plan(snapshot(60_000), MODEL_ONLY)
    assert isinstance(job, Job)
    assert (job.model, job.reference) == ("/models/merged", "float32")
    assert job.arguments == ("--model", "/models/merged", "--reference", "float32")


@pytest.mark.parametrize("room", [{"available": 100}, {"available": 60_000, "limit": 100}])
def test_a_model_that_does_not_fit_is_refused_with_the_numbers(room):
    refusal = plan(snapshot(**room), MODEL_ONLY)
    assert isinstance(refusal, Unknown)
    assert refusal.reason is Reason.UNSUPPORTED
    assert "100 MiB are available" in refusal.detail


def test_adapters_go_on_the_base_where_one_is_named():
    artifacts = Artifacts(model="/models/merged", base="/models/base", adapters=("/a", "/b"))
    given = facts.snapshot({BASE: known_model(), MEMORY: Memory(total=64_000, available=60_000, limit=0)})
    job = plan(given, artifacts)
    assert isinstance(job, Job)
    assert job.arguments[:6] == ("--model", "/models/base", "--adapter", "/a", "--adapter", "/b")


def test_unknown_memory_or_weights_are_no_plan():
    assert isinstance(plan(facts.snapshot({MODEL: known_model()}), MODEL_ONLY), Unknown)
    assert isinstance(plan(facts.snapshot({MODEL: facts.unknown()}), MODEL_ONLY), Unknown)


def test_a_gpu_that_is_full_is_refused():
    gpus = BASES["sound_gpu"]()[GPUS]
    full = tuple(dataclasses.replace(gpu, memory_free=facts.known(500)) for gpu in gpus)
    refusal = plan(snapshot(60_000, gpus=(GPUS, full)), MODEL_ONLY)
    assert isinstance(refusal, Unknown)
    assert "500 MiB free" in refusal.detail

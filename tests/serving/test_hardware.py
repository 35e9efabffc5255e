"""The GPUs that a plan is for."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.fact import Known, Reason, Source, SourceKind, Unknown
from doctor.core.gpu import GPUS
from doctor.core.serving import GIB, MIB
from doctor.matrix.load import load_matrix
from doctor.serving.demand import PlanningError
from doctor.serving.hardware import hardware_of
from tests.bases import base

MATRIX = load_matrix()
SOURCE = Source(kind=SourceKind.RUN, where="a test")


def facts(name="NVIDIA A100-SXM4-80GB", reason=Reason.NOT_STATED, **known):
    """The busy base with GPUs of a name, and of which only the rest is known."""
    fact = base("busy").get(GPUS)
    assert isinstance(fact, Known)
    gone = Unknown(reason=reason, detail="x", source=SOURCE)
    sizes = {
        key: Known(value=known[key], source=SOURCE) if key in known else gone for key in ("memory_total", "memory_free")
    }
    changed = [dataclasses.replace(gpu, name=Known(value=name, source=SOURCE), **sizes) for gpu in fact.value]
    return base("busy").replace(GPUS, Known(value=tuple(changed), source=SOURCE))


def hardware(snapshot, name="", memory=0, gpus=1):
    return hardware_of(snapshot, MATRIX, name=name, memory=memory, gpus=gpus)


def test_what_is_here_is_planned_for():
    found = hardware(facts(memory_total=81559, memory_free=40000))
    assert (found.memory, found.free, found.idle) == (81559 * MIB, 40000 * MIB, False)


def test_a_gpu_that_is_only_named_has_the_size_of_its_name():
    found = hardware(facts(), gpus=2)
    assert (found.memory, found.free, found.idle) == (80 * GIB, 80 * GIB, True)


@pytest.mark.parametrize(
    "snapshot",
    [facts("NVIDIA H100"), facts(reason=Reason.FAILED), facts(memory_total=81559), facts(memory_free=81559)],
    ids=["no size in the name", "asked in vain", "free unknown", "total unknown"],
)
def test_what_is_not_known_is_not_guessed(snapshot):
    with pytest.raises(PlanningError, match="of GPU 0 is not known"):
        hardware(snapshot)


def test_more_gpus_than_there_are():
    with pytest.raises(PlanningError, match="99 GPUs were asked for"):
        hardware(facts(), gpus=99)

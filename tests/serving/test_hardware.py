"""The GPUs that a plan is for."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.fact import Known, Reason, Source, SourceKind, Unknown
from doctor.core.machine.gpu import GPUS
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


def test_a_named_gpu_has_the_size_of_its_name_or_the_one_that_is_given():
    named = hardware(facts(), name="NVIDIA A100-SXM4-80GB", gpus=4)
    assert (named.memory, named.free, named.gpus, named.capability) == (80 * GIB, 80 * GIB, 4, (8, 0))
    assert hardware(facts(), name="NVIDIA A100-SXM4-80GB", memory=40 * GIB).memory == 40 * GIB
    bare = hardware(facts(), memory=24 * GIB)
    assert (bare.name, bare.memory, bare.capability) == ("", 24 * GIB, None)


def test_a_name_that_is_not_known_or_tells_no_size():
    with pytest.raises(PlanningError, match="the matrix knows no GPU 'Voodoo'"):
        hardware(facts(), name="Voodoo")
    with pytest.raises(PlanningError, match="the memory of Tesla T4 is not known"):
        hardware(facts(), name="Tesla T4")


def test_without_a_gpu_there_is_nothing_to_plan_for():
    with pytest.raises(PlanningError, match="there is no GPU here to plan for"):
        hardware(base("busy").replace(GPUS, Known(value=(), source=SOURCE)))


def test_of_several_the_smallest_counts_and_an_unknown_capability_is_none():
    fact = base("busy").get(GPUS)
    assert isinstance(fact, Known)
    first, *_ = fact.value

    def of(total, free, capability):
        return dataclasses.replace(
            first,
            memory_total=Known(value=total, source=SOURCE),
            memory_free=Known(value=free, source=SOURCE),
            capability=Known(value=capability, source=SOURCE),
        )

    two = base("busy").replace(GPUS, Known(value=(of(80, 10, "9.0"), of(40, 30, "8.0")), source=SOURCE))
    found = hardware(two, gpus=2)
    assert (found.memory, found.free, found.capability) == (40 * MIB, 10 * MIB, (8, 0))
    odd = base("busy").replace(GPUS, Known(value=(of(80, 10, "9.0"), of(40, 30, "x")), source=SOURCE))
    assert hardware(odd, gpus=2).capability is None

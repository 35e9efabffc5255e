"""Making the memory plan of a server out of a snapshot: of what is best, or of a command that is given."""

from __future__ import annotations

from typing import TypeVar

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.artifact.model import MODEL
from doctor.core.fact import Known
from doctor.core.machine.gpu import GPUS
from doctor.core.matrix import ENGINES, Matrix
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.release import VllmRelease
from doctor.core.serve import SERVE
from doctor.core.serving import GIB, ServingPlan
from doctor.core.snapshot import Key, Snapshot
from doctor.serving.advice import plan_server
from doctor.serving.demand import PlanningError, demand_of, ranks_of, require_model
from doctor.serving.hardware import hardware_of
from doctor.serving.served import plan_command
from doctor.serving.wishes import Goal, Wishes

T = TypeVar("T")

NEEDED = frozenset(key.name for key in (MODEL, ADAPTERS, GPUS, DISTRIBUTIONS))
"""The names of the facts that a plan is made of."""


_MOST_MEMORY = 1e6
"""GiB of one GPU; what is more is a slip, or infinite."""


def plan_best(
    snapshot: Snapshot,
    matrix: Matrix,
    *,
    gpu: str = "",
    gpu_memory: float = 0,
    gpus: int = 1,
    length: int = 0,
    goal: Goal = Goal.THROUGHPUT,
    vllm: str = "",
) -> ServingPlan:
    """Plan a server for the model of a snapshot; `gpu_memory` is in GiB, and 0 and "" stand for what is there.

    Raises:
        PlanningError: something that a plan needs is not known, or does not fit together.
    """
    if not 0 <= gpu_memory <= _MOST_MEMORY:  # which is so for NaN, too
        raise PlanningError(f"no GPU has {gpu_memory} GiB of memory", hint="give that of one GPU with --gpu-memory GIB")
    model = _value(snapshot, MODEL)
    require_model(model)
    release = _release(snapshot, matrix, vllm)
    hardware = hardware_of(snapshot, matrix, name=gpu, memory=int(gpu_memory * GIB), gpus=gpus)
    adapters = snapshot.get(ADAPTERS)
    folders = adapters.value if isinstance(adapters, Known) else ()
    wishes = Wishes(goal=goal, length=length, ranks=ranks_of(folders), adapters=tuple(item.path for item in folders))
    return plan_server(model.path, demand_of(model, release, gpus), hardware, wishes, release)


def plan_checked(snapshot: Snapshot, matrix: Matrix) -> ServingPlan:
    """Plan what a check is about: the command that is to serve where one was given, else the best for the model.

    Raises:
        PlanningError: something that a plan needs is not known, or is not counted.
    """
    command = snapshot.get(SERVE)
    if not isinstance(command, Known):
        return plan_best(snapshot, matrix)
    model = _value(snapshot, MODEL)
    require_model(model)
    release = _release(snapshot, matrix, "")
    gpus = command.value.number("tensor_parallel_size") or 1
    hardware = hardware_of(snapshot, matrix, name="", memory=0, gpus=gpus)
    return plan_command(command.value, model.path, demand_of(model, release, gpus), hardware, release)


def _value(snapshot: Snapshot, key: Key[T]) -> T:
    fact = snapshot.get(key)
    if not isinstance(fact, Known):
        raise PlanningError(f"a plan needs {key.name}: {getattr(fact, 'detail', '') or 'it is not known'}")
    value: T = fact.value
    return value


def _release(snapshot: Snapshot, matrix: Matrix, version: str) -> VllmRelease | None:
    """The release that serves: the one that was named, or the installed one; None where it is not known."""
    if version:
        found = matrix.vllm_release(version)
        if found is None:
            raise PlanningError(f"the matrix knows no vLLM {version}", hint="leave --vllm out to plan without it")
        return found
    fact = snapshot.get(DISTRIBUTIONS)
    installed = {item.name: item.version for item in fact.value} if isinstance(fact, Known) else {}
    versions = [installed[name] for name in ENGINES if name in installed]
    return matrix.vllm_release(versions[0]) if versions else None

"""``doctor plan``."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import click

from doctor.cli.options import colour_option, debug_option, matrix_option, output_option
from doctor.cli.output import write
from doctor.cli.subject import Subject, adapter_option, model_option, python_option, snapshot_option, takes_subject
from doctor.cli.terminal import look_of
from doctor.core.adapter import ADAPTERS
from doctor.core.distribution import DISTRIBUTIONS
from doctor.core.fact import Known
from doctor.core.gpu import GPUS
from doctor.core.matrix import ENGINES, Matrix
from doctor.core.model import MODEL
from doctor.core.release import VllmRelease
from doctor.core.serving import GIB, ServingPlan
from doctor.core.snapshot import Key, Snapshot
from doctor.serving.advice import plan_server
from doctor.serving.demand import PlanningError, demand_of, ranks_of
from doctor.serving.hardware import hardware_of
from doctor.serving.wishes import Goal, Wishes

T = TypeVar("T")

_WANTED = frozenset(key.name for key in (MODEL, ADAPTERS, GPUS, DISTRIBUTIONS))


@click.command(short_help="Plan the memory and the arguments of a server for a model.")
@takes_subject(model_option, adapter_option, python_option, snapshot_option)
@click.option(
    "--gpu", "gpu_name", metavar="NAME", default="", help="The GPU, as NVML names it. Default: that of this machine."
)
@click.option("--gpu-memory", metavar="GIB", type=click.FloatRange(min=0.1), help="The memory of one GPU in GiB.")
@click.option(
    "--gpus",
    metavar="N",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="How many GPUs share the model.",
)
@click.option(
    "--max-model-len", metavar="TOKENS", type=click.IntRange(min=1), help="The longest request. Default: the model's."
)
@click.option(
    "--goal",
    type=click.Choice([item.value for item in Goal]),
    default=Goal.THROUGHPUT.value,
    show_default=True,
    help="What the server is to be good at: how many tokens a step computes, and for how many requests.",
)
@click.option("--vllm", metavar="VERSION", default="", help="The release that will serve. Default: the installed one.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@output_option
@matrix_option
@colour_option
@debug_option
def plan(
    subject: Subject,
    gpu_name: str,
    gpu_memory: float | None,
    gpus: int,
    max_model_len: int | None,
    goal: str,
    vllm: str,
    form: str,
    output: Path | None,
    matrices: tuple[Path, ...],
    colour: bool | None,
) -> int:
    """Plan the memory and the arguments of a server, from the files of a model alone.

    Nothing is loaded and nothing is run. Weights, adapters and cache are exact, what CUDA takes
    besides is an estimate. Exit codes: 0 a plan that fits, 1 not one request fits, 2 usage or a
    folder that cannot be read.
    """
    if subject.live and not subject.artifacts.model:
        raise click.UsageError("a plan is made for a model: give its folder with --model")
    matrix, snapshot = _gather(subject, matrices)
    release = _release(snapshot, matrix, vllm)
    hardware = hardware_of(snapshot, matrix, name=gpu_name, memory=int((gpu_memory or 0) * GIB), gpus=gpus)
    model = _value(snapshot, MODEL)
    adapters = snapshot.get(ADAPTERS)
    folders = adapters.value if isinstance(adapters, Known) else ()
    wishes = Wishes(
        goal=Goal(goal),
        length=max_model_len or 0,
        ranks=ranks_of(folders),
        adapters=tuple(item.path for item in folders),
    )
    found = plan_server(model.path, demand_of(model, release, gpus), hardware, wishes, release)
    write(_render(found, form, colour, output), output)
    return 0 if found.capacity else 1


def _gather(subject: Subject, matrices: tuple[Path, ...]) -> tuple[Matrix, Snapshot]:
    def load() -> Matrix:
        from doctor.matrix.load import load_matrix

        return load_matrix(matrices)

    examined, matrix = subject.read(load, wanted=_WANTED)
    return matrix, examined.snapshot


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


def _render(found: ServingPlan, form: str, colour: bool | None, output: Path | None) -> str:
    if form == "json":
        from doctor.formats.serving import render

        return render(found)
    from doctor.formats.page import Page
    from doctor.formats.serving_text import write_plan

    return write_plan(Page(look_of(colour, to_file=output is not None)), found)

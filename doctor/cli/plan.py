"""``doctor plan``."""

from __future__ import annotations

from pathlib import Path

import click

from doctor.cli.known import load_known
from doctor.cli.options import colour_option, debug_option, examples, matrix_option, output_option
from doctor.cli.output import write
from doctor.cli.planning import NEEDED, plan_best
from doctor.cli.subject import Subject, adapter_option, model_option, python_option, snapshot_option, takes_subject
from doctor.cli.terminal import look_of
from doctor.core.serving import ServingPlan
from doctor.serving.wishes import Goal


@click.command(
    short_help="Plan the memory and the arguments of a server for a model.",
    epilog=examples(
        "doctor plan --model merged",
        "doctor plan --model merged --adapter lora --gpu 'NVIDIA A100-SXM4-80GB' --gpus 2",
        "doctor plan --model merged --gpu-memory 22.5 --goal latency --format html -o plan.html",
    ),
)
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
@click.option("--format", "form", type=click.Choice(["text", "json", "html"]), default="text", show_default=True)
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
    examined, matrix = subject.read(lambda: load_known(matrices), wanted=NEEDED)
    found = plan_best(
        examined.snapshot,
        matrix,
        gpu=gpu_name,
        gpu_memory=gpu_memory or 0,
        gpus=gpus,
        length=max_model_len or 0,
        goal=Goal(goal),
        vllm=vllm,
    )
    write(_render(found, form, colour, output), output)
    return 0 if found.capacity else 1


def _render(found: ServingPlan, form: str, colour: bool | None, output: Path | None) -> str:
    if form == "json":
        from doctor.formats.serving import render

        return render(found)
    if form == "html":
        from doctor.formats.serving_html import render as render_page

        return render_page(found)
    from doctor.formats.page import Page
    from doctor.formats.serving_text import write_plan

    return write_plan(Page(look_of(colour, to_file=output is not None)), found)

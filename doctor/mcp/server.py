"""The server: four tools that look and change nothing.

It speaks over standard input and output (https://modelcontextprotocol.io/specification), so nothing here may print.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field

from doctor import __version__, api
from doctor.core.errors import DoctorError
from doctor.core.redaction import redact
from doctor.formats.clean import clean
from doctor.mcp.answers import (
    Checked,
    Explained,
    Planned,
    PlannedFix,
    checked,
    explained_rule,
    explained_text,
    planned,
    planned_fix,
)

INSTRUCTIONS = (
    "doctor examines Python environments in which language models are fine-tuned (Unsloth, Hugging Face, PEFT) and "
    "served (vLLM, LoRA). No tool changes anything: commands in the answers are for the user to run. What could not be "
    "determined is not healthy: say so."
)

Python = Annotated[
    str | None,
    Field(description="The interpreter to examine, or the folder of its environment. Default: the active environment."),
]
SnapshotFile = Annotated[
    str | None, Field(description="A file that `doctor snapshot` wrote on another machine, in place of `python`.")
]
Model = Annotated[str | None, Field(description="The folder of the model that is to be served.")]
Adapters = Annotated[list[str] | None, Field(description="Folders of LoRA adapters.")]
Codes = Annotated[
    list[str] | None, Field(description="Codes of rules or their beginnings: PKG001, or PKG for all of the topic.")
]

_READS = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False)


def build() -> MCPServer[Any]:
    """The server with its tools, not yet running."""
    server = MCPServer("doctor", version=__version__, instructions=INSTRUCTIONS, log_level="WARNING")
    for tool, title in (
        (check, "Check an environment"),
        (explain, "Explain a rule or an error text"),
        (plan, "Plan a server's memory and arguments"),
        (fix_plan, "Plan what mends an environment"),
    ):
        server.add_tool(tool, title=title, annotations=_READS, structured_output=True)
    return server


def check(
    python: Python = None,
    snapshot: SnapshotFile = None,
    requirements: Annotated[
        str | None,
        Field(description="Pinned requirements, or a lock of uv, Poetry, PDM or pip, not installed yet."),
    ] = None,
    dockerfile: Annotated[str | None, Field(description="A Dockerfile whose image is not built yet.")] = None,
    target_python: Annotated[str | None, Field(description="The Python that a file is for: 3.11.")] = None,
    target_gpu: Annotated[str | None, Field(description="The GPUs that they will run on: H100:8.")] = None,
    target_driver: Annotated[str | None, Field(description="The NVIDIA driver there: 550.54.15.")] = None,
    model: Model = None,
    base: Annotated[str | None, Field(description="The folder of the base model of `model` or `adapters`.")] = None,
    adapters: Adapters = None,
    serve: Annotated[str | None, Field(description='A command line to judge, not run: "vllm serve MODEL ...".')] = None,
    select: Codes = None,
    ignore: Codes = None,
) -> Annotated[CallToolResult, Checked]:
    """Examine an environment for fine-tuning and serving language models, and say what is wrong with it.

    Finds packages that do not fit each other, compiled extensions for another torch, drivers that are too old, model
    and adapter folders that vLLM refuses or serves wrongly, and arguments of `vllm serve` that this release lacks.
    Nothing is imported or changed.
    """
    with _errors():
        report = api.check(
            python,
            snapshot=snapshot,
            requirements=requirements,
            dockerfile=dockerfile,
            target_python=target_python,
            target_gpu=target_gpu,
            target_driver=target_driver,
            model=model,
            base=base,
            adapters=adapters or (),
            serve=serve,
            select=select or (),
            ignore=ignore or (),
        )
        return _answer(report.render(), checked(report))


def explain(
    code: Annotated[str | None, Field(description="A rule's code or name: PKG001, requirement-not-met.")] = None,
    text: Annotated[str | None, Field(description="An error text, a traceback or a server's log.")] = None,
    python: Python = None,
    snapshot: SnapshotFile = None,
) -> Annotated[CallToolResult, Explained]:
    """Explain a rule by its code, or what an error text comes from.

    Give one of `code` and `text`. A text is held against known breakages, and against an environment where `python` or
    `snapshot` names one, which makes the answer more certain.
    """
    if (code is None) == (text is None):
        raise ToolError("give one of code and text")
    with _errors():
        if code is not None:
            rule = api.explain(code)
            return _answer(f"{rule.code} {rule.name}\n\n{rule.explanation}", explained_rule(rule))
        diagnosis = api.diagnose(text or "", python=python, snapshot=snapshot)
    found = explained_text(diagnosis)
    lines = [f"{cause.certainty}: {cause.name}: {cause.reason}" for cause in found.causes]
    lines += [f"  fix: {fix.text}" for cause in found.causes for fix in cause.fixes]
    return _answer("\n".join(lines) or "Nothing that is known has these words.", found)


def plan(
    model: Annotated[str, Field(description="The folder of the model: config.json and safetensors files.")],
    adapters: Adapters = None,
    gpu: Annotated[str, Field(description="The GPU's name as nvidia-smi shows it. Default: this machine's.")] = "",
    gpu_memory: Annotated[float, Field(ge=0, description="GiB of one GPU, where its name does not say it.")] = 0,
    gpus: Annotated[int, Field(ge=1, description="How many GPUs share the model.")] = 1,
    max_model_len: Annotated[int, Field(ge=0, description="Tokens of the longest request. 0: the model's.")] = 0,
    goal: Annotated[
        Literal["latency", "throughput", "memory"], Field(description="What the server is to be good at.")
    ] = "throughput",
    vllm: Annotated[str, Field(description="The release of vLLM that will serve. Default: the installed one.")] = "",
) -> Annotated[CallToolResult, Planned]:
    """Plan the GPU memory and the arguments of `vllm serve` for a model, from its files alone.

    Says what takes the memory of a GPU, how many tokens and requests fit, and each argument with its reason.
    """
    from doctor.formats.look import Look
    from doctor.formats.page import Page
    from doctor.formats.serving_text import write_plan

    with _errors():
        found = api.plan(
            model,
            adapters=adapters or (),
            gpu=gpu,
            gpu_memory=gpu_memory,
            gpus=gpus,
            max_model_len=max_model_len,
            goal=goal,
            vllm=vllm,
        )
    return _answer(write_plan(Page(Look()), found), planned(found))


def fix_plan(
    python: Python = None,
    snapshot: SnapshotFile = None,
    known_good_set: Annotated[str, Field(description="Go to this known-good set: vllm-0.32.0.")] = "",
    vllm: Annotated[str, Field(description="Go to a known-good set of this version of vLLM.")] = "",
    keep: Annotated[list[str] | None, Field(description="Packages that stay in their version.")] = None,
) -> Annotated[CallToolResult, PlannedFix]:
    """Plan the smallest change that mends an environment, and change nothing.

    The user applies it with `doctor fix --apply`, which rolls back what fails.
    """
    with _errors():
        found = api.plan_fix(python, snapshot=snapshot, set_name=known_good_set, vllm=vllm, keep=keep or ())
    return _answer(found.text, planned_fix(found))


def _answer(text: str, structured: Any) -> CallToolResult:
    return CallToolResult(
        content=[TextContent(type="text", text=_readable(text))],
        structured_content=_redacted(dataclasses.asdict(structured)),
    )


def _readable(text: str) -> str:
    return "\n".join(clean(line) for line in redact(text).split("\n"))


def _redacted(value: Any) -> Any:
    """What is answered, without secrets: all of it goes to a language model."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: _redacted(item) for key, item in value.items()}
    return [_redacted(item) for item in value] if isinstance(value, list) else value


@contextlib.contextmanager
def _errors() -> Iterator[None]:
    """Hand errors that the caller can do something about to it, each with its hint."""
    try:
        yield
    except DoctorError as error:
        said = f"{error.message}\nhint: {error.hint}" if error.hint else error.message
        raise ToolError(_readable(said)) from error

"""How the cost grows: with distributions, with sets of the matrix, with the size of a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.benchmarking.generated import fill_environment, write_model, write_sets
from scripts.benchmarking.measurement import Series, Tool
from scripts.benchmarking.peers import installers
from scripts.benchmarking.rounds import measure_rounds, say
from scripts.make_environments import Tools, interpreter_of, site_packages_of

Command = tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Point:
    """What was measured at one size."""

    size: int
    series: list[Series]


def by_distributions(doctor: Command, sizes: Sequence[int], tools: Tools, rounds: int, scratch: Path) -> list[Point]:
    """`doctor check` and the tools that check requirements, on generated environments."""
    points = []
    for size in sizes:
        environment = scratch / f"environment-{size}"
        tools.run("venv", "--quiet", "--python", tools.python, str(environment))
        say(f"making an environment of {size} distributions")
        fill_environment(site_packages_of(environment), size)
        python = str(interpreter_of(environment))
        apart = scratch / f"tools-{size}"
        apart.mkdir()
        compared = [
            _tool(doctor, "doctor check", "check", "--python", python),
            *(tool for tool in installers(environment, tools, apart) if "--python" not in tool.name),
        ]
        points.append(Point(size=size, series=measure_rounds(compared, rounds, scratch, title=f"{size} distributions")))
    return points


def by_sets(doctor: Command, sizes: Sequence[int], python: str, rounds: int, scratch: Path) -> list[Point]:
    """`doctor check` with more and more known-good sets beside the shipped ones."""
    points = []
    for size in sizes:
        matrix = write_sets(scratch / f"sets-{size}.toml", size)
        tool = _tool(doctor, "doctor check --matrix", "check", "--python", python, "--matrix", str(matrix))
        points.append(Point(size=size, series=measure_rounds([tool], rounds, scratch, title=f"{size} sets")))
    return points


def by_model(doctor: Command, rounds: int, scratch: Path) -> list[Series]:
    """`doctor check --model` on one file of 10 GB, and on an index of 200 shards."""
    large = write_model(scratch / "one-file", 10, 1)
    many = write_model(scratch / "shards", 10, 200)
    tools = [
        _tool(doctor, "doctor check --model, one file of 10 GB", *_model(large)),
        _tool(doctor, "doctor check --model, 200 shards", *_model(many)),
    ]
    return measure_rounds(tools, rounds, scratch, title="model folders")


def _model(folder: Path) -> tuple[str, ...]:
    return ("check", "--model", str(folder), "--select", "MODEL")


def _tool(doctor: Command, name: str, *arguments: str) -> Tool:
    return Tool(name=name, command=(*doctor, *arguments), version="")

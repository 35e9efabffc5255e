"""PKG020."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from doctor.core.fact import Source, SourceKind
from doctor.core.install import reinstall
from doctor.core.interpreter import INTERPRETER, Interpreter
from doctor.core.packages.distribution import COMMANDS, DISTRIBUTIONS, Command, Distribution
from doctor.core.packages.names import COMMANDS as OWNERS
from doctor.core.packages.stack import installed
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.rules.pkg.stack import listing


@rule(
    severity=Severity.ERROR,
    cause=Cause.CORRUPTED_INSTALL,
    since="0.1.0",
    reads=(INTERPRETER, DISTRIBUTIONS, COMMANDS),
)
def command_of_another_python(env: Env) -> Iterator[Problem]:
    """The commands of an environment start its interpreter.

    ## What it checks
    `vllm`, `torchrun`, `accelerate`, `pip` and the other commands of the stack in the environment's `bin` name
    in their first line the interpreter that is examined. It is an error where there is none at the path that they name,
    and a warning where there is another one.

    ## Why it matters
    Installers write the absolute path of the interpreter into each command. An environment that was moved, renamed or
    copied, from one stage of an image to another path of the next for example, keeps the old one: `vllm serve`
    ends in `bad interpreter: No such file or directory`, or runs with the packages of the old environment, and
    `pip install` changes that one, while `python -m` is right.

    ## How to fix it
    Make the environment where it is to stay, install the distributions of these commands again, or start them
    with `python -m`. `uv venv --relocatable` makes environments that can be moved.

    ## Sources
    - https://docs.python.org/3/library/venv.html#how-venvs-work
    - https://docs.astral.sh/uv/reference/cli/#uv-venv--relocatable
    """
    interpreter = env.need(INTERPRETER)
    distributions = env.need(DISTRIBUTIONS)
    strangers: dict[tuple[str, str], list[Command]] = {}
    for item in env.need(COMMANDS):
        if item.place != "here":
            strangers.setdefault((item.python, item.place), []).append(item)
    for (python, place), commands in strangers.items():
        names = listing(item.name for item in commands)
        start = "starts" if len(commands) == 1 else "start"
        which = "which is not there" if place == "missing" else f"and not {interpreter.executable}"
        yield Problem(
            subject=commands[0].name,
            message=f"{names} in {interpreter.scripts} {start} {python}, {which}",
            location=Source(kind=SourceKind.FILE, where=commands[0].path),
            severity=Severity.ERROR if place == "missing" else Severity.WARNING,
            remedies=(_remedy(commands, interpreter, distributions),),
        )


def _remedy(commands: Iterable[Command], interpreter: Interpreter, distributions: tuple[Distribution, ...]) -> Remedy:
    owners = [installed(distributions, *OWNERS.get(item.name, ())) for item in commands]
    # What comes from elsewhere is not put back by its version.
    broken = {item.name: item for item in owners if item is not None and item.origin == "index"}
    if not broken:
        return Remedy(text=f"Start it with {interpreter.executable} -m", safety=Safety.MANUAL)
    again = reinstall(interpreter, distributions, *broken.values())
    return Remedy(text=f"Install {listing(broken)} again, which writes the command anew", commands=(again,))

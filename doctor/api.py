"""The programming interface: what the commands do, as functions that return typed values.

``from doctor import check`` imports this module when it is used. Arguments are named as the options of the commands
are; every error that a caller can do something about is a `DoctorError` with a `hint`. Nothing is written, neither to
standard output nor to a file, and nothing that is examined is changed.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from doctor.cli.criteria import Criteria, load_criteria
from doctor.cli.examine import Examined
from doctor.cli.known import load_known
from doctor.cli.locking import distributions_in
from doctor.cli.planning import NEEDED, plan_best
from doctor.cli.reports import FORMATS, renderer, rendering_of, with_pictures
from doctor.cli.subject import Subject, subject_of
from doctor.core.diagnosis import Diagnosis
from doctor.core.errors import ArgumentError, DoctorError
from doctor.core.keys import KEYS
from doctor.core.report import Problem, Severity
from doctor.core.report import Report as _Report
from doctor.core.rule import Rule
from doctor.core.serving import ServingPlan
from doctor.core.snapshot import Snapshot
from doctor.formats.stack import summarise
from doctor.serving.wishes import Goal

if TYPE_CHECKING:
    from doctor.remedy.plan import Move, Plan

__all__ = [
    "ArgumentError",
    "Diagnosis",
    "DoctorError",
    "FixPlan",
    "Problem",
    "Report",
    "Rule",
    "ServingPlan",
    "Severity",
    "Snapshot",
    "check",
    "diagnose",
    "explain",
    "plan",
    "plan_fix",
    "snapshot",
]

PathLike = str | os.PathLike[str]

_IN_MEMORY = "a snapshot"
"""What stands in the place of a file's name: a snapshot goes with the same arguments, wherever it is."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Report(_Report):
    """A report with the snapshot that was judged. A notebook shows it as a short list of what was found."""

    snapshot: Snapshot = field(compare=False)
    _examined: Examined = field(compare=False)
    _criteria: Criteria = field(compare=False)

    def __repr__(self) -> str:
        return f"Report({self.target!r}, {self.verdict().value}, {len(self.problems())} problems)"

    def __str__(self) -> str:
        return self.render()

    @property
    def healthy(self) -> bool:
        """Whether everything that was selected could be judged, and nothing is an error."""
        return self.exit_code(Severity.ERROR) == 0

    @property
    def rules(self) -> Mapping[str, Rule]:
        """The rules of the outcomes, by their codes."""
        return {rule.code: rule for rule in self._criteria.rules}

    @property
    def versions(self) -> dict[str, str]:
        """The installed versions of the packages that decide whether a stack works, by their names."""
        return dict(summarise(self.snapshot).versions)

    def render(self, form: str = "text", *, fail_on: Severity = Severity.ERROR) -> str:
        """Write it in one of the formats of ``doctor check --format``.

        Raises:
            ArgumentError: there is no such format.
            DoctorError: a library that the format needs is not installed.
        """
        if form not in FORMATS:
            raise ArgumentError(f"there is no format {form!r}", hint=f"there are {', '.join(FORMATS)}")
        rendering = rendering_of(self, self._examined, self._criteria, fail_on=fail_on)
        if form == "html":
            rendering = with_pictures(rendering, self._criteria.matrix)
        return renderer(form)(rendering)

    def _repr_html_(self) -> str:
        """What a notebook shows (https://ipython.readthedocs.io/en/stable/config/integrating.html)."""
        from doctor.formats.notebook import render

        return render(rendering_of(self, self._examined, self._criteria))


@dataclass(frozen=True, slots=True, kw_only=True)
class FixPlan:
    """What `doctor fix` would do: the plan, what it moves, and both in words. Nothing of it was done."""

    plan: Plan
    moves: tuple[Move, ...]
    text: str

    def __str__(self) -> str:
        return self.text


def snapshot(
    python: PathLike | None = None,
    *,
    model: PathLike | None = None,
    base: PathLike | None = None,
    adapters: Iterable[PathLike] = (),
    deep: bool = False,
) -> Snapshot:
    """Take the facts of an environment, without importing anything of it.

    `python` is an interpreter or the folder of its environment; None takes what ``doctor check`` would. `model`, `base`
    and `adapters` are folders that are looked at with it; `deep` compares the hashes of all installed files.

    Raises:
        DoctorError: there is no such interpreter or folder.
    """
    subject = _subject(python=_text(python), model=_path(model), base=_path(base), adapters=_paths(adapters), deep=deep)
    examined, _ = subject.read(lambda: None, wanted=frozenset(KEYS), quiet=True)
    return examined.snapshot


def check(
    python: PathLike | None = None,
    *,
    snapshot: Snapshot | PathLike | None = None,
    collect_env: PathLike | None = None,
    requirements: PathLike | None = None,
    dockerfile: PathLike | None = None,
    target_python: str | None = None,
    target_gpu: str | None = None,
    target_driver: str | None = None,
    target_platform: str | None = None,
    target_glibc: str | None = None,
    extras: Iterable[str] = (),
    groups: Iterable[str] = (),
    build_args: Iterable[str] = (),
    model: PathLike | None = None,
    base: PathLike | None = None,
    adapters: Iterable[PathLike] = (),
    serve: str | None = None,
    train_env: PathLike | None = None,
    deep: bool = False,
    select: Iterable[str] = (),
    ignore: Iterable[str] = (),
    matrices: Iterable[PathLike] = (),
) -> Report:
    """Examine an environment, or what a file tells of one, and judge it.

    The arguments are the options of ``doctor check``. The `target_` ones say what `requirements`, `dockerfile` or
    `collect_env` leave out of the machine (``target_gpu="H100:8"``), `extras` and `groups` what of a lock is installed,
    and `build_args` (``NAME=VALUE``) what a Dockerfile is built with. `select` and
    `ignore` take codes of rules or their beginnings (``PKG``, ``GPU0``), `serve` is a command line of
    ``vllm serve``, and `snapshot` a file or what `snapshot()` returned.

    Raises:
        DoctorError: something that was named does not exist, cannot be read, or does not go together.
    """
    subject = _subject(
        python=_text(python),
        snapshot=_IN_MEMORY if isinstance(snapshot, Snapshot) else _text(snapshot),
        collect_env=_text(collect_env),
        requirements=_text(requirements),
        dockerfile=_text(dockerfile),
        target_python=target_python,
        target_gpu=target_gpu,
        target_driver=target_driver,
        target_platform=target_platform,
        target_glibc=target_glibc,
        extras=_words(extras, "extras"),
        groups=_words(groups, "groups"),
        build_args=_words(build_args, "build_args"),
        model=_path(model),
        base=_path(base),
        adapters=_paths(adapters),
        serve=serve,
        train_env=_text(train_env),
        deep=deep,
    )
    selected, ignored = _words(select, "select"), _words(ignore, "ignore")
    if isinstance(snapshot, Snapshot):
        criteria = load_criteria(selected, ignored, _paths(matrices))
        examined = Examined(snapshot=subject.complete(snapshot, quiet=True), why=_IN_MEMORY)
    else:
        narrowed = load_criteria(selected, ignored, _paths(matrices)) if selected or ignored else None
        wanted = narrowed.reads() if narrowed else None
        examined, criteria = subject.read(
            lambda: narrowed or load_criteria((), (), _paths(matrices)),
            wanted=wanted,
            matrices=_paths(matrices),
            quiet=True,
        )
    report = criteria.judge(examined.snapshot)
    values = {item.name: getattr(report, item.name) for item in fields(_Report)}
    return Report(**values, snapshot=examined.snapshot, _examined=examined, _criteria=criteria)


def explain(name: str) -> Rule:
    """What a rule checks, why, and how it is mended: ``explain("PKG001").explanation``.

    Raises:
        SelectionError: there is no rule of that code or name.
    """
    from doctor.engine.catalogue import find

    return find(name)


def diagnose(
    text: str,
    *,
    python: PathLike | None = None,
    snapshot: Snapshot | PathLike | None = None,
    matrices: Iterable[PathLike] = (),
) -> Diagnosis:
    """What an error text comes from: a traceback, or the log of a server.

    It is held against the environment that `python` or `snapshot` names, and by itself where neither is given.

    Raises:
        DoctorError: the environment cannot be examined, or the text is empty.
    """
    from doctor.engine.diagnose import diagnose as explain_text

    if not text.strip():
        raise ArgumentError("the error text is empty")
    if python is None and snapshot is None:
        return explain_text(text, None, load_known(_paths(matrices)), None)
    report = check(python, snapshot=snapshot, matrices=matrices)
    return explain_text(text, report.snapshot, report._criteria.matrix, report)


def plan(
    model: PathLike,
    *,
    adapters: Iterable[PathLike] = (),
    gpu: str = "",
    gpu_memory: float = 0,
    gpus: int = 1,
    max_model_len: int = 0,
    goal: str = "throughput",
    vllm: str = "",
    python: PathLike | None = None,
    matrices: Iterable[PathLike] = (),
) -> ServingPlan:
    """Plan the memory and the arguments of a server for a model folder; see ``doctor plan``.

    `gpu_memory` is that of one GPU in GiB; without it and `gpu` (its name) the GPUs of this machine are planned for.

    Raises:
        DoctorError: the folder tells too little for a plan, or nothing is known of the GPU.
    """
    goals = [item.value for item in Goal]
    if goal not in goals:
        raise ArgumentError(f"there is no goal {goal!r}", hint=f"there are {', '.join(goals)}")
    if gpus < 1 or gpu_memory < 0 or max_model_len < 0:
        raise ArgumentError("gpus, gpu_memory and max_model_len are no negative numbers, and there is one GPU at least")
    subject = _subject(python=_text(python), model=_path(model), adapters=_paths(adapters))
    examined, matrix = subject.read(lambda: load_known(_paths(matrices)), wanted=NEEDED, quiet=True)
    return plan_best(
        examined.snapshot,
        matrix,
        gpu=gpu,
        gpu_memory=gpu_memory,
        gpus=gpus,
        length=max_model_len,
        goal=Goal(goal),
        vllm=vllm,
    )


def plan_fix(
    python: PathLike | None = None,
    *,
    snapshot: Snapshot | PathLike | None = None,
    set_name: str = "",
    vllm: str = "",
    keep: Iterable[str] = (),
    matrices: Iterable[PathLike] = (),
) -> FixPlan:
    """Plan the smallest change that mends an environment; see ``doctor fix``. Nothing is changed.

    Raises:
        DoctorError: the environment cannot be examined, or what is wished for cannot be had.
    """
    from doctor.remedy.plan import Wishes
    from doctor.remedy.planner import plan_mend
    from doctor.remedy.text import intended_moves, render_plan

    report = check(python, snapshot=snapshot, matrices=matrices)
    wishes = Wishes(set_name=set_name, vllm=vllm, keep=_words(keep, "keep"))
    found = plan_mend(report, report.snapshot, report._criteria.matrix, wishes)
    moves = intended_moves(found, distributions_in(report.snapshot))
    return FixPlan(plan=found, moves=moves, text=render_plan(found, moves))


def _subject(**given: Any) -> Subject:
    with _errors():
        subject = subject_of(**given)
    if subject.on_stdin or subject.train_env == "-":
        raise ArgumentError("standard input is that of the program: give the name of a file")
    return subject


@contextlib.contextmanager
def _errors() -> Iterator[None]:
    """Turn the errors of the command line into those of the package."""
    try:
        yield
    except click.UsageError as error:
        raise ArgumentError(error.format_message()) from error


def _words(values: Iterable[str], name: str) -> tuple[str, ...]:
    if isinstance(values, str):
        raise ArgumentError(f"{name} is a list of texts", hint=f'write {name}=["{values}"]')
    return tuple(values)


def _text(path: PathLike | None) -> str | None:
    return None if path is None else os.fspath(path)


def _path(path: PathLike | None) -> Path | None:
    return None if path is None else Path(path)


def _paths(paths: Iterable[PathLike]) -> tuple[Path, ...]:
    if isinstance(paths, (str, os.PathLike)):
        raise ArgumentError("one path was given where there may be several", hint=f"write [{os.fspath(paths)!r}]")
    return tuple(map(Path, paths))

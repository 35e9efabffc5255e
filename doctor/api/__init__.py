"""The programming interface: what the commands do, as functions that return typed values.

``from doctor import check`` imports this module when it is used. Arguments are named as the options of the commands
are; every error that a caller can do something about is a `DoctorError` with a `hint`. Nothing is written, neither to
standard output nor to a file, and nothing that is examined is changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace

from doctor.api.arguments import PathLike, path_of, paths_of, subject_for, text_of, words
from doctor.api.results import FixPlan, Report
from doctor.cli.criteria import load_criteria
from doctor.cli.examine import Examined, without_names
from doctor.cli.fix.locking import distributions_in
from doctor.cli.known import load_known
from doctor.cli.planning import NEEDED, plan_best
from doctor.core.diagnosis import Diagnosis
from doctor.core.errors import ArgumentError, DoctorError
from doctor.core.keys import KEYS
from doctor.core.redaction import redact, without_secrets
from doctor.core.report import Problem, Severity
from doctor.core.report import Report as _Report
from doctor.core.rule import Rule
from doctor.core.serving import ServingPlan
from doctor.core.snapshot import Snapshot
from doctor.serving.wishes import Goal

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

_IN_MEMORY = "a snapshot"
"""What stands in the place of a file's name: a snapshot goes with the same arguments, wherever it is."""


def snapshot(
    python: PathLike | None = None,
    *,
    model: PathLike | None = None,
    base: PathLike | None = None,
    adapters: Iterable[PathLike] = (),
    deep: bool = False,
    anonymous: bool = False,
) -> Snapshot:
    """Take the facts of an environment, without importing anything of it.

    `python` is an interpreter or the folder of its environment; None takes what ``doctor check`` would. `model`, `base`
    and `adapters` are folders that are looked at with it; `deep` compares the hashes of all installed files, and
    `anonymous` leaves out the names of host, user and private folders.

    Raises:
        DoctorError: there is no such interpreter or folder.
    """
    subject = subject_for(
        python=text_of(python), model=path_of(model), base=path_of(base), adapters=paths_of(adapters), deep=deep
    )
    examined, _ = subject.read(lambda: None, wanted=frozenset(KEYS), quiet=True)
    return without_secrets((without_names(examined) if anonymous else examined).snapshot)


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
    anonymous: bool = False,
) -> Report:
    """Examine an environment, or what a file tells of one, and judge it.

    The arguments are the options of ``doctor check``. The `target_` ones say what `requirements`, `dockerfile` or
    `collect_env` leave out of the machine (``target_gpu="H100:8"``), `extras` and `groups` what of a lock is installed,
    and `build_args` (``NAME=VALUE``) what a Dockerfile is built with. `select` and
    `ignore` take codes of rules or their beginnings (``PKG``, ``GPU0``), `serve` is a command line of
    ``vllm serve``, and `snapshot` a file or what `snapshot()` returned. With `anonymous` neither the report nor what
    it renders names host, user or private folders.

    Raises:
        DoctorError: something that was named does not exist, cannot be read, or does not go together.
    """
    subject = subject_for(
        python=text_of(python),
        snapshot=_IN_MEMORY if isinstance(snapshot, Snapshot) else text_of(snapshot),
        collect_env=text_of(collect_env),
        requirements=text_of(requirements),
        dockerfile=text_of(dockerfile),
        target_python=target_python,
        target_gpu=target_gpu,
        target_driver=target_driver,
        target_platform=target_platform,
        target_glibc=target_glibc,
        extras=words(extras, "extras"),
        groups=words(groups, "groups"),
        build_args=words(build_args, "build_args"),
        model=path_of(model),
        base=path_of(base),
        adapters=paths_of(adapters),
        serve=serve,
        train_env=text_of(train_env),
        deep=deep,
    )
    selected, ignored = words(select, "select"), words(ignore, "ignore")
    if isinstance(snapshot, Snapshot):
        criteria = load_criteria(selected, ignored, paths_of(matrices))
        examined = Examined(snapshot=subject.complete(snapshot, quiet=True), why=_IN_MEMORY)
    else:
        narrowed = load_criteria(selected, ignored, paths_of(matrices)) if selected or ignored else None
        wanted = narrowed.reads() if narrowed else None
        examined, criteria = subject.read(
            lambda: narrowed or load_criteria((), (), paths_of(matrices)),
            wanted=wanted,
            matrices=paths_of(matrices),
            quiet=True,
        )
    if anonymous:
        examined = without_names(examined)
    examined = replace(examined, snapshot=without_secrets(examined.snapshot))
    report = criteria.report_on(examined.snapshot)
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
        return explain_text(redact(text), None, load_known(paths_of(matrices)), None)
    report = check(python, snapshot=snapshot, matrices=matrices)
    return explain_text(redact(text), report.snapshot, report._criteria.matrix, report)


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
    subject = subject_for(python=text_of(python), model=path_of(model), adapters=paths_of(adapters))
    examined, matrix = subject.read(lambda: load_known(paths_of(matrices)), wanted=NEEDED, quiet=True)
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
    wishes = Wishes(set_name=set_name, vllm=vllm, keep=words(keep, "keep"))
    criteria = report._criteria
    found = plan_mend(criteria.judge(report.snapshot), report.snapshot, criteria.matrix, wishes)
    moves = intended_moves(found, distributions_in(report.snapshot))
    return FixPlan(plan=found, moves=moves, text=redact(render_plan(found, moves)))

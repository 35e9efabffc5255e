"""``doctor fix``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from doctor.cli.completion import complete_sets
from doctor.cli.criteria import split
from doctor.cli.examine import Examined
from doctor.cli.fix.locking import distributions_in, interpreter_in, make_lock
from doctor.cli.options import debug_option, examples, matrix_option
from doctor.cli.output import require_folder, show, tell, write
from doctor.cli.planned import extra_option, group_option, machine_options
from doctor.cli.subject import (
    Subject,
    adapter_option,
    base_option,
    model_option,
    python_option,
    requirements_option,
    snapshot_option,
    takes_subject,
)
from doctor.core.frozen import frozen
from doctor.core.matrix import Matrix
from doctor.core.report import Report, Severity
from doctor.core.snapshot import Snapshot

if TYPE_CHECKING:
    # At run time they are imported while the probes work, or where they are needed.
    from doctor.cli.criteria import Criteria
    from doctor.remedy.apply.run_folder import RunFolder
    from doctor.remedy.lock import Lock
    from doctor.remedy.plan import Wishes


@frozen
class Order:
    """What the command line asks for, apart from the wishes."""

    subject: Subject
    lockfile: Path | None
    apply: bool
    yes: bool
    dry_run: bool
    resolve: bool
    uv: str
    matrices: tuple[Path, ...]
    quiet: bool

    def say(self, line: str) -> None:
        """Tell what is being done."""
        if not self.quiet:
            tell(f"fix: {line}")


@click.command(
    short_help="Plan what mends an environment, lock it, or do it.",
    epilog=examples(
        "doctor fix --python /srv/vllm",
        "doctor fix --python /srv/vllm --vllm 0.32.0 --lockfile mended.txt",
        "doctor fix --python /srv/vllm --apply",
        "doctor fix --model merged --base base-model --apply",
    ),
)
@takes_subject(
    python_option,
    snapshot_option,
    requirements_option,
    *machine_options,
    extra_option,
    group_option,
    model_option,
    base_option,
    adapter_option,
)
@click.option(
    "--set", "set_name", metavar="NAME", default="", help="Go to this known-good set.", shell_complete=complete_sets
)
@click.option("--vllm", metavar="VERSION", default="", help="Go to a known-good set of this version of vLLM.")
@click.option("--keep", metavar="NAMES", multiple=True, help="Distributions that stay in their version.")
@click.option(
    "--lockfile",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write every package that is to be installed to FILE, pinned and with hashes (needs uv).",
)
@click.option(
    "--apply", is_flag=True, help="Change the environment, after asking; what fails is rolled back (needs uv)."
)
@click.option("--yes", is_flag=True, help="Do not ask before --apply changes anything.")
@click.option("--dry-run", is_flag=True, help="Show all that --apply or --lockfile would do, and write nothing.")
@click.option("--resume", is_flag=True, help="End an --apply that was interrupted: keep what it did, or roll it back.")
@click.option(
    "--resolve", is_flag=True, help="Let uv resolve anew, also where a set's own lock holds all that is needed."
)
@click.option("--uv", metavar="PATH", default="", help="The uv to use. Default: the one beside doctor, else on PATH.")
@matrix_option
@click.option("-q", "--quiet", is_flag=True, help="Say nothing of what is being done.")
@debug_option
def fix(
    subject: Subject,
    set_name: str,
    vllm: str,
    keep: tuple[str, ...],
    lockfile: Path | None,
    apply: bool,
    yes: bool,
    dry_run: bool,
    resume: bool,
    resolve: bool,
    uv: str,
    matrices: tuple[Path, ...],
    quiet: bool,
) -> int:
    """Plan what mends an environment, with the fewest and smallest changes.

    Examines it as `doctor check` does and prints what has to change and why. The environment is
    changed with --apply only, and is the old one again should that fail or be interrupted;
    --lockfile writes a file to install from, and prints the command. Exit codes: 0 nothing to
    mend, 1 something to mend, 2 usage or no plan is possible, 3 nothing to mend but something
    could not be judged, 4 an error of doctor itself.

    With --model a model folder is mended in place of the environment: config.json, weight index and
    tokenizer files, where the weights prove what is right. What is replaced is kept beside it as
    *.doctor-bak; weights are never touched. With --adapter the same holds for adapter folders: entries of
    the config that the tensors prove, the base that --base names, and names of tensors, never their values.
    """
    from doctor.remedy.plan import Wishes

    order = Order(
        subject=subject,
        lockfile=lockfile,
        apply=apply,
        yes=yes,
        dry_run=dry_run,
        resolve=resolve,
        uv=uv,
        matrices=matrices,
        quiet=quiet,
    )
    wishes = Wishes(set_name=set_name, vllm=vllm, keep=split(keep))
    if subject.artifacts.model or subject.artifacts.adapters:
        return _mend_folders(order, wishes, resume)
    _require_sense(order, wishes, resume)
    if not (resume or apply) or dry_run:
        return _mend(order, wishes, None)
    from doctor.cli.fix.apply import changing, resume_run

    def look() -> tuple[Snapshot, Report]:
        examined, report, _ = _judged(order)
        return examined.snapshot, report

    if resume:
        return resume_run(subject.python, look, order.say)
    with changing(subject.python, look, yes=yes, say=order.say) as folder:
        return _mend(order, wishes, folder)


def _mend_folders(order: Order, wishes: Wishes, resume: bool) -> int:
    from doctor.cli.fix.adapter import fix_adapters
    from doctor.cli.fix.model import fix_model, require_agreement

    model, adapters = order.subject.artifacts.model, order.subject.artifacts.adapters
    if model and adapters:
        raise click.UsageError("--model and --adapter are mended one after the other; --base names an adapter's model")
    if wishes.any or resume or order.lockfile or order.resolve:
        option = "--model" if model else "--adapter"
        raise click.UsageError(f"{option} mends a folder: it goes with --base, --apply, --yes and --dry-run only")
    require_agreement(apply=order.apply, yes=order.yes, dry_run=order.dry_run)
    mend = fix_model if model else fix_adapters
    return mend(
        order.subject,
        apply=order.apply,
        yes=order.yes,
        dry_run=order.dry_run,
        matrices=order.matrices,
        quiet=order.quiet,
    )


def _require_sense(order: Order, wishes: Wishes, resume: bool) -> None:
    """Refuse combinations that mean nothing."""
    changes = order.apply or resume
    wrong = (
        (changes and not order.subject.live, "a file cannot be mended by --apply, which goes with --python"),
        (str(order.lockfile) == "-", "--lockfile needs the name of a file: standard output takes the plan"),
        (order.yes and not order.apply, "--yes goes with --apply"),
        (order.dry_run and not (order.apply or order.lockfile), "--dry-run goes with --apply or --lockfile"),
        (resume and (order.apply or order.lockfile or wishes.any), "--resume ends an earlier run and takes no wishes"),
    )
    for is_wrong, message in wrong:
        if is_wrong:
            raise click.UsageError(message)
    if order.lockfile is not None and not order.dry_run:
        # Before minutes are spent on what could not be written.
        require_folder(order.lockfile)


def _mend(order: Order, wishes: Wishes, folder: RunFolder | None) -> int:
    """Examine, plan, show the plan, and do what was asked for; `folder` is held for what is applied."""
    from doctor.remedy.planner import plan_mend
    from doctor.remedy.text import intended_moves, render_plan

    examined, report, matrix = _judged(order)
    snapshot = examined.snapshot
    order.say(f"{snapshot.target} ({examined.why})")
    plan = plan_mend(report, snapshot, matrix, wishes)
    if order.subject.live and folder is None:
        _tell_interrupted(snapshot, order)
    moves = intended_moves(plan, distributions_in(snapshot))
    lock = None
    if order.lockfile is not None or (order.apply and not plan.empty):
        lock = make_lock(plan, snapshot, order.subject, again=order.resolve, uv=order.uv, say=order.say)
        moves = lock.moves
    text = render_plan(plan, moves)
    if lock is not None and order.lockfile is not None:
        text += _write_lock(lock, order, snapshot)
    show(text)
    if order.apply:
        done = _apply(order, lock, snapshot, report, folder)
        if done is not None:
            return done
    if moves or plan.leftovers or plan.steps:
        if moves and not order.lockfile:
            _tell_next(order)
        return 1
    return report.exit_code(Severity.WARNING)


def _tell_next(order: Order) -> None:
    lock = "`--lockfile FILE` writes it as pinned requirements"
    does = "`--apply` does this, and puts back what was there should it fail; " if order.subject.live else ""
    order.say(f"this is a plan: {does}{lock}")


def _tell_interrupted(snapshot: Snapshot, order: Order) -> None:
    from doctor.remedy.apply.run_folder import RunFolder, base_of

    folder = RunFolder(base_of(interpreter_in(snapshot)))
    if folder.is_held():
        order.say("`doctor fix --apply` is changing this environment now: what is seen may change")
    elif folder.state() is not None:
        order.say("a run of `doctor fix --apply` on this environment was interrupted: `doctor fix --resume` ends it")


def _apply(order: Order, lock: Lock | None, snapshot: Snapshot, report: Report, folder: RunFolder | None) -> int | None:
    """Apply what a lock says, or tell what a dry run would do; None where there is nothing to do."""
    from doctor.cli.fix.apply import apply_changes, describe
    from doctor.remedy.apply.changes import changes_of
    from doctor.remedy.apply.refusal import require_changeable

    interpreter = interpreter_in(snapshot)
    changes = changes_of(lock, distributions_in(snapshot), interpreter) if lock else None
    if changes is None or changes.empty:
        return None
    if folder is None:
        require_changeable(interpreter)
        show(describe(changes, interpreter))
        return 1

    def look() -> tuple[Snapshot, Report]:
        examined, report, _ = _judged(order)
        return examined.snapshot, report

    return apply_changes(
        folder, changes, snapshot, report, interpreter, look, uv=order.uv, yes=order.yes, say=order.say
    )


def _write_lock(lock: Lock, order: Order, snapshot: Snapshot) -> str:
    """Write the lock file; return how it is installed."""
    assert order.lockfile is not None
    target = interpreter_in(snapshot).executable if order.subject.live else "PYTHON"
    if order.dry_run:
        return f"\nDry run: {order.lockfile} was not written.\n"
    write(lock.text(order.lockfile, target), order.lockfile, verbatim=True)
    lines = ["", "Install it with", *(f"  {line}" for line in lock.commands(order.lockfile, target)), "or with pip"]
    lines += [f"  {line}" for line in lock.commands_of_pip(order.lockfile, target)]
    return "".join(f"{line}\n" for line in lines)


def _judged(order: Order) -> tuple[Examined, Report, Matrix]:
    from doctor.cli.criteria import load_criteria

    def load() -> Criteria:
        return load_criteria((), (), order.matrices)

    examined, criteria = order.subject.read(load, matrices=order.matrices, quiet=order.quiet)
    return examined, criteria.judge(examined.snapshot), criteria.matrix

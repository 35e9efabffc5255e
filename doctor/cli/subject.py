"""What a command is about: a live interpreter with folders beside it, or facts from a file.

A new source of facts is one option here, one line in `FILES` and one reader in `Subject.read`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Any, TypeVar

import click

from doctor.cli.artifacts import artifacts_of, missing_paths
from doctor.cli.beside import is_snapshot, with_folders, with_serve, with_training
from doctor.cli.completion import complete_files
from doctor.cli.examine import Examined, examine, read, read_image, read_list, read_text
from doctor.cli.planned import OF_FILES, require_file, target_from
from doctor.cli.proof import Proof
from doctor.core.artifact.folder import Artifacts
from doctor.core.endtoend import ARCHITECTURES, DEFAULT_ARCHITECTURE
from doctor.core.frozen import frozen
from doctor.core.serve import ServeCommand
from doctor.core.snapshot import Snapshot
from doctor.intake.serve import read_serve

T = TypeVar("T")
Command = Callable[..., Any]

python_option = click.option(
    "--python",
    metavar="PATH",
    shell_complete=complete_files,
    help="The interpreter to examine, or the folder of its environment. "
    "Default: the environment that doctor is installed in if it holds the stack, else the active one.",
)
snapshot_option = click.option(
    "--snapshot", metavar="FILE", shell_complete=complete_files, help="Take the facts in FILE instead; - is stdin."
)
collect_env_option = click.option(
    "--collect-env",
    metavar="FILE",
    shell_complete=complete_files,
    help="Take what `vllm collect-env` or `torch.utils.collect_env` wrote, as in an issue; - is stdin.",
)
requirements_option = click.option(
    "--requirements",
    metavar="FILE",
    shell_complete=complete_files,
    help="Take what is to be installed: pinned requirements (with -r and -c), a lock of uv, Poetry, PDM or pip "
    "(pylock.toml), a list of conda or its environment.yml.",
)
dockerfile_option = click.option(
    "--dockerfile",
    metavar="FILE",
    shell_complete=complete_files,
    help="Take what the last stage of a Dockerfile is to hold and to start; its folder is the build context.",
)
deep_option = click.option(
    "--deep",
    is_flag=True,
    help="Compare the hashes of all installed files, not their sizes only, read the weights of --model and --adapter "
    "to their end for NaN and matrices of zeros, and let transformers build a model without weights whose tensors "
    "doctor has no formula for (slower).",
)
end_to_end_option = click.option(
    "--end-to-end",
    is_flag=True,
    help="Also let the environment make, merge and serve a tiny model with LoRA adapters, or answer with the "
    "--model and --adapter that are given (a minute).",
)
architecture_option = click.option(
    "--architecture",
    type=click.Choice(ARCHITECTURES),
    help=f"Of the tiny model of --end-to-end.  [default: {DEFAULT_ARCHITECTURE}]",
)
model_option = click.option(
    "--model",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="The model folder that is to be served; no weight is read.",
)
base_option = click.option(
    "--base",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="The folder of the base model that --model or --adapter was made from: what differs is judged too.",
)
adapter_option = click.option(
    "--adapter",
    "adapters",
    metavar="DIR",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A LoRA adapter folder; may be given more than once.",
)

serve_option = click.option(
    "--serve",
    metavar="COMMAND",
    help='Also judge how it is to be served: "vllm serve MODEL --enable-lora ...", or @FILE (a command, or YAML).',
)

train_env_option = click.option(
    "--train-env",
    metavar="ENV",
    shell_complete=complete_files,
    help="Also judge what is trained in ENV and served here: an interpreter, its environment's folder, or a snapshot.",
)
serve_env_option = click.option(
    "--serve-env",
    metavar="ENV",
    shell_complete=complete_files,
    help="The environment that serves, said beside --train-env: as --python or --snapshot.",
)

FILES = {
    "snapshot": "--snapshot",
    "collect_env": "--collect-env",
    "requirements": "--requirements",
    "dockerfile": "--dockerfile",
}
"""The options that bring facts from a file: one of them, and none of those that look at this machine."""

LIVE = {"python": "--python", "deep": "--deep", "end_to_end": "--end-to-end", "architecture": "--architecture"}
"""The options that say what is looked at on this machine."""

FOLDERS = {"model": "--model", "base": "--base", "adapters": "--adapter"}
"""The options that name folders here, for this machine or for one that a file tells of; a snapshot has its own."""

BESIDE = {"serve": "--serve", "train_env": "--train-env", "serve_env": "--serve-env"}
"""The options that go with either: they are about no machine."""


@frozen
class Subject:
    """What the options of a command name; the files are "" for a live interpreter.

    `target` are the values of the options that say more of a file, by their names.
    """

    python: str | None = None
    snapshot: str = ""
    collect_env: str = ""
    requirements: str = ""
    dockerfile: str = ""
    target: dict[str, Any] = field(default_factory=dict)
    deep: bool = False
    end_to_end: bool = False
    architecture: str = ""
    artifacts: Artifacts = field(default_factory=Artifacts)
    serve: ServeCommand | None = None
    train_env: str = ""

    @property
    def live(self) -> bool:
        """Whether this machine is examined, and not a file that tells of another."""
        return not (self.snapshot or self.collect_env or self.requirements or self.dockerfile)

    @property
    def named(self) -> bool:
        """Whether the user said what to look at."""
        return bool(self.python) or not self.live

    @property
    def on_stdin(self) -> bool:
        """Whether the facts come from standard input."""
        return "-" in (self.snapshot, self.collect_env)

    def read(
        self,
        meanwhile: Callable[[], T],
        *,
        wanted: frozenset[str] | None = None,
        matrices: Sequence[Path] = (),
        news: Callable[[T, Snapshot], None] | None = None,
        quiet: bool = False,
        verbose: bool = False,
    ) -> tuple[Examined, T]:
        """Get the facts, and what `meanwhile` returns, which is called while the probes work.

        Where there are probes, `news` is called with that and with what is known so far, as often as there is more.

        `wanted` names the facts that are needed, None all. With `verbose` the end-to-end proof shows
        all that is printed in it. `matrices` are files that may know the GPUs that are named.

        Raises:
            TargetError: there is no such interpreter, or the file is none of its kind.
        """
        if self.live or self.snapshot:
            examined, done = self._look(meanwhile, wanted, news, quiet, verbose)
        else:
            examined, done = with_folders(self._read_file(matrices), self.artifacts, quiet), meanwhile()
        return replace(examined, snapshot=self.complete(examined.snapshot, quiet=quiet)), done

    def complete(self, snapshot: Snapshot, *, quiet: bool = False) -> Snapshot:
        """Put what goes with any source of facts into a snapshot: how it is served, what it was trained with."""
        return with_training(with_serve(snapshot, self.serve), self.train_env, quiet)

    def _look(
        self,
        meanwhile: Callable[[], T],
        wanted: frozenset[str] | None,
        news: Callable[[T, Snapshot], None] | None,
        quiet: bool,
        verbose: bool,
    ) -> tuple[Examined, T]:
        if self.snapshot:
            return read(self.snapshot), meanwhile()
        return examine(
            self.python,
            deep=self.deep,
            proof=self._proof(quiet, verbose) if self.end_to_end else None,
            wanted=wanted,
            meanwhile=meanwhile,
            news=news,
            quiet=quiet,
            artifacts=self.artifacts,
        )

    def _read_file(self, matrices: Sequence[Path]) -> Examined:
        target = target_from(self.target, matrices)
        if self.collect_env:
            return read_text(self.collect_env, target)
        return read_list(self.requirements, target) if self.requirements else read_image(self.dockerfile, target)

    def _proof(self, quiet: bool, verbose: bool) -> Proof:
        return Proof(architecture=self.architecture, artifacts=self.artifacts, quiet=quiet, verbose=verbose)


def takes_subject(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Give a command these options of this module, and hand it their values as one `subject`."""

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def run(**given: Any) -> Any:
            own = {name: given.pop(name) for name in (*FILES, *OF_FILES, *LIVE, *FOLDERS, *BESIDE) if name in given}
            return command(subject=subject_of(**own), **given)

        decorated: Command = run
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return decorate


def subject_of(**given: Any) -> Subject:
    """The subject that values of the options name.

    Raises:
        UsageError: they contradict each other.
        TargetError: a folder does not exist.
    """
    serving = given.pop("serve_env", None)
    if serving:
        if given.get("python") or any(given.get(name) for name in FILES):
            raise click.UsageError("--serve-env names the environment as --python or --snapshot does: give one of them")
        given["snapshot" if is_snapshot(serving) else "python"] = serving
    files = [name for name in FILES if given.get(name)]
    looked = {**LIVE, **FOLDERS} if given.get("snapshot") else LIVE
    live = [option for name, option in looked.items() if given.get(name)]
    if len(files) > 1:
        raise click.UsageError(f"{' and '.join(FILES[name] for name in files)} exclude each other")
    if files and live:
        raise click.UsageError(f"{FILES[files[0]]} tells of another machine: it does not go with {', '.join(live)}")
    require_file(given, FILES)
    if given.get("architecture") and not given.get("end_to_end"):
        raise click.UsageError("--architecture is that of the tiny model of --end-to-end: give both")
    if given.get("architecture") and given.get("model"):
        raise click.UsageError("--architecture is that of a tiny model, and --model is used in its place: give one")
    command = given.pop("serve", None)
    serve = read_serve(command) if command is not None else None
    if serve is not None and not files:
        serve = replace(serve, missing=missing_paths(serve))
    return Subject(
        python=given.get("python"),
        snapshot=given.get("snapshot") or "",
        collect_env=given.get("collect_env") or "",
        requirements=given.get("requirements") or "",
        dockerfile=given.get("dockerfile") or "",
        target={name: given[name] for name in OF_FILES if given.get(name)},
        deep=bool(given.get("deep")),
        end_to_end=bool(given.get("end_to_end")),
        architecture=given.get("architecture") or "",
        artifacts=artifacts_of(serve if not files else None, given),
        serve=serve,
        train_env=given.get("train_env") or "",
    )

"""What a command is about: a live interpreter with folders beside it, or facts from a file.

A new source of facts is one option here, one line in `FILES` and one reader in `Subject.read`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import click

from doctor.cli.artifacts import choose_artifacts
from doctor.cli.examine import Examined, examine, read, read_list, read_text
from doctor.cli.proof import Proof
from doctor.core.artifact import Artifacts
from doctor.core.distribution import DISTRIBUTIONS
from doctor.core.endtoend import ARCHITECTURES, DEFAULT_ARCHITECTURE
from doctor.core.fact import Known, Source, SourceKind
from doctor.core.serve import SERVE, ServeCommand, not_asked_for
from doctor.core.snapshot import Snapshot
from doctor.core.training import TRAINING, not_named
from doctor.intake.serve import read_serve

T = TypeVar("T")
Command = Callable[..., Any]

python_option = click.option(
    "--python",
    metavar="PATH",
    help="The interpreter to examine, or the folder of its environment. "
    "Default: the environment that doctor is installed in if it holds the stack, else the active one.",
)
snapshot_option = click.option("--snapshot", metavar="FILE", help="Take the facts in FILE instead; - is stdin.")
collect_env_option = click.option(
    "--collect-env",
    metavar="FILE",
    help="Take what `vllm collect-env` or `torch.utils.collect_env` wrote, as in an issue; - is stdin.",
)
requirements_option = click.option(
    "--requirements",
    metavar="FILE",
    help="Take what is to be installed: pinned requirements (with -r and -c), or a pylock.toml.",
)
target_python_option = click.option(
    "--target-python", metavar="VERSION", help="The version of Python that --requirements is for, such as 3.11."
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
    help="Also judge what is trained in ENV and served here: an interpreter, its environment's folder, or a snapshot.",
)
serve_env_option = click.option(
    "--serve-env",
    metavar="ENV",
    help="The environment that serves, said beside --train-env: as --python or --snapshot.",
)

FILES = {"snapshot": "--snapshot", "collect_env": "--collect-env", "requirements": "--requirements"}
"""The options that bring facts from a file: one of them, and none of those that look at this machine."""

OF_FILES = {"target_python": "--target-python"}
"""The options that say more of a file."""

LIVE = {
    "python": "--python",
    "deep": "--deep",
    "end_to_end": "--end-to-end",
    "architecture": "--architecture",
    "model": "--model",
    "base": "--base",
    "adapters": "--adapter",
}
"""The options that say what is looked at on this machine."""

BESIDE = {"serve": "--serve", "train_env": "--train-env", "serve_env": "--serve-env"}
"""The options that go with either: they are about no machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the options of a command name; the files are "" for a live interpreter.

    `target_python` is the version that `requirements` are for.
    """

    python: str | None = None
    snapshot: str = ""
    collect_env: str = ""
    requirements: str = ""
    target_python: str = ""
    deep: bool = False
    end_to_end: bool = False
    architecture: str = ""
    artifacts: Artifacts = field(default_factory=Artifacts)
    serve: ServeCommand | None = None
    train_env: str = ""

    @property
    def live(self) -> bool:
        """Whether this machine is examined, and not a file that tells of another."""
        return not (self.snapshot or self.collect_env or self.requirements)

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
        quiet: bool = False,
        verbose: bool = False,
    ) -> tuple[Examined, T]:
        """Get the facts, and what `meanwhile` returns, which is called while the probes work.

        `wanted` names the facts that are needed, None all. With `verbose` the end-to-end proof shows
        all that is printed in it.

        Raises:
            TargetError: there is no such interpreter, or the file is none of its kind.
        """
        examined, done = self._look(meanwhile, wanted, quiet, verbose)
        return replace(examined, snapshot=self.complete(examined.snapshot, quiet=quiet)), done

    def complete(self, snapshot: Snapshot, *, quiet: bool = False) -> Snapshot:
        """Put what goes with any source of facts into a snapshot: how it is served, what it was trained with."""
        return self._with_training(self._with_serve(snapshot), quiet)

    def _with_training(self, snapshot: Snapshot, quiet: bool) -> Snapshot:
        if not self.train_env:
            return snapshot if isinstance(snapshot.get(TRAINING), Known) else snapshot.replace(TRAINING, not_named())
        if _is_snapshot(self.train_env):
            other = read(self.train_env)
        else:
            wanted = frozenset({DISTRIBUTIONS.name})
            other, _ = examine(
                self.train_env, deep=False, proof=None, wanted=wanted, meanwhile=lambda: None, quiet=quiet
            )
        return snapshot.replace(TRAINING, other.snapshot.get(DISTRIBUTIONS))

    def _with_serve(self, snapshot: Snapshot) -> Snapshot:
        if self.serve is not None:
            source = Source(kind=SourceKind.CONFIG, where="--serve")
            return snapshot.replace(SERVE, Known(value=self.serve, source=source))
        # A file that states a command keeps it; that none was given, the options say.
        return snapshot if isinstance(snapshot.get(SERVE), Known) else snapshot.replace(SERVE, not_asked_for())

    def _look(
        self, meanwhile: Callable[[], T], wanted: frozenset[str] | None, quiet: bool, verbose: bool
    ) -> tuple[Examined, T]:
        if self.snapshot:
            return read(self.snapshot), meanwhile()
        if self.collect_env:
            return read_text(self.collect_env), meanwhile()
        if self.requirements:
            return read_list(self.requirements, self.target_python), meanwhile()
        return examine(
            self.python,
            deep=self.deep,
            proof=self._proof(quiet, verbose) if self.end_to_end else None,
            wanted=wanted,
            meanwhile=meanwhile,
            quiet=quiet,
            artifacts=self.artifacts,
        )

    def _proof(self, quiet: bool, verbose: bool) -> Proof:
        return Proof(architecture=self.architecture, artifacts=self.artifacts, quiet=quiet, verbose=verbose)


def takes_subject(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Give a command these options of this module, and hand it their values as one `subject`."""

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def run(**given: Any) -> Any:
            own = {name: given.pop(name) for name in (*FILES, *OF_FILES, *LIVE, *BESIDE) if name in given}
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
        given["snapshot" if _is_snapshot(serving) else "python"] = serving
    files = [name for name in FILES if given.get(name)]
    live = [option for name, option in LIVE.items() if given.get(name)]
    if len(files) > 1:
        raise click.UsageError(f"{' and '.join(FILES[name] for name in files)} exclude each other")
    if files and live:
        raise click.UsageError(f"{FILES[files[0]]} tells of another machine: it does not go with {', '.join(live)}")
    if given.get("target_python") and not given.get("requirements"):
        raise click.UsageError("--target-python says what --requirements is for")
    if given.get("architecture") and not given.get("end_to_end"):
        raise click.UsageError("--architecture is that of the tiny model of --end-to-end: give both")
    if given.get("architecture") and given.get("model"):
        raise click.UsageError("--architecture is that of a tiny model, and --model is used in its place: give one")
    command = given.pop("serve", None)
    serve = read_serve(command) if command is not None else None
    if serve is not None and not files:
        gone = tuple(path for path in serve.paths() if not Path(path).expanduser().exists())
        serve = replace(serve, missing=gone)
    return Subject(
        python=given.get("python"),
        snapshot=given.get("snapshot") or "",
        collect_env=given.get("collect_env") or "",
        requirements=given.get("requirements") or "",
        target_python=given.get("target_python") or "",
        deep=bool(given.get("deep")),
        end_to_end=bool(given.get("end_to_end")),
        architecture=given.get("architecture") or "",
        artifacts=_artifacts(serve if not files else None, **given),
        serve=serve,
        train_env=given.get("train_env") or "",
    )


def _is_snapshot(environment: str) -> bool:
    """Whether an environment is named by the file of its snapshot."""
    return environment.endswith(".json")


def _artifacts(serve: ServeCommand | None, **given: Any) -> Artifacts:
    """The folders that the options name, and those of the command that are on this machine."""
    model, adapters = given.get("model"), tuple(given.get("adapters") or ())
    if serve is not None and model is None and serve.model and Path(serve.model).is_dir():
        model = Path(serve.model)
    if serve is not None and not adapters:
        adapters = tuple(path for path in map(Path, serve.adapters().values()) if path.is_dir())
    return choose_artifacts(model, given.get("base"), adapters)

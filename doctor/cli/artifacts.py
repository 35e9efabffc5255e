"""The folders that are examined beside an environment, as the command line names them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from doctor.core.artifact.folder import Artifacts
from doctor.core.errors import TargetError
from doctor.core.serve import ServeCommand

MODEL_HINTS = (
    "a model of a hub must be downloaded first: `hf download NAME --local-dir DIR`",
    "name the folder that holds config.json",
)
ADAPTER_HINTS = (
    "vLLM takes a path that does not exist for the name of a repository: give the folder, or download it first "
    "with `hf download NAME --local-dir DIR`",
    "name the folder that holds adapter_config.json",
)
"""What to do about a folder that is not there, and about a file in place of one."""


def choose_artifacts(model: Path | None, base: Path | None, adapters: tuple[Path, ...] = ()) -> Artifacts:
    """Return the folders that the options name.

    Raises:
        UsageError: --base is given without what was made from it.
        TargetError: a folder does not exist or is none.
    """
    if base is not None and model is None and not adapters:
        raise click.UsageError("--base goes with --model or --adapter: it is what they were made from")
    return Artifacts(
        model=_folder(model, "--model", MODEL_HINTS),
        base=_folder(base, "--base", MODEL_HINTS),
        adapters=tuple(dict.fromkeys(_folder(adapter, "--adapter", ADAPTER_HINTS) for adapter in adapters)),
    )


def artifacts_of(serve: ServeCommand | None, given: Mapping[str, Any]) -> Artifacts:
    """The folders that the options name, and those of the command that are on this machine.

    Raises:
        UsageError, TargetError: as `choose_artifacts` does.
    """
    model, adapters = given.get("model"), tuple(given.get("adapters") or ())
    if serve is not None and model is None and serve.model and _is_folder(serve.model):
        model = Path(serve.model)
    if serve is not None and not adapters:
        adapters = tuple(Path(path) for path in serve.adapters().values() if _is_folder(path))
    return choose_artifacts(model, given.get("base"), adapters)


def missing_paths(serve: ServeCommand) -> tuple[str, ...]:
    """The paths in a command that are not on this machine; what may not be looked at may be there."""
    return tuple(filter(_is_gone, serve.paths()))


def _is_folder(path: str) -> bool:
    return os.path.isdir(path)  # noqa: PTH112 - Path raises where what a command names is too long for a name


def _is_gone(path: str) -> bool:
    try:
        os.stat(os.path.expanduser(path))  # noqa: PTH111, PTH116 - Path raises for the ~NAME of nobody
    except PermissionError:
        return False
    except (OSError, ValueError):
        return True
    return False


def _folder(path: Path | None, option: str, hints: tuple[str, str]) -> str:
    if path is None:
        return ""
    try:
        path.stat()
    except FileNotFoundError as error:
        raise TargetError(f"{option} {path}: there is no such folder", hint=hints[0]) from error
    except OSError as error:
        raise TargetError(f"{option} {str(path)[:200]} cannot be looked at: {error.strerror}") from error
    if not path.is_dir():
        raise TargetError(f"{option} {path}: it is not a folder", hint=hints[1])
    if path.name.startswith("models--") and (path / "snapshots").is_dir():
        raise TargetError(
            f"{option} {path}: it is a repository in Hugging Face's cache, whose files lie in the folder of a revision",
            hint=f"{option} {_revision(path)}",
        )
    return str(path.absolute())


def _revision(repository: Path) -> Path:
    """The revision of a cached repository that its main branch was at, or else any that is there.

    https://huggingface.co/docs/huggingface_hub/guides/manage-cache
    """
    snapshots = repository / "snapshots"
    try:
        main = snapshots / (repository / "refs/main").read_text(encoding="utf-8").strip()
        there = sorted(snapshots.iterdir())
    except (OSError, UnicodeDecodeError, ValueError):
        return snapshots / "REVISION"
    return main if main in there else next(iter(there), snapshots / "REVISION")

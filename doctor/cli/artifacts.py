"""The folders that are examined beside an environment, as the command line names them."""

from __future__ import annotations

from pathlib import Path

import click

from doctor.core.artifact import Artifacts
from doctor.core.errors import TargetError


def choose_artifacts(model: Path | None, base: Path | None) -> Artifacts:
    """Return the folders that the options name.

    Raises:
        UsageError: --base is given without what was made from it.
        TargetError: a folder does not exist or is none.
    """
    if base is not None and model is None:
        raise click.UsageError("--base goes with --model: it is what the model was made from")
    return Artifacts(model=_folder(model, "--model"), base=_folder(base, "--base"))


def _folder(path: Path | None, option: str) -> str:
    if path is None:
        return ""
    if not path.exists():
        raise TargetError(
            f"{option} {path}: there is no such folder",
            hint="a model of a hub must be downloaded first: `hf download NAME --local-dir DIR`",
        )
    if not path.is_dir():
        raise TargetError(f"{option} {path}: it is not a folder", hint="name the folder that holds config.json")
    return str(path.absolute())

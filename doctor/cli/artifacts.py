"""The folders that are examined beside an environment, as the command line names them."""

from __future__ import annotations

from pathlib import Path

import click

from doctor.core.artifact import Artifacts
from doctor.core.errors import TargetError

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


def _folder(path: Path | None, option: str, hints: tuple[str, str]) -> str:
    if path is None:
        return ""
    if not path.exists():
        raise TargetError(f"{option} {path}: there is no such folder", hint=hints[0])
    if not path.is_dir():
        raise TargetError(f"{option} {path}: it is not a folder", hint=hints[1])
    return str(path.absolute())

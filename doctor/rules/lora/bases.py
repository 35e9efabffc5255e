"""Names of base models, as adapters state them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from doctor.core.artifact.adapter import AdapterFolder

FOUR_BIT = re.compile(r"(?:-unsloth)?(?:-bnb)?-4bit$", re.IGNORECASE)
"""How the names of 4-bit copies end (``unsloth/Qwen3-8B-unsloth-bnb-4bit``)."""


def to_serve(folder: AdapterFolder, config: Mapping[str, Any]) -> str:
    """What a command serves an adapter on: the folder that the user names, or the 16-bit model that its config does.

    Where nothing tells it is a word for it, ``BASE``.
    """
    name = config.get("base_model_name_or_path")
    return folder.given_base or (FOUR_BIT.sub("", name) if isinstance(name, str) else "") or "BASE"


def is_path(name: str) -> bool:
    """Whether a name is that of a folder and not of a repository, which is ``owner/name`` or ``name``."""
    return name.startswith(("/", "./", "../", "~", "\\")) or name.count("/") > 1 or name[1:3] == ":\\"


def is_cached(path: str) -> bool:
    """Whether a folder is one of Hugging Face's cache, whose names say what is in it."""
    return "/models--" in path


def plain_name(name: str) -> str:
    """A model's own name in lower case: without owner, folder and the labels of 4-bit copies.

    A folder of Hugging Face's cache (``models--owner--name/snapshots/<revision>``) has the name of its
    repository.
    """
    parts = [part for part in re.split(r"[/\\\\]", name) if part]
    cached = next((part for part in parts if part.startswith("models--")), "")
    last = cached.rpartition("--")[2] if cached else "".join(parts[-1:])
    return FOUR_BIT.sub("", last).lower()

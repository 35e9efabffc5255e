"""The real environments that several of these tests use."""

from __future__ import annotations

import sys
from functools import cache

from scripts.make_environments import NAMES, default_cache, find_tools, interpreter_of, is_made, make


@cache
def cpu_python() -> str:
    """The interpreter of the CPU set, made when it is missing (about 1 GB)."""
    recipe, folder = NAMES["cpu"], default_cache()
    if not is_made(recipe, folder):
        folder.mkdir(parents=True, exist_ok=True)
        make(recipe, folder, find_tools(sys.executable))
    return str(interpreter_of(folder / recipe.name))

"""Make the real environments that the tests judge, sound ones and broken ones.

Each is a virtual environment of several GB in a cache folder outside the repository. A broken one
is a hard-linked copy of a sound one to which the recipe's steps are done, so that it takes seconds
and little disk. A step never writes into a file in place: the file may be shared with the other
environments and with uv's cache.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import singledispatch
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # so that it runs as a file, too

from doctor.installer.pip_settings import pip_settings, uv_environ
from doctor.installer.uv import find_uv
from scripts.recipe import Delete, Install, MakeFolder, Recipe, Truncate, Uninstall, Write
from scripts.recipes import RECIPES

NAMES = {recipe.name: recipe for recipe in RECIPES}


@dataclass(frozen=True, kw_only=True)
class Tools:
    """The uv that installs, its variables, and the Python that environments are made with."""

    uv: str
    environ: Mapping[str, str]
    python: str

    def run(self, *arguments: str) -> None:
        """Run uv; its cache is linked, not copied, into the environment where the disk allows it."""
        subprocess.run([self.uv, *arguments], check=True, env={"UV_LINK_MODE": "hardlink", **self.environ})

    def pip(self, verb: str, environment: Path, *arguments: str) -> None:
        """Run ``uv pip`` on an environment."""
        self.run("pip", verb, "--quiet", "--python", str(interpreter_of(environment)), *arguments)


def find_tools(python: str) -> Tools:
    """Find uv, and hand it the indexes and certificates that pip is configured with."""
    uv = find_uv(os.environ)
    if not uv:
        raise SystemExit("uv is needed: pip install uv")
    return Tools(uv=uv, environ=uv_environ(pip_settings(os.environ), os.environ), python=python)


def default_cache() -> Path:
    """Return the folder of the environments: outside the repository, kept between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "llm-stack-doctor" / "environments"


def interpreter_of(environment: Path) -> Path:
    """Return the interpreter of an environment."""
    return environment / "bin" / "python"


def site_packages_of(environment: Path) -> Path:
    """Return the one site-packages folder of an environment."""
    (folder,) = environment.glob("lib/python3.*/site-packages")
    return folder


def is_made(recipe: Recipe, cache: Path) -> bool:
    """Whether the environment is there, complete, and of this very recipe."""
    mark = cache / f"{recipe.name}.made"
    return mark.is_file() and mark.read_text(encoding="utf-8") == fingerprint(recipe)


def fingerprint(recipe: Recipe) -> str:
    """Return a digest of everything that the environment is made from."""
    below = fingerprint(NAMES[recipe.base]) if recipe.base else ""
    return hashlib.sha256(f"{below}{recipe.steps!r}".encode()).hexdigest()


def make(recipe: Recipe, cache: Path, tools: Tools) -> Path:
    """Make an environment, and before it the one that it is a copy of; return its folder."""
    environment = cache / recipe.name
    if is_made(recipe, cache):
        return environment
    (cache / f"{recipe.name}.made").unlink(missing_ok=True)
    if environment.exists():
        shutil.rmtree(environment)
    if recipe.base:
        copy(make(NAMES[recipe.base], cache, tools), environment)
    else:
        tools.run("venv", "--quiet", "--python", tools.python, str(environment))
    for step in recipe.steps:
        do(step, environment, tools)
    (cache / f"{recipe.name}.made").write_text(fingerprint(recipe), encoding="utf-8")
    return environment


def copy(base: Path, environment: Path) -> None:
    """Copy an environment with hard links, and let its scripts start the copy's interpreter."""
    shutil.copytree(base, environment, symlinks=True, copy_function=link)
    for script in (environment / "bin").iterdir():
        if script.is_symlink() or not script.is_file():
            continue
        content, mode = script.read_bytes(), script.stat().st_mode
        moved = content.replace(os.fsencode(base), os.fsencode(environment))
        if moved != content:
            script.unlink()
            script.write_bytes(moved)
            script.chmod(mode)


def link(source: str, target: str) -> None:
    """Link a file; symlinks are copied as such."""
    os.link(source, target, follow_symlinks=False)


@singledispatch
def do(step: object, environment: Path, tools: Tools) -> None:
    """Do one step of a recipe to an environment."""
    raise TypeError(f"no such step: {step}")


@do.register
def _(step: Install, environment: Path, tools: Tools) -> None:
    tools.pip("install", environment, *step.options, *step.requirements)


@do.register
def _(step: Uninstall, environment: Path, tools: Tools) -> None:
    tools.pip("uninstall", environment, *step.names)


@do.register
def _(step: Delete, environment: Path, tools: Tools) -> None:
    path = site_packages_of(environment) / step.path
    shutil.rmtree(path) if path.is_dir() else path.unlink()


@do.register
def _(step: Truncate, environment: Path, tools: Tools) -> None:
    path = site_packages_of(environment) / step.path
    with path.open("rb") as file:
        start = file.read(step.size)
    path.unlink()
    path.write_bytes(start)


@do.register
def _(step: Write, environment: Path, tools: Tools) -> None:
    path = site_packages_of(environment) / step.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_text(step.text, encoding="utf-8")


@do.register
def _(step: MakeFolder, environment: Path, tools: Tools) -> None:
    (site_packages_of(environment) / step.path).mkdir(parents=True)


def main() -> None:
    """Make the environments that the command line names, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="environments to make (default: all)")
    parser.add_argument("--list", action="store_true", help="list the recipes and what is made")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="folder of the environments")
    parser.add_argument("--python", default=sys.executable, help="interpreter to make them with")
    options = parser.parse_args()
    unknown = set(options.names) - set(NAMES)
    if unknown:
        parser.error(f"no recipe named {', '.join(sorted(unknown))}; --list shows them")
    if options.list:
        for recipe in RECIPES:
            print(f"{recipe.name:24} {'made' if is_made(recipe, options.cache) else '-':5} {recipe.title}")
        return
    options.cache.mkdir(parents=True, exist_ok=True)
    tools = find_tools(options.python)
    for name in options.names or NAMES:
        start = time.monotonic()
        environment = make(NAMES[name], options.cache.resolve(), tools)
        print(f"{name}: {environment} ({time.monotonic() - start:.1f} s)", flush=True)


if __name__ == "__main__":
    main()

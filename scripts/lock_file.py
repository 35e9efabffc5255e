"""Resolving a set with uv, and writing what came out as a lock file with hashes and without addresses."""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10
    import tomli as tomllib

from scripts.set_recipe import KeptRow, SetRecipe

PYTHON = "3.11"
PLATFORM = "py311-linux-x86_64"
NEWEST_GLIBC = "2.40"
"""The newest C library that uv knows a platform for."""


class ResolutionError(Exception):
    """A recipe has no solution: what uv said."""


@dataclass(frozen=True, kw_only=True)
class Closure:
    """What a resolution came to: versions and hashes by name, and the day on which the set's package was published."""

    versions: dict[str, str]
    hashes: dict[str, tuple[str, ...]]
    released: str
    command: str


def resolve(recipe: SetRecipe | KeptRow, uv: str, environ: Mapping[str, str]) -> Closure:
    """Resolve a recipe for CPython 3.11 on Linux x86_64, from wheels only.

    Raises:
        ResolutionError: there is no solution; uv's words are in the message.
    """
    overrides = recipe.overrides
    arguments = ["--only-binary", ":all:", "--exclude-newer", recipe.as_of, "--python-version", PYTHON]
    for item in recipe.newer:
        arguments += ["--exclude-newer-package", item]
    arguments += ["--overrides", "overrides.txt"] if overrides else []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "overrides.txt").write_text("\n".join(overrides) + "\n", encoding="utf-8")
        solver = _Solver(folder, uv, _places(recipe, environ), tuple(arguments))
        oldest = solver.solve(recipe.requirements, recipe.glibc)
        # A newer system takes the wheels that were built for it, so that their hashes are needed, too.
        pins = tuple(f"{item['name']}=={item['version']}" for item in oldest)
        newest = solver.solve(pins, NEWEST_GLIBC)
    said = f"uv pip compile {' '.join(arguments)} --python-platform {_platform(recipe.glibc)} requirements.in"
    said += f"  # requirements.in: {' '.join(recipe.requirements)}"
    said += f"; overrides.txt: {' '.join(overrides)}" if overrides else ""
    anchor = recipe.requirements[0].partition("==")[0]
    return _closure(oldest, newest, anchor, said)


@dataclass(frozen=True)
class _Solver:
    folder: Path
    uv: str
    environ: dict[str, str]
    arguments: tuple[str, ...]

    def solve(self, requirements: tuple[str, ...], glibc: str) -> list[dict[str, Any]]:
        """The packages of a pylock.toml (PEP 751), which holds the wheels that fit the platform only."""
        (self.folder / "requirements.in").write_text("\n".join(requirements) + "\n", encoding="utf-8")
        output = self.folder / "pylock.toml"
        output.unlink(missing_ok=True)
        command = [self.uv, "pip", "compile", "--quiet", "--format", "pylock.toml", "--output-file", output.name]
        command += ["--no-header", *self.arguments, "--python-platform", _platform(glibc), "requirements.in"]
        done = subprocess.run(command, cwd=self.folder, env=self.environ, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ResolutionError(done.stderr.strip())
        packages: list[dict[str, Any]] = tomllib.loads(output.read_text(encoding="utf-8"))["packages"]
        return packages


def _platform(glibc: str) -> str:
    return f"x86_64-manylinux_{glibc.replace('.', '_')}"


def _places(recipe: SetRecipe | KeptRow, environ: Mapping[str, str]) -> dict[str, str]:
    labelled = any("+" in item for item in recipe.requirements)
    return dict(environ) if labelled else index_only(environ)


def index_only(environ: Mapping[str, str]) -> dict[str, str]:
    """Without folders and further indexes: a labelled build there (``+cpu``) would win over the one that is meant."""
    return {name: value for name, value in environ.items() if name not in ("UV_FIND_LINKS", "UV_EXTRA_INDEX_URL")}


def _closure(oldest: list[dict[str, Any]], newest: list[dict[str, Any]], anchor: str, command: str) -> Closure:
    hashes: dict[str, set[str]] = {}
    for package in [*oldest, *newest]:
        found = hashes.setdefault(package["name"], set())
        found.update(_digest(wheel) for wheel in package["wheels"])
    engines = [item for item in oldest if item["name"] == anchor]
    released = [str(min(wheel["upload-time"] for wheel in item["wheels"])) for item in engines]
    return Closure(
        versions={package["name"]: package["version"] for package in oldest},
        hashes={name: tuple(sorted(values)) for name, values in hashes.items()},
        released=released[0][:10] if released else "",
        command=command,
    )


def _digest(wheel: dict[str, Any]) -> str:
    """The SHA-256 of a wheel; that of one in a local folder is not in uv's answer."""
    stated: str = wheel.get("hashes", {}).get("sha256", "")
    return stated or hashlib.sha256(Path(wheel["path"]).read_bytes()).hexdigest()


def lock_name(name: str) -> str:
    """The file name of a set's lock."""
    return f"{name}-{PLATFORM}.txt"


def render(recipe: SetRecipe | KeptRow, closure: Closure) -> str:
    """The text of the lock file: the same closure gives the same bytes."""
    lines = [
        f"# {recipe.name}: known-good set of llm-stack-doctor, {len(closure.versions)} packages.",
        f"# Resolved with what the package index held on {recipe.as_of}, for CPython {PYTHON} on Linux x86_64",
        f"# with glibc {recipe.glibc} or newer. The hashes are those of the wheels for this platform.",
        "#",
        "# Install it into an environment of its own with one of",
        f"#   uv pip sync --require-hashes {lock_name(recipe.name)}",
        f"#   pip install --require-hashes --no-deps -r {lock_name(recipe.name)}",
        "# and prove it on your machine with",
        f"#   doctor verify {recipe.name}",
    ]
    if recipe.mends or recipe.deviations:
        lines += ["#", "# It differs from what the resolver takes by itself:"]
        lines += [f"#   {item.requirement}" for item in recipe.mends]
        lines += [
            f"#   {item.override} although {item.distribution} asks for {item.requirement}"
            for item in recipe.deviations
        ]
    for name in sorted(closure.versions):
        hashes = [f"    --hash=sha256:{value}" for value in closure.hashes[name]]
        lines.append(" \\\n".join([f"{name}=={closure.versions[name]}", *hashes]))
    return "\n".join(lines) + "\n"

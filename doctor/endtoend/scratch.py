"""Making an environment of its own for a known-good set, and nothing else."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from doctor.core.frozen import frozen
from doctor.core.install import PYTORCH_INDEX
from doctor.core.matrix import KnownGoodSet
from doctor.endtoend.lock import Lock
from doctor.endtoend.room import ScratchError
from doctor.installer.pip_settings import hide_passwords, pip_settings, uv_environ, uv_options
from doctor.installer.uv import clean_environ, find_uv
from doctor.probes.scratch_folder import ScratchFolder

DEADLINE = 3600.0
"""Seconds for installing: a gigabyte over a slow line."""

PROVED_WITH = ("peft", "accelerate")
"""What the proof needs beside a set's own pins."""

SAID_LINES = 8


@frozen
class Plan:
    """What is installed: requirements, and overrides of what they declare.

    `lock` is the file that holds all of them, with hashes where `hashed`: nothing else is
    installed then.
    """

    requirements: tuple[str, ...]
    overrides: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    lock: Path | None = None
    hashed: bool = False

    @property
    def arguments(self) -> tuple[str, ...]:
        """What pip and uv are told of it, overrides apart."""
        if self.lock is None:
            return self.requirements
        return ("--no-deps", *(["--require-hashes"] if self.hashed else []), "-r", os.fspath(self.lock))

    @property
    def cpu_builds(self) -> bool:
        """Whether it asks for builds that PyTorch publishes on its own index only."""
        return any(line.endswith("+cpu") for line in self.requirements)


def plan_of(chosen: KnownGoodSet) -> Plan:
    """What to install for a set.

    A requirement that the set deviates from is overridden by the set's pin, or dropped where the
    set pins nothing of that name.
    """
    versions = chosen.pins | {name: chosen.alternatives[name] for name in PROVED_WITH if name in chosen.alternatives}
    overrides, dropped = [], []
    for deviation in chosen.deviations:
        name = canonicalize_name(Requirement(deviation.requirement).name)
        if name in versions:
            overrides.append(f"{name}=={versions[name]}")
        else:
            overrides.append(f'{name} ; python_version < "0"')
            dropped.append(name)
    requirements = tuple(f"{name}=={version}" for name, version in versions.items())
    return Plan(requirements=requirements, overrides=tuple(dict.fromkeys(overrides)), dropped=tuple(dropped))


def plan_of_lock(lock: Lock) -> Plan:
    """What to install for a lock file: what it holds, and nothing that it does not."""
    requirements = tuple(f"{name}=={version}" for name, version in lock.pins.items())
    return Plan(requirements=requirements, lock=lock.path.absolute(), hashed=lock.hashed)


def make_environment(
    scratch: ScratchFolder,
    chosen: KnownGoodSet,
    *,
    environ: Mapping[str, str],
    progress: Callable[[str], None],
    folder: Path | None = None,
    exclude_newer: str = "",
    uv: str | None = None,
    lock: Lock | None = None,
) -> Path:
    """Make the environment of a set in `folder` (in `scratch` by default); return its interpreter.

    uv does it where it is found, otherwise venv and pip; `uv` is its path, "" for doing without,
    None for looking. `exclude_newer` is a date that no package may be younger than (uv only).
    With a `lock` exactly what it holds is installed, in place of the set's pins and what these need.

    Raises:
        ScratchError: another kind of machine, no fitting Python, or something could not be installed.
    """
    if chosen.machines and platform.machine() not in chosen.machines:
        raise ScratchError(f"the set {chosen.name} is for {', '.join(chosen.machines)}: this is {platform.machine()}")
    environment = folder or scratch.path / "environment"
    python = environment / "bin" / "python"
    uv = find_uv(environ) if uv is None else uv
    plan = plan_of_lock(lock) if lock else plan_of(chosen)
    installer = _Installer(scratch, clean_environ(environ), progress, python, plan)
    if uv:
        installer.with_uv(uv, environment, chosen, exclude_newer)
    else:
        installer.with_pip(environment, chosen)
    return python


@dataclass(frozen=True, slots=True)
class _Installer:
    scratch: ScratchFolder
    environ: dict[str, str]
    progress: Callable[[str], None]
    python: Path
    plan: Plan

    def with_uv(self, uv: str, environment: Path, chosen: KnownGoodSet, exclude_newer: str) -> None:
        plan, settings = self.plan, pip_settings(self.environ)
        base = _own_python(chosen) or chosen.python
        variables = self.environ if _uses_uv(self.environ) else self.environ | self._uv_places()
        self._run([uv, "venv", "--python", base, os.fspath(environment)], uv_environ(settings, variables))
        overrides = self.scratch.path / "overrides.txt"
        overrides.write_text("\n".join(plan.overrides) + "\n", encoding="utf-8")
        command = [
            uv,
            "pip",
            "install",
            "--python",
            os.fspath(self.python),
            "--compile-bytecode",
            *uv_options(settings),
        ]
        command += ["--overrides", os.fspath(overrides)] if plan.overrides else []
        command += ["--exclude-newer", exclude_newer] if exclude_newer else []
        command += plan.arguments
        try:
            self._install(command, plan, lambda extra: uv_environ(settings, variables, extra))
        except ScratchError as error:
            if not plan.lock or plan.cpu_builds or "+cpu" not in error.message:
                raise
            # ==2.13.0 takes 2.13.0+cpu as well, and uv prefers that to what has the hash of the lock.
            self.progress("the configured indexes offer a CPU build of torch in its place: asking the main one only")
            plain = {name: value for name, value in settings.items() if name not in ("find-links", "extra-index-url")}
            self._install(command, plan, lambda extra: uv_environ(plain, variables, extra))

    def _uv_places(self) -> dict[str, str]:
        """Where uv keeps what it would leave behind."""
        names = {"UV_CACHE_DIR": "uv-cache", "UV_CREDENTIALS_DIR": "uv-credentials"}
        return {name: os.fspath(self.scratch.path / folder) for name, folder in names.items()}

    def with_pip(self, environment: Path, chosen: KnownGoodSet) -> None:
        plan = self.plan
        if len(plan.dropped) < len(plan.overrides):
            hint = 'pip install "llm-stack-doctor[endtoend]" brings it'
            raise ScratchError(f"the set {chosen.name} overrides declared requirements, which only uv can", hint=hint)
        base = _own_python(chosen) or _python_on_path(chosen, self.environ)
        self._run([base, "-m", "venv", os.fspath(environment)], self.environ)
        pip = [os.fspath(self.python), "-m", "pip"]
        arguments = ["install", "--quiet", "--no-cache-dir", "--disable-pip-version-check", "--no-input"]
        named = pip_settings(self.environ).get("extra-index-url", "").split()

        def variables(extra: tuple[str, ...]) -> dict[str, str]:
            return self.environ | ({"PIP_EXTRA_INDEX_URL": " ".join([*named, *extra])} if extra else {})

        self._install([*pip, *arguments, *plan.arguments], plan, variables)
        if plan.dropped:
            self._run([*pip, "uninstall", "--quiet", "--yes", *plan.dropped], self.environ)

    def _install(self, command: list[str], plan: Plan, variables: Callable[[tuple[str, ...]], dict[str, str]]) -> None:
        """Install from what pip is configured with, and only where that fails from PyTorch's index too."""
        count = len(plan.requirements)
        self.progress(
            f"installing the {count} packages of {plan.lock.name}"
            if plan.lock
            else f"installing {count} pinned packages and what they need"
        )
        try:
            self._run(command, variables(()))
        except ScratchError as error:
            if not plan.cpu_builds or "+cpu" not in error.message:
                raise
            self.progress("the configured indexes have no CPU build of torch: asking PyTorch's own")
            try:
                self._run(command, variables((f"{PYTORCH_INDEX}/cpu",)))
            except ScratchError as second:
                hint = "set PIP_FIND_LINKS or PIP_EXTRA_INDEX_URL to where the CPU build of torch can be had"
                raise ScratchError(second.message, hint=hint) from error

    def _run(self, command: list[str], variables: Mapping[str, str]) -> None:
        """Run a command in a process group of its own that ends with this process."""
        log = self.scratch.path / "install.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                env={**variables, "TMPDIR": os.fspath(self.scratch.path)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
            self.scratch.watch(process.pid)
            started = time.monotonic()
            try:
                self._wait(process, started)
            finally:
                status = self.scratch.end(process)
                self.scratch.release(process.pid)
        if status != 0:
            if time.monotonic() - started > DEADLINE:
                raise ScratchError(f"installing took longer than {DEADLINE:g} s")
            said = hide_passwords(log.read_text(encoding="utf-8", errors="replace")).strip().splitlines()
            tail = " ".join(line.strip() for line in said[-SAID_LINES:])
            what = " ".join(Path(part).name for part in command[:3])
            raise ScratchError(f"{what} failed with exit status {status}: {tail}")

    def _wait(self, process: subprocess.Popen[bytes], started: float) -> None:
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=15)
                return
            elapsed = time.monotonic() - started
            if elapsed > DEADLINE:
                return
            self.progress(f"installing ({elapsed:.0f} s)")


def _own_python(chosen: KnownGoodSet) -> str:
    """The interpreter that runs doctor, where the set takes it."""
    fits = SpecifierSet(chosen.python).contains(platform.python_version(), prereleases=True)
    return sys.executable if fits else ""


def _python_on_path(chosen: KnownGoodSet, environ: Mapping[str, str]) -> str:
    for minor in range(14, 7, -1):
        found = shutil.which(f"python3.{minor}", path=environ.get("PATH"))
        if found and SpecifierSet(chosen.python).contains(f"3.{minor}.0"):
            return found
    raise ScratchError(f"the set {chosen.name} needs Python {chosen.python}, and there is none on PATH")


def _uses_uv(environ: Mapping[str, str]) -> bool:
    """Whether this user works with uv: then its cache is used, otherwise none is left behind."""
    if environ.get("UV_CACHE_DIR"):
        return True
    home = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME") or "/nonexistent", ".cache")
    return Path(home, "uv").is_dir()

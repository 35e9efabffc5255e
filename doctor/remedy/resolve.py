"""Asking uv for the full closure of a request, with hashes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from packaging.utils import canonicalize_name

from doctor.core.errors import DoctorError
from doctor.core.frozen import frozen
from doctor.core.install import PYTORCH_INDEX
from doctor.core.interpreter import Platform
from doctor.installer.pip_settings import hide_passwords, uv_environ, uv_options
from doctor.installer.uv import clean_environ, find_uv, hint_on
from doctor.probes.scratch_folder import ScratchFolder
from doctor.remedy.request import Request
from doctor.remedy.uv_platform import name_of

DEADLINE = 1800.0
"""Seconds for one resolution: metadata over a slow line."""

SAID_LINES = 12
_PIN = re.compile(r"^(?P<name>[A-Za-z0-9][\w.-]*)(?:==(?P<version>[^\s;\\]+)| @ (?P<url>\S+))")
_VIA = re.compile(r"^\s+#(?: via)?\s+(?!via$)(?P<name>[A-Za-z0-9][\w.-]*)$")
_UNSATISFIABLE = 1
"""The exit status of a uv that has looked and found no versions, or a package that cannot be built. It is 2 where
uv could not look: no network, no room (`ExitStatus` in crates/uv/src/commands/mod.rs)."""


class ResolveError(DoctorError):
    """uv is not there, or there is no set of versions that satisfies what is asked for."""


@frozen
class Locked:
    """One distribution of a resolution; `via` names those that require it."""

    name: str
    version: str
    lines: tuple[str, ...]
    via: tuple[str, ...] = ()


@frozen
class Resolution:
    """The closure, what of the user's own had to go, and the index that was asked beside the configured ones.

    `conflicts` pairs each with the words of uv; `beside` are installed ones that stay as they are
    without being locked.
    """

    locked: tuple[Locked, ...]
    conflicts: tuple[tuple[str, str], ...] = ()
    label: str = ""
    configured: bool = False
    beside: tuple[str, ...] = ()


def resolve(
    request: Request,
    *,
    environ: Mapping[str, str],
    settings: Mapping[str, str],
    progress: Callable[[str], None],
    platform: Platform | None = None,
    uv: str = "",
    builds: str = PYTORCH_INDEX,
    deadline: float = DEADLINE,
) -> Resolution:
    """Resolve a request with the `settings` of pip; `platform` is given where the interpreter is on another machine.

    What the user has installed for itself is left out, one by one, where nothing else resolves. `builds` is where
    the index of each label is looked for, and `deadline` the seconds that one run of uv may take.

    Raises:
        ResolveError: there is no uv, it fails, there is no room for its files, or no versions satisfy what the plan
            itself requires.
    """
    uv = require_uv(environ, uv)
    try:
        with ScratchFolder() as scratch:
            resolver = _Resolver(
                uv,
                scratch,
                request,
                dict(environ),
                dict(settings),
                platform,
                progress,
                builds=builds,
                deadline=deadline,
            )
            return resolver.run()
    except OSError as error:
        raise ResolveError(
            f"the files for uv cannot be written: {error}", hint="set TMPDIR to a folder with room"
        ) from error


def require_uv(environ: Mapping[str, str], named: str = "") -> str:
    """The uv that is `named`, or else the one that is found.

    Raises:
        ResolveError: there is none.
    """
    uv = shutil.which(named, path=environ.get("PATH")) if named else find_uv(environ)
    if not uv:
        hint = 'pip install "llm-stack-doctor[fix]" brings it'
        raise ResolveError(f"there is no uv at {named}" if named else "this needs uv, and uv is not found", hint=hint)
    return uv


@dataclass(slots=True)
class _Resolver:
    uv: str
    scratch: ScratchFolder
    request: Request
    environ: dict[str, str]
    settings: dict[str, str]
    platform: Platform | None
    progress: Callable[[str], None]
    builds: str
    deadline: float
    label: str = ""
    said: str = ""
    conflicts: list[tuple[str, str]] = field(default_factory=list)
    preferred: dict[str, str] = field(default_factory=dict)
    solved: dict[tuple[str, ...], str] = field(default_factory=dict)

    def run(self) -> Resolution:
        own = self.request.own
        self.preferred = dict(self.request.preferred)
        self.progress(f"resolving {len(self.request.needed) + len(own)} requirements and what they need")
        if self._compile(own) is None:
            own = self._without(own)
        text = self._with_proven(self.solved[own], own)
        return Resolution(
            locked=tuple(parse(text)),
            conflicts=tuple(self.conflicts),
            label=self.label,
            configured=bool(self.settings),
        )

    def _without(self, own: tuple[str, ...]) -> tuple[str, ...]:
        """Find what of the user's own does not fit, and leave it out."""
        if self._compile(()) is None:
            raise ResolveError(f"no versions satisfy the plan: {self.said}")
        self.progress("some of what is installed does not fit: looking for which")
        return self._fitting((), own)

    def _with_proven(self, text: str, own: tuple[str, ...]) -> str:
        """The text with the set's versions of what cannot keep its own: without these it has the newest."""
        proven = self.request.proven
        moved = {
            item.name: proven[item.name]
            for item in parse(text)
            if item.version not in (self.preferred.get(item.name), proven.get(item.name))
            and {item.name} <= proven.keys() & self.preferred.keys()
        }
        if not moved:
            return text
        self.preferred.update(moved)
        return self._compile(own) or text

    def _fitting(self, kept: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...]:
        """What of `more` can be had together with `kept`, which can be had: the earlier goes before the later."""
        if not more or self._compile((*kept, *more)) is not None:
            return (*kept, *more)
        if len(more) == 1:
            self.conflicts.append((more[0].partition(" ")[0], self.said))
            return kept
        half = len(more) // 2
        return self._fitting(self._fitting(kept, more[:half]), more[half:])

    def _compile(self, own: tuple[str, ...]) -> str | None:
        """The text of uv, or None where it finds no solution; PyTorch's index is asked last."""
        text = self._once(own)
        if text is None and not self.label:
            text = self._with_label(own)
        if text is not None:
            self.solved[own] = text
        return text

    def _with_label(self, own: tuple[str, ...]) -> str | None:
        """Ask PyTorch's own index as well, where it is a labelled build that was not found."""
        labels = sorted({item.rpartition("+")[2] for item in self.request.needed if "+" in item})
        first = self.said
        if not labels or f"+{labels[0]}" not in first:
            return None
        self.progress(f"the configured indexes have no +{labels[0]} build: asking PyTorch's own")
        self.label = labels[0]
        try:
            text = self._once(own)
        except ResolveError as error:
            # Where there is no way to it, what the configured indexes lack may still be all that is wrong.
            text, first = None, f"{first} (asked of {self.builds}/{self.label} too: {error.message})"
        if text is None:
            self.label, self.said = "", first
        return text

    def _once(self, own: tuple[str, ...]) -> str | None:
        asked, output, overrides = (
            self.scratch.path / name for name in ("requirements.in", "lock.txt", "overrides.txt")
        )
        asked.write_text("".join(f"{line}\n" for line in (*self.request.needed, *own)), encoding="utf-8")
        overrides.write_text("".join(f"{line}\n" for line in self.request.overrides), encoding="utf-8")
        # uv keeps to the versions of an output file that is there.
        preferred = (f"{name}=={version}\n" for name, version in self.preferred.items())
        output.write_text("".join(preferred), encoding="utf-8")
        command = [self.uv, "pip", "compile", "--quiet", "--generate-hashes", "--no-header", "--no-progress"]
        command += ["--overrides", overrides.name, "--output-file", output.name, *uv_options(self.settings)]
        command += [*self._target(), asked.name]
        extra = (f"{self.builds}/{self.label}",) if self.label else ()
        variables = uv_environ(self.settings, clean_environ(self.environ), extra)
        status, said = self._run(command, variables)
        if status == 0:
            return output.read_text(encoding="utf-8")
        lines = hide_passwords(said).strip().splitlines()[-SAID_LINES:]
        self.said = " ".join(" ".join(lines).split())
        if status != _UNSATISFIABLE:
            # Not a word on what fits: leaving packages out because of it would lose them.
            how = self.said or f"it ended with {status} and said nothing"
            raise ResolveError(f"uv could not resolve: {how}", hint=hint_on(said))
        return None

    def _run(self, command: list[str], variables: Mapping[str, str]) -> tuple[int, str]:
        """Run uv in a process group that ends with this process; return its exit status and its words."""
        folder = self.scratch.path
        log = folder / "uv.log"
        with log.open("wb") as output:
            try:
                process = subprocess.Popen(
                    command,
                    cwd=folder,
                    env={**variables, "NO_COLOR": "1", "TMPDIR": os.fspath(folder)},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
            except OSError as error:
                raise ResolveError(f"uv cannot be started: {error.strerror}") from error
        self.scratch.watch(process.pid)
        try:
            process.wait(timeout=self.deadline)
        except subprocess.TimeoutExpired as error:
            raise ResolveError(f"uv took longer than {self.deadline:g} s to resolve") from error
        finally:
            status = self.scratch.end(process)
            self.scratch.release(process.pid)
        return status, log.read_text(encoding="utf-8", errors="replace")

    def _target(self) -> list[str]:
        interpreter = self.request.interpreter
        if self.platform is None:
            return ["--python", interpreter.executable]
        name = name_of(self.platform)
        if not name:
            where = f"{self.platform.system} on {self.platform.machine}"
            raise ResolveError(f"uv resolves for no {where} from elsewhere", hint="run doctor on that machine")
        return ["--python-version", interpreter.version, "--python-platform", name]


def parse(text: str) -> Iterator[Locked]:
    """Read the output of ``uv pip compile --generate-hashes``, without what is not a pin or a hash."""
    name, version, lines, via = "", "", [], []  # type: str, str, list[str], list[str]
    for line in (*text.splitlines(), "end==0"):
        match = _PIN.match(line)
        if match:
            if name:
                yield Locked(name=name, version=version, lines=tuple(lines), via=tuple(via))
            name, version = canonicalize_name(match["name"]), match["version"] or ""
            lines, via = [line], []
        elif line.strip().startswith("--hash="):
            lines.append(line)
        elif found := _VIA.match(line):
            via.append(found["name"])

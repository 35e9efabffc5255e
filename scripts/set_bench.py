"""Where a set is proven, and what is written down of each step."""

from __future__ import annotations

import datetime
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from doctor.core.matrix import Depth, Evidence


class ProofError(Exception):
    """A step of a proof failed: what was seen."""


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Where and with what a set is proven: uv with its variables and options, a Python, the matrix file of the set.

    Without `runs` nothing is run end to end.
    """

    uv: str
    environ: Mapping[str, str]
    options: tuple[str, ...]
    python: str
    matrix: Path
    runs: bool = True

    @property
    def locks(self) -> Path:
        """The folder of the lock files."""
        return self.matrix.parent / "locks"

    def run(self, *arguments: str) -> str:
        """Run uv and return what it said; packages are linked from its cache."""
        variables = {"UV_LINK_MODE": "hardlink", **self.environ}
        done = subprocess.run([self.uv, *arguments], env=variables, capture_output=True, text=True, check=False)
        if done.returncode:
            raise ProofError(f"uv {' '.join(arguments[:2])}: {(done.stderr or done.stdout).strip()}")
        return done.stderr + done.stdout


def evidence(depth: Depth, command: str, result: str) -> Evidence:
    """Evidence of today from this machine."""
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    return Evidence(depth=depth, date=today, host=_host(), command=command, result=result)


def _host() -> str:
    release = platform.freedesktop_os_release()
    system = f"{release.get('NAME', 'Linux').partition(' GNU')[0]} {release.get('VERSION_ID', '')}".strip()
    gpu = "no GPU" if not Path("/dev/nvidiactl").exists() else "NVIDIA GPU"
    libc = " ".join(platform.libc_ver())
    return f"Python {platform.python_version()}, {system} {platform.machine()}, {libc}, {gpu}"

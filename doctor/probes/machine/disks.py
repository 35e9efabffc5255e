"""The folders that the stack writes to, and the user that writes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from doctor.core.fact import Absent, Known, Source, SourceKind
from doctor.core.machine.system import DISKS, USER, Disk
from doctor.core.target import Facts, Probe, Target
from doctor.probes.attempt import attempt
from doctor.probes.temporary import temporary_folder

_MIB = 1 << 20


def find(target: Target, *, uid: int | None = None) -> Facts:
    """Find the folders and the user's name; `uid` is the user's number, by default our own."""
    uid = os.getuid() if uid is None else uid
    user = _user(target.environ, uid)
    source = Source(kind=SourceKind.ENV_VAR, where="HF_HOME, VLLM_CACHE_ROOT, TRITON_CACHE_DIR, TMPDIR, HOME")
    asked = Source(kind=SourceKind.RUN, where="getpass.getuser")
    detail = f"user {uid} has no name: no USER variable and no line in the password file"
    return [
        attempt(DISKS, source, lambda: tuple(_disks(target.environ, uid, user))),
        (USER, Known(value=user, source=asked) if user else Absent(source=asked, detail=detail)),
    ]


def _user(environ: Mapping[str, str], uid: int) -> str:
    """The name that getpass.getuser returns, or "" where it raises."""
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        if environ.get(name):
            return environ[name]
    return _password_entry(uid)[0]


def _password_entry(uid: int) -> tuple[str, str]:
    """The name and home of a user number, empty where the password file has no such line."""
    import pwd  # does not exist on Windows

    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return "", ""
    return entry.pw_name, entry.pw_dir


def _disks(environ: Mapping[str, str], uid: int, user: str) -> Iterator[Disk]:
    for purpose, folder in _folders(environ, uid, user):
        yield _measure(purpose, folder)


def _folders(environ: Mapping[str, str], uid: int, user: str) -> Iterator[tuple[str, Path]]:
    """Where each library writes, by its own rules."""

    def chosen(name: str, default: Path) -> Path:
        value = environ.get(name)
        return Path(value.replace("~", str(home), 1) if value.startswith("~") else value) if value else default

    # Without HOME and without a line in the password file, "~" is not expanded at all.
    home = Path(environ.get("HOME") or _password_entry(uid)[1] or "~")
    cache = chosen("XDG_CACHE_HOME", home / ".cache")
    temporary = temporary_folder(environ)
    # https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables
    hub = chosen("HF_HOME", cache / "huggingface") / "hub"
    yield "Hugging Face cache", chosen("HF_HUB_CACHE", chosen("HUGGINGFACE_HUB_CACHE", hub))
    # https://docs.vllm.ai/en/stable/configuration/env_vars/
    yield "vLLM cache", chosen("VLLM_CACHE_ROOT", cache / "vllm")
    yield "Triton cache", chosen("TRITON_CACHE_DIR", chosen("TRITON_HOME", home) / ".triton/cache")
    yield "torch compile cache", chosen("TORCHINDUCTOR_CACHE_DIR", temporary / f"torchinductor_{user or uid}")
    yield "temporary files", temporary


def _measure(purpose: str, folder: Path) -> Disk:
    existing = folder
    # Not Path.exists, which raises where a folder above is closed to us.
    while not os.access(existing, os.F_OK) and existing.parent != existing:
        existing = existing.parent
    status = os.statvfs(existing)
    return Disk(
        purpose=purpose,
        path=str(folder),
        free=status.f_bavail * status.f_frsize // _MIB,
        # access(2) knows of read-only file systems, which the mode bits do not.
        writable=os.access(f"{existing}/", os.W_OK | os.X_OK),
    )


DISKS_PROBE = Probe(name="disks", keys=(DISKS, USER), find=find, group="machine")

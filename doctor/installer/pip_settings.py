"""What pip is configured with, handed on to uv, which reads none of it.

https://docs.astral.sh/uv/pip/compatibility/#configuration-files-and-environment-variables says
so. A mirror, a folder of wheels or a certificate that pip uses is what a machine behind a
firewall installs from. Values go through environment variables, never through a command line
that every user of the machine can list, because addresses may hold passwords.
"""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping

DEADLINE = 20.0
LISTS = frozenset({"extra-index-url", "find-links", "trusted-host"})
_UV_NAMES = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_EXTRA_INDEX_URL", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "cert": ("SSL_CERT_FILE", ""),
    "proxy": ("ALL_PROXY", ""),
}
"""pip's options, the variables of uv for them, and what separates several values there."""

_LINE = re.compile(r"(?P<section>[^.]+)\.(?P<name>[a-z-]+)=(?P<value>['\"].*['\"])$")
_PASSWORD = re.compile(r"(?<=://)[^/\s@]+@")


def pip_settings(environ: Mapping[str, str], python: str = sys.executable) -> dict[str, str]:
    """Ask pip for its settings: option name (``extra-index-url``) to value as pip has it.

    The pip of `python` is asked, or else the one on PATH. Later sections win as they do in pip:
    [global], then [install], then PIP_* variables, which alone are read where there is no pip.
    """
    commands = ([python, "-m", "pip"], ["pip3"], ["pip"])
    for command in commands:
        if shutil.which(command[0], path=environ.get("PATH")) is None and command[0] != python:
            continue
        said = _ask([*command, "config", "list"], environ)
        if said is not None:
            return parse_settings(said)
    prefix = "PIP_"
    return {
        name[len(prefix) :].lower().replace("_", "-"): value
        for name, value in environ.items()
        if name.startswith(prefix)
    }


def _ask(command: list[str], environ: Mapping[str, str]) -> str | None:
    try:
        done = subprocess.run(
            command,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=DEADLINE,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def parse_settings(listing: str) -> dict[str, str]:
    """Read the output of ``pip config list``."""
    order = ("global", "install", ":env:")
    found: dict[str, dict[str, str]] = {section: {} for section in order}
    for line in listing.splitlines():
        match = _LINE.match(line.strip())
        if match and match["section"] in found:
            found[match["section"]][match["name"]] = str(ast.literal_eval(match["value"]))
    return {name: value for section in order for name, value in found[section].items()}


def uv_environ(
    settings: Mapping[str, str], environ: Mapping[str, str], extra_indexes: Iterable[str] = ()
) -> dict[str, str]:
    """The environment for uv: `environ`, and pip's settings where it does not set uv's own.

    `extra_indexes` are addresses that come after those of pip. With more than one index the best
    version of all is taken, as pip does.
    """
    wanted = dict(settings)
    indexes = [*settings.get("extra-index-url", "").split(), *extra_indexes]
    if indexes:
        wanted["extra-index-url"] = " ".join(indexes)
    result = dict(environ)
    for name, (variable, separator) in _UV_NAMES.items():
        value = separator.join(wanted.get(name, "").split()) if name in LISTS else wanted.get(name, "").strip()
        if value:
            result.setdefault(variable, value)
    if indexes:
        result.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    return result


def uv_options(settings: Mapping[str, str]) -> tuple[str, ...]:
    """The options for uv that no variable of uv stands for: ``--no-index`` (`uv pip install --help`)."""
    wanted = settings.get("no-index", "").strip().lower() in ("1", "true", "yes", "on", "y", "t")
    return ("--no-index",) if wanted else ()


def hide_passwords(text: str) -> str:
    """Replace what stands before the @ of an address."""
    return _PASSWORD.sub("***@", text)

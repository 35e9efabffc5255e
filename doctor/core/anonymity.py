"""Facts without what says whose machine they are of, for reports and snapshots that are shown to others.

Names are replaced, one by one and everywhere alike, so that what lies in what, what equals what, and so every
verdict stays as it is. What the stack itself names is kept: packages, their files, versions, models by their
architecture. So are the names of files that have an ending.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import re
from functools import partial
from typing import Any

from doctor.core.fact import Known
from doctor.core.fleet.node import HOST, INTERFACES
from doctor.core.machine.system import USER, VARIABLES
from doctor.core.snapshot import Snapshot
from doctor.core.texts import rewrite

_PUBLIC = ("/usr/", "/lib/", "/lib64/", "/bin/", "/sbin/", "/etc/", "/proc/", "/sys/", "/dev/", "/run/", "/snap/")
"""Folders of every Linux, in which nothing is named by who uses it."""

_WORDS = frozenset(
    """
    .cache .conda .config .local .pyenv .venv Users adapter adapters anaconda3 app base bin blobs checkpoints
    conda cuda data env envs home hpcx hub huggingface include lib lib64 lora mambaforge media merged micromamba
    miniconda miniconda3 miniforge3 mnt model models mpi nccl nvidia opt peft pip pyenv python ray refs rocm
    root scratch share snapshots src srv tmp torch transformers triton ucx unsloth uv var venv versions vllm
    work workspace
    """.split()  # noqa: SIM905 - a list of strings would take sixty lines
)
"""Names of folders that say nothing of who made them."""

_FAMILIAR = re.compile(r"python[\d.]*t?|cuda[-\d.]*|\d{1,3}(?:\.\d+){0,3}|lib[\w+-]+\.so[.\d]*")
"""Versions and libraries."""

_FILE = re.compile(
    r"[\w.+@-]+\.(?:bin|cfg|gguf|h|html?|in|jinja|json|lock|log|md|model|msgpack|npz|pth?|pyc?|pyz"
    r"|safetensors|sh|so|toml|txt|xml|ya?ml)"
    r"|METADATA|RECORD|Dockerfile"
)
_PACKAGES = ("site-packages", "dist-packages")
_PATH = re.compile(r"(?<![\w.~/-])(?:(?<=file:)//)?/[^\s:;,'\"`()<>|/]+(?:/[^\s:;,'\"`()<>|/]+)*")
_UUID = re.compile(r"\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b", re.IGNORECASE)
_CONTAINER = re.compile(r"\b[0-9a-f]{32,64}\b")
_ADDRESS = re.compile(
    r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])|(?<![\w:.])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?![\w:])"
)
_SERVER = re.compile(r"(?<=://)(?:[^/\s@'\"]*@)?(?P<name>[A-Za-z0-9.-]+)")
_OPEN_SERVERS = re.compile(
    r"(?:.*\.)?(?:huggingface\.co|hf\.co|hf-mirror\.com|modelscope\.cn|pypi\.org|pythonhosted\.org|pytorch\.org|github\.com"
    r"|githubusercontent\.com|nvidia\.com|vllm\.ai|anaconda\.org|localhost|127\.0\.0\.1|0\.0\.0\.0)"
)
_OF_HOSTS = re.compile(r"HOST|ADDR|(?<![A-Z])IP(?![A-Z])|PROXY|URL|ENDPOINT|MASTER|RAY|INDEX")
"""Variables whose values name machines."""

_PLAIN_HOST = re.compile(r"(?!localhost\b|auto\b)[A-Za-z][\w-]*(?:\.[\w-]+)*(?=:\d+$|$)")
_OF_ONE_HOST = re.compile(r"ADDR|HOSTNAME|HOST_IP|MASTER|_HOST$")
"""Variables whose value is one machine, with a port or without."""


def anonymise(snapshot: Snapshot) -> Snapshot:
    """A snapshot of the same verdicts without the names of host, user and private folders, without addresses and UUIDs.

    It is for being shown: the nodes of a fleet are told apart by what is missing here.
    """
    names = _Names(_known(snapshot, USER) or "", getattr(_known(snapshot, HOST), "name", ""))
    image = getattr(_known(snapshot, HOST), "image", None)
    names.hide("image", image.value if isinstance(image, Known) else "")
    facts = {name: rewrite(fact, partial(names.replace, of=name)) for name, fact in snapshot.facts.items()}
    return dataclasses.replace(snapshot, target=names.replace(snapshot.target), facts=facts)


class _Names:
    """What stands for what: each name gets its stand-in when it is first met."""

    def __init__(self, user: str, host: str) -> None:
        self._stand_ins: dict[tuple[str, str], str] = {}
        self._hidden: dict[str, str] = {}
        self._user, self._host = user, host

    def hide(self, kind: str, text: str) -> None:
        """Replace a whole text wherever it stands."""
        if text:
            self._hidden[text] = self._get(kind, text, f"{kind}{{}}")

    def replace(self, text: str, of: str = "", name: str = "") -> str:
        """The text of a fact, `of` which this is a part, with stand-ins; `name` is that of a variable."""
        text = self._hidden.get(text, text)
        text = _UUID.sub(lambda match: self._get("uuid", match[0], "00000000-0000-0000-0000-{:012}"), text)
        text = _SERVER.sub(self._server, text)
        if of == USER.name or name in ("USER", "LOGNAME", "USERNAME"):
            text = "user" if text == self._user else text
        if of in (HOST.name, INTERFACES.name) or (of == VARIABLES.name and _OF_HOSTS.search(name)):
            text = self._machines(text, one=bool(_OF_ONE_HOST.search(name)))
        return _PATH.sub(self._path, text)

    def _machines(self, text: str, *, one: bool) -> str:
        text = _CONTAINER.sub(lambda match: self._get("container", match[0], "{:064}"), text)
        text = _ADDRESS.sub(self._address, text)
        if one and text != self._host:
            text = _PLAIN_HOST.sub(lambda match: self._get("server", match[0], "server{}.invalid"), text, count=1)
        return re.sub(rf"(?<![\w-]){re.escape(self._host)}(?![\w-])", "host", text) if self._host else text

    def _get(self, kind: str, name: str, form: str) -> str:
        key = (kind, name)
        if key not in self._stand_ins:
            count = sum(known == kind for known, _ in self._stand_ins) + 1
            self._stand_ins[key] = form.format(count)
        return self._stand_ins[key]

    def _address(self, match: re.Match[str]) -> str:
        try:
            address = ipaddress.ip_address(match[0])
        except ValueError:
            return match[0]
        if address.is_loopback or address.is_unspecified or address.is_link_local:
            return match[0]
        # The networks of documentation: RFC 5737 and RFC 3849.
        return self._get(f"v{address.version}", match[0], "192.0.2.{}" if address.version == 4 else "2001:db8::{}")

    def _server(self, match: re.Match[str]) -> str:
        return match[0] if _OPEN_SERVERS.fullmatch(match["name"]) else self._get("server", match[0], "server{}.invalid")

    def _path(self, match: re.Match[str]) -> str:
        path = match[0]
        if path.startswith(_PUBLIC):
            return path
        before, *parts = path.split("/")
        kept: list[str] = []
        for place, part in enumerate(parts):
            if kept and kept[-1] in _PACKAGES:
                return "/".join([before, *kept, *parts[place:]])
            kept.append(self._part(part, last=place == len(parts) - 1))
        return "/".join([before, *kept])

    def _part(self, part: str, *, last: bool) -> str:
        if part == self._user and part != "root":
            return "user"
        if not part or part in _WORDS or part in _PACKAGES or part.endswith((".dist-info", ".egg-info")):
            return part
        if _FAMILIAR.fullmatch(part) or (last and _FILE.fullmatch(part)):
            return part
        return self._get("name", part, "name{}")


def _known(snapshot: Snapshot, key: Any) -> Any:
    fact = snapshot.get(key)
    return fact.value if isinstance(fact, Known) else None

"""Texts of a given size, of as many different parts as fit, in the form of each file that doctor reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from typing import Any

from doctor.formats.snapshot import render_snapshot
from tests.bases import base
from tests.intake.texts import FORMS
from tests.matrix.files import SOUND

DIGEST = "0123456789abcdef" * 4


def fill(size: int, part: Callable[[int], str], head: str = "", end: str = "") -> str:
    """Text of about `size` bytes: numbered parts that all differ."""
    parts, length = [head], len(head) + len(end)
    for number in count():
        text = part(number)
        if length + len(text) > size:
            return "".join([*parts, end])
        parts.append(text)
        length += len(text)
    raise AssertionError


def requirements(size: int) -> str:
    """A list of pins."""
    return fill(size, lambda number: f"package-{number}==1.{number}.0\n")


def locked(size: int) -> str:
    """A list of pins with ten hashes each."""
    hashes = " \\\n".join([f"    --hash=sha256:{DIGEST}"] * 10)
    return fill(size, lambda number: f"package-{number}==1.{number}.0 \\\n{hashes}\n")


def pylock(size: int) -> str:
    """A lock in the form of PEP 751."""

    def wheel(number: int) -> str:
        name = f"package_{number}-1.{number}-py3-none-any.whl"
        return f'{{ name = "{name}", url = "https://x/{name}", hashes.sha256 = "{DIGEST}" }}'

    return fill(
        size,
        lambda number: (
            f'[[packages]]\nname = "package-{number}"\nversion = "1.{number}"\nwheels = [{wheel(number)}]\n\n'
        ),
        'lock-version = "1.0"\ncreated-by = "x"\n\n',
    )


def uv_lock(size: int) -> str:
    """A lock of uv."""
    wheel = f'    {{ url = "https://x/x-1-py3-none-any.whl", hash = "sha256:{DIGEST}", size = 1 }},\n'
    return fill(
        size,
        lambda number: (
            f'[[package]]\nname = "package-{number}"\nversion = "1.{number}"\n'
            f'source = {{ registry = "https://x/simple" }}\nwheels = [\n{wheel * 8}]\n\n'
        ),
        'version = 1\nrevision = 3\nrequires-python = ">=3.11"\n\n'
        '[[package]]\nname = "own"\nversion = "0"\nsource = { virtual = "." }\n\n',
    )


def matrix(size: int) -> str:
    """A matrix of many sets."""
    return fill(
        size,
        lambda number: (
            f'\n[[set]]\nname = "large-{number}"\ntitle = "Set {number}"\nreleased = "2026-01-01"\npython = ">=3.10"\n'
            f'basis = "declared"\nsources = ["https://example.org"]\n[set.pins]\nvllm = "90.{number}.0"\n'
        ),
        SOUND,
    )


def collect_env(size: int) -> str:
    """A report of torch with many packages."""
    return fill(size, lambda number: f"[pip3] package-{number}==1.{number}.0\n", FORMS["torch 2.1"] + "\n")


def snapshot(size: int) -> str:
    """A snapshot of many distributions."""
    document: dict[str, Any] = json.loads(render_snapshot(base("busy")))
    listed = document["facts"]["distributions"]["known"]
    first = json.dumps(listed[0])
    more = fill(size, lambda number: "," + first.replace(listed[0]["name"], f"package-{number}"))
    listed += json.loads(f"[{more[1:]}]")
    return json.dumps(document)


def log(size: int) -> str:
    """A log."""
    return fill(
        size,
        lambda number: f"ERROR 11-27 10:00:{number % 60:02} [worker.py:{number}] request {number} failed: no block\n",
        end="ImportError: libcudart.so.12: cannot open shared object file: No such file or directory\n",
    )


def dockerfile(size: int) -> str:
    """A Dockerfile."""
    return fill(size, lambda number: f"RUN pip install package-{number}==1.{number}\n", "FROM python:3.11\n")


def new_lines(size: int) -> str:
    """A log in which every line says something new: no honest one does."""
    letters = str.maketrans("0123456789", "ghijklmnop")
    return fill(size, lambda number: f"INFO {number * 7919} {number * 104729} is new here\n".translate(letters))


def metadata(size: int) -> str:
    """A METADATA of many requirements."""
    head = "Metadata-Version: 2.1\nName: one\nVersion: 1\n"
    return fill(size, lambda number: f'Requires-Dist: package-{number}>=1.{number}; extra == "all"\n', head)


def record(size: int) -> str:
    """A RECORD of many files."""
    return fill(size, lambda number: f"one/part_{number // 100}/module_{number}.py,sha256={DIGEST},{number}\n")

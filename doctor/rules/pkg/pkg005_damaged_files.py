"""PKG005."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

from doctor.core.fact import Source, SourceKind
from doctor.core.install import install, mend
from doctor.core.interpreter import INTERPRETER, Interpreter
from doctor.core.packages.distribution import DAMAGED_FILES, DISTRIBUTIONS, DamagedFile, Distribution
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.core.rule import Env, rule
from doctor.rules.pkg.stack import listing, rank

# What people remove to make a container smaller, and what nothing reads at run time.
_UNUSED_FOLDER = re.compile(r"/(?:tests?|docs?|examples?|benchmarks?|licenses)/")
_UNUSED_FILE = re.compile(r"\.(?:pyi|pxd|pyx|md|rst|txt|a|exe|dll|typed|md5|map)$|/(?:LICEN[CS]E|COPYING|NOTICE)[^/]*$")
# Certificates of one's own are added to these, by hand or by tools of the site.
_CERTIFICATES = re.compile(r"\.(?:pem|crt)$")
# Nothing is known of these; which of them this user may not read is another rule's finding.
_UNSEEN = ("unreadable", "permission")
# Damage inside a file, which the cache that it was linked from may share.
_CHANGED = ("size", "truncated", "hash")
MOST_PATCHED = 128 << 10
"""Bytes: a segment or two, each aligned to a page (https://github.com/NixOS/patchelf)."""
_CODE = re.compile(r"\.(?:py|so)$|\.so\.[\d.]+$")


@rule(
    severity=Severity.ERROR,
    cause=Cause.CORRUPTED_INSTALL,
    since="0.1.0",
    reads=(INTERPRETER, DISTRIBUTIONS, DAMAGED_FILES),
)
def damaged_files(env: Env) -> Iterator[Problem]:
    """The files of every installed distribution are as they were installed.

    ## What it checks
    Each file that a RECORD lists is there and has the size that is stated; with `--deep` its
    content has the hash that is stated. Left out are compiled Python files, commands, what
    installers write afterwards, and files on which their owners disagree. Missing, shortened
    or emptied code is an error. Code that grew (somebody edited it), a shared library of
    another size that is complete (stripped or replaced), data files, and a RECORD that is
    missing are warnings. Tests, documentation, type stubs and licences that were removed,
    certificates that were added to, and a complete shared library that is a little larger than stated are
    only mentioned: damage makes no file larger, and patchelf does, in some wheels after the RECORD was written.

    ## Why it matters
    An interrupted installation, a full disk or a cleaned cache leaves files out or cuts them.
    A shortened shared library ends the process with SIGBUS and no message; an emptied
    `__init__.py` imports, and has nothing in it.

    ## How to fix it
    Install the same version again. uv links files from its cache, so that what was cut or edited
    in place is damaged there too: the command then says `--no-cache-dir`, and `uv cache clean NAME`
    keeps the damage from the next environment.

    ## Sources
    - https://packaging.python.org/en/latest/specifications/recording-installed-packages/
    - https://github.com/pypa/pip/issues/1463
    - pynvvideocodec 2.0.4, cp311 manylinux wheel: two extensions are 36,191 bytes larger than its own RECORD states
    """
    interpreter = env.need(INTERPRETER)
    distributions = env.need(DISTRIBUTIONS)
    installed = {item.name: item for item in distributions if not item.shadowed}
    by_owner: dict[str, list[DamagedFile]] = {}
    for damaged in env.need(DAMAGED_FILES):
        by_owner.setdefault(damaged.distribution, []).append(damaged)
    found = []
    for name, files in by_owner.items():
        for damaged in files:
            if damaged.damage in ("record", "unreadable"):
                env.gap(f"{damaged.path}: {damaged.found}")
        closed = [item for item in files if item.damage == "permission"]
        if closed:
            further = sum(item.count for item in closed) - 1
            env.gap(f"{closed[0].path}{f' and {further} more' if further else ''}: {closed[0].found}")
        graver = [item for item in files if item.damage not in _UNSEEN]
        if graver:
            found.append((max(_severity(item) for item in graver), name, graver))
    for severity, name, files in sorted(found, key=lambda item: (-item[0], rank(item[1]), item[1])):
        item = installed.get(name)
        yield Problem(
            subject=name,
            message=_message(name, item, files),
            location=Source(kind=SourceKind.FILE, where=max(files, key=_severity).path),
            severity=severity,
            remedies=(_remedy(interpreter, distributions, name, item, files),),
        )


def _remedy(
    interpreter: Interpreter,
    distributions: tuple[Distribution, ...],
    name: str,
    item: Distribution | None,
    files: list[DamagedFile],
) -> Remedy:
    needed = max(_severity(file) for file in files) > Severity.INFO
    text = f"Install the same {name} again" if needed else f"Nothing, unless you miss these files; or restore {name}"
    if item is None:
        return Remedy(
            text=text, commands=(install(interpreter, distributions, "--force-reinstall", "--no-deps", name),)
        )
    changed = any(file.damage in _CHANGED for file in files)
    pins = (f"{name}=={item.version}",) if item.version else ()
    remedy = mend(interpreter, distributions, item, text, fresh=changed and item.installer == "uv")
    return dataclasses.replace(remedy, pins=pins)


def _severity(item: DamagedFile) -> Severity:
    if item.damage == "record":
        return Severity.WARNING
    if _UNUSED_FILE.search(item.path) or _UNUSED_FOLDER.search(item.path):
        return Severity.INFO
    if item.damage != "missing" and _CERTIFICATES.search(item.path):
        return Severity.INFO
    if item.path.endswith("/"):
        return Severity.ERROR
    if not _CODE.search(item.path):
        return Severity.WARNING
    if item.damage in ("missing", "truncated"):
        return Severity.ERROR
    shorter = item.found.isdecimal() and _number(item.found) < _number(item.expected)
    library = not item.path.endswith(".py")
    if library and _is_patched(item):
        return Severity.INFO
    emptied = item.found == "0"
    return Severity.ERROR if emptied or (shorter and not library) else Severity.WARNING


def _is_patched(item: DamagedFile) -> bool:
    """Whether a complete file is larger than stated, by no more than patchelf adds."""
    return 0 < _number(item.found) - _number(item.expected) <= MOST_PATCHED


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else 0


def _message(name: str, item: Distribution | None, files: list[DamagedFile]) -> str:
    version = f" {item.version}" if item else ""
    ordered = sorted(files, key=lambda file: (-_severity(file), file.path))
    return f"{name}{version}: {listing((_describe(file, _base(item)) for file in ordered), 3)}{_further(ordered)}"


def _further(files: list[DamagedFile]) -> str:
    total = sum(item.count for item in files)
    return f" ({total} files in all)" if len(files) > 3 else ""


def _base(item: Distribution | None) -> str:
    return f"{item.path.rpartition('/')[0]}/" if item else ""


def _describe(item: DamagedFile, base: str) -> str:
    path = item.path.removeprefix(base)
    if item.damage == "record":
        return f"its files cannot be verified, because of {path}: {item.found}"
    if item.damage == "missing":
        return f"{path} is missing" + (f" with {item.count} files" if item.path.endswith("/") else "")
    if item.damage == "truncated":
        return f"{path} is cut to {item.found} of {item.expected} bytes"
    if item.damage == "size":
        return f"{path} has {item.found} bytes instead of {item.expected}" if item.found else f"{path} has another size"
    return f"{path} has other content than was installed"

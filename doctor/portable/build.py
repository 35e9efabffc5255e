"""Putting the probe together: the modules that find facts, and the few packages that they import, in one file."""

from __future__ import annotations

import ast
import base64
import importlib.metadata
import importlib.util
import io
import textwrap
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import doctor
from doctor.core.errors import DoctorError

# What the command of the probe begins with, and what it imports late; what these import goes along.
_ROOTS = (
    "doctor.cli",
    "doctor.cli.carried",
    "doctor.cli.run",
    "doctor.core",
    "doctor.engine.examine",
    "doctor.engine.guard",  # imported late, while the interpreter answers
    "doctor.probes",
)
# Import names and distributions; all of them are pure Python.
_PACKAGES = {"click": "click", "packaging": "packaging", "pynvml": "nvidia-ml-py"}

_SHEBANG = b"#!/usr/bin/env python3\n"
# f-strings are as new as Python 3.6, and what is older has no support left anywhere.
_CHECK = b"""import sys

if sys.version_info < (3, 10):
    sys.stderr.write(
        f"error: this probe needs Python 3.10 or newer, and this is {sys.version_info[0]}.{sys.version_info[1]}\\n"
        "hint: run it with another Python, and name the one to examine with --python PATH\\n"
    )
    sys.exit(2)

"""
_RUN = "from doctor.cli import load_probe, main\n\nmain(load_probe)\n"
# The oldest day that a zip archive can state: no time of this machine goes into the file.
_DAY = (1980, 1, 1, 0, 0, 0)


class BundleError(DoctorError):
    """The probe cannot be put together here."""


def as_zipapp() -> bytes:
    """The probe as a zipapp, which ``python3 probe.pyz`` runs.

    The same installed files give the same bytes.

    Raises:
        BundleError: a file that belongs to it is not there.
    """
    return _SHEBANG + _archive({**_files(), "__main__.py": _CHECK + _RUN.encode()})


def as_text() -> str:
    """The probe as one Python text, which ``python3 -`` also takes from its standard input.

    Raises:
        BundleError: a file that belongs to it is not there.
    """
    starter = _read(Path(__file__).with_name("starter.py")).decode("utf-8")
    lines = textwrap.wrap(base64.b64encode(_archive(_files())).decode("ascii"), 120)
    return _SHEBANG.decode() + starter + '\n\ninstall(\n    """\n' + "\n".join(lines) + '\n"""\n)\n' + _RUN


def _archive(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _DAY)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # as on Unix, wherever it is written
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name])
    return content.getvalue()


def _files() -> dict[str, bytes]:
    """Every file of the archive but its beginning, by its name there."""
    root = Path(doctor.__file__).parent.parent
    files = {_name(path, root): _read(path) for path in own_modules(root)}
    for package, distribution in _PACKAGES.items():
        files.update(_package(package))
        files.update(_licenses(distribution))
    return files


def own_modules(root: Path) -> list[Path]:
    """The files of doctor's own modules that the probe needs, by following what each imports when it is imported."""
    found: dict[str, Path] = {}
    waiting = list(_ROOTS)
    while waiting:
        name = waiting.pop()
        path = _module_file(root, name)
        if name not in found and path is not None:
            found[name] = path
            waiting += [name.rpartition(".")[0], *_imports(ast.parse(_read(path)).body)]
            if name in ("doctor.core", "doctor.probes"):  # the probes import each other late as well
                waiting += [_name(item, root)[:-3].replace("/", ".") for item in _modules_of(path.parent)]
    return sorted(set(found.values()))


def _module_file(root: Path, name: str) -> Path | None:
    place = root / name.replace(".", "/")
    candidates = (place / "__init__.py", place.with_suffix(".py"))
    return next((path for path in candidates if name.startswith("doctor") and path.is_file()), None)


def _imports(body: list[ast.stmt]) -> Iterator[str]:
    """The modules that are imported with a module: neither within functions nor for the type checker only."""
    for statement in body:
        if isinstance(statement, ast.Import):
            yield from (item.name for item in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module:
            yield statement.module
            yield from (f"{statement.module}.{item.name}" for item in statement.names)
        elif isinstance(statement, ast.If) and "TYPE_CHECKING" not in ast.dump(statement.test):
            yield from _imports([*statement.body, *statement.orelse])
        elif isinstance(statement, ast.Try):
            yield from _imports([*statement.body, *(item for handler in statement.handlers for item in handler.body)])


def _package(name: str) -> dict[str, bytes]:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise BundleError(f"the package {name}, which the probe needs, is not installed")
    origin = Path(spec.origin)
    if spec.submodule_search_locations is None:
        return {origin.name: _read(origin)}
    return {_name(path, origin.parent.parent): _read(path) for path in _modules_of(origin.parent)}


def _licenses(distribution: str) -> dict[str, bytes]:
    """The licence texts, which go along with the code that is under them."""
    found = importlib.metadata.files(distribution) or []
    texts = [path for path in found if path.name.upper().startswith(("LICENSE", "LICENCE", "COPYING"))]
    return {f"licenses/{distribution}/{path.name}": _read(Path(str(path.locate()))) for path in texts}


def _modules_of(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*.py")) if "__pycache__" not in path.parts)


def _name(path: Path, root: Path) -> str:
    return str(PurePosixPath(path.relative_to(root)))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BundleError(
            f"{path} cannot be read: {error.strerror}", hint="a probe is made from an installed doctor"
        ) from error

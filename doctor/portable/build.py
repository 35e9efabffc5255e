"""Putting the probe together: the modules that find facts, and the few packages that they import, in one file."""

from __future__ import annotations

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

# What the command of the probe imports. It holds no rules and no matrix: it finds, and others judge.
_FOLDERS = ("core", "probes")
_MODULES = (
    "__init__",
    "cli/__init__",
    "cli/artifacts",
    "cli/beside",
    "cli/carried",
    "cli/completion",
    "cli/environment",
    "cli/examine",
    "cli/exits",
    "cli/output",
    "cli/planned",
    "cli/proof",
    "cli/run",
    "cli/subject",
    "cli/terminal",
    "engine/__init__",
    "engine/examine",
    "engine/guard",
    "formats/__init__",
    "formats/clean",
    "formats/snapshot",
    "intake/__init__",
    "intake/serve",
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
    root = Path(doctor.__file__).parent
    own = [root / f"{name}.py" for name in _MODULES]
    own += [path for folder in _FOLDERS for path in _modules_of(root / folder)]
    files = {_name(path, root.parent): _read(path) for path in own}
    for package, distribution in _PACKAGES.items():
        files.update(_package(package))
        files.update(_licenses(distribution))
    return files


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

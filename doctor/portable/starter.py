"""The beginning of the probe as one Python text: it runs the archive that follows it, without a file on the disk.

A zipapp cannot be read from standard input, and this can (``ssh HOST python3 -I - < probe.py``). Python
3.6 has to understand it so far as to say that it is too old.
"""

import sys

if sys.version_info < (3, 10):  # noqa: UP036 - it is read by older ones too, which have to be told
    sys.stderr.write(
        f"error: this probe needs Python 3.10 or newer, and this is {sys.version_info[0]}.{sys.version_info[1]}\n"
        "hint: run it with another Python, and name the one to examine with --python PATH\n"
    )
    sys.exit(2)

import base64
import importlib.abc
import importlib.util
import io
import zipfile
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType

PLACE = "<probe>"
"""The folder that tracebacks name."""


class Importer(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Imports the modules of a zip archive that lies in memory."""

    def __init__(self, archive: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            self._texts = {name: opened.read(name) for name in opened.namelist() if name.endswith(".py")}

    def find_spec(
        self, fullname: str, path: "Sequence[str] | None" = None, target: "ModuleType | None" = None
    ) -> "ModuleSpec | None":
        """Find a module of the archive; the rest is left to the finders after this one."""
        name = self._name(fullname)
        if name not in self._texts:
            return None
        folder = [f"{PLACE}/{fullname.replace('.', '/')}"] if self.is_package(fullname) else None
        return importlib.util.spec_from_file_location(
            fullname, f"{PLACE}/{name}", loader=self, submodule_search_locations=folder
        )

    def is_package(self, fullname: str) -> bool:
        """Whether it is a folder of modules."""
        return self._name(fullname).endswith("/__init__.py")

    def get_source(self, fullname: str) -> str:
        """The text of a module, for its tracebacks."""
        return self._texts[self._name(fullname)].decode("utf-8")

    def get_code(self, fullname: str) -> CodeType:
        """The module, compiled."""
        return compile(self.get_source(fullname), f"{PLACE}/{self._name(fullname)}", "exec", dont_inherit=True)

    def _name(self, fullname: str) -> str:
        place = fullname.replace(".", "/")
        package = f"{place}/__init__.py"
        return package if package in self._texts else f"{place}.py"


def install(archive: str) -> None:
    """Let an archive that is given in base64 be imported from, before all that the interpreter has installed."""
    sys.meta_path.insert(0, Importer(base64.b64decode(archive)))

"""Modules that are imported from an archive in memory, as the probe on standard input does."""

from __future__ import annotations

import base64
import importlib
import io
import sys
import traceback
import zipfile
from collections.abc import Iterator

import pytest

from doctor.portable.starter import PLACE, Importer, install

FILES = {
    "carried/__init__.py": "from carried.part import VALUE\n",
    "carried/part.py": "VALUE = 7\n\n\ndef fail():\n    raise LookupError('as it should')\n",
    "licenses/carried/LICENSE": "text",
}


@pytest.fixture
def importer() -> Iterator[Importer]:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        for name, text in FILES.items():
            opened.writestr(name, text)
    install(base64.b64encode(archive.getvalue()).decode())
    found = sys.meta_path[0]
    assert isinstance(found, Importer)
    yield found
    sys.meta_path.remove(found)
    for name in [name for name in sys.modules if name.partition(".")[0] == "carried"]:
        del sys.modules[name]


def test_a_package_and_its_modules_are_imported(importer: Importer) -> None:
    carried = importlib.import_module("carried")
    assert (carried.VALUE, carried.__path__) == (7, [f"{PLACE}/carried"])
    # Some versions of Python put the current folder before it.
    assert str(carried.__file__).endswith(f"{PLACE}/carried/__init__.py")
    assert importer.is_package("carried") and not importer.is_package("carried.part")


def test_a_traceback_shows_the_line(importer: Importer) -> None:
    part = importlib.import_module("carried.part")
    with pytest.raises(LookupError) as caught:
        part.fail()
    [*_, last] = traceback.extract_tb(caught.value.__traceback__)
    assert (last.filename, last.lineno) == (f"{PLACE}/carried/part.py", 5)
    assert importer.get_source("carried.part").splitlines()[4].strip() == "raise LookupError('as it should')"


def test_what_is_not_in_it_is_left_to_the_interpreter(importer: Importer) -> None:
    assert importer.find_spec("json") is None
    assert importer.find_spec("carried.other") is None
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("carried.other")

"""What uv resolves a request to, on an index that is a folder of wheels."""

from __future__ import annotations

import dataclasses
import os
import sys

import pytest

from doctor.installer.uv import find_uv
from doctor.remedy.request import Request
from doctor.remedy.resolve import resolve
from tests.endtoend.wheels import write_wheel
from tests.facts import interpreter

pytestmark = pytest.mark.skipif(not find_uv(os.environ), reason="there is no uv")


@pytest.fixture
def versions(tmp_path):
    write_wheel(tmp_path, "app", "1.0", "lib<2")
    for version in ("1.0", "1.1", "1.2", "2.0"):
        write_wheel(tmp_path, "lib", version)
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path)}

    def run(**changes):
        here = dataclasses.replace(interpreter(), executable=sys.executable)
        plain = Request(needed=("app",), own=(), preferred={}, proven={}, overrides=(), apart=(), interpreter=here)
        request = dataclasses.replace(plain, **changes)
        found = resolve(request, environ=environ, progress=lambda line: None)
        return {item.name: item.version for item in found.locked}

    return run


def test_what_is_installed_stays_where_it_fits(versions):
    assert versions(preferred={"lib": "1.1"}, proven={"lib": "1.0"})["lib"] == "1.1"


def test_what_cannot_stay_takes_the_version_that_the_set_was_proven_with(versions):
    """Without a word on it the newest that fits would come, which nobody has proven with the rest."""
    assert versions(preferred={"lib": "2.0"}, proven={"lib": "1.0"})["lib"] == "1.0"


def test_without_a_set_the_newest_that_fits_comes(versions):
    assert versions(preferred={"lib": "2.0"})["lib"] == "1.2"


def test_a_proven_version_that_does_not_fit_either_is_not_forced(versions):
    assert versions(preferred={"lib": "2.0"}, proven={"lib": "3.0"})["lib"] == "1.2"

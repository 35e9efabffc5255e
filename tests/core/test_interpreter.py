"""What follows from where an interpreter lies."""

from __future__ import annotations

import pytest

from doctor.core.interpreter import unplaced
from tests.facts import interpreter


@pytest.mark.parametrize(
    ("changes", "virtual", "managed"),
    [
        ({}, True, False),
        ({"prefix": "/usr"}, False, False),
        ({"prefix": "/usr", "externally_managed": True}, False, True),
        ({"externally_managed": True}, True, False),
        ({"prefix": "/usr", "externally_managed": True, "conda_prefix": "/conda"}, False, False),
    ],
)
def test_the_operating_system_manages_its_own_interpreter_only(changes, virtual: bool, managed: bool) -> None:
    found = interpreter(**changes)
    assert (found.virtual, found.system_managed, found.located) == (virtual, managed, True)


@pytest.mark.parametrize(("version", "minor"), [("3.11.7", "3.11"), ("3.13.0rc1", "3.13"), ("3.12", "3.12"), ("", "")])
def test_of_a_version_major_and_minor_name_it(version: str, minor: str) -> None:
    assert interpreter(version).minor == minor
    stated = unplaced(version)
    assert (stated.minor, stated.version, stated.located, stated.user_site_enabled) == (minor, version, False, False)

"""Environment markers where something that they ask for is not stated."""

from __future__ import annotations

import pytest
from packaging.markers import Marker

from doctor.core.interpreter import unplaced
from doctor.core.packages.markers import applies
from doctor.intake.stated_platform import Said, interpreter_of
from tests.facts import interpreter

NOTHING = unplaced().markers
LINUX, _ = interpreter_of(None, None, conda="")
NEW, _ = interpreter_of(Said("3.13.1"), None, conda="")


@pytest.mark.parametrize(
    ("marker", "markers", "expected"),
    [
        ('python_version < "3.9"', NEW.markers, False),
        ('python_full_version >= "3.13.1"', NEW.markers, True),
        ('python_version < "3.9"', LINUX.markers, None),
        ('python_version < "3.9"', NOTHING, None),
        ('python_version >= "3.6"', NOTHING, True),
        ('sys_platform == "win32" and python_version < "3.9"', LINUX.markers, False),
        ('sys_platform == "win32" and python_version < "3.9"', NOTHING, None),
        ('sys_platform == "linux"', NOTHING, None),
        ('platform_machine == "x86_64" or python_version < "3.9"', LINUX.markers, True),
        ('platform_release == "6.1"', LINUX.markers, False),
    ],
)
def test_what_is_not_stated_decides_only_where_it_matters(marker, markers, expected):
    assert applies(Marker(marker), markers) is expected


def test_without_a_marker_a_requirement_always_counts():
    assert applies(None, NOTHING) is True


def test_an_extra_counts_where_it_is_asked_for():
    assert applies(Marker('extra == "cuda"'), NEW.markers) is False
    assert applies(Marker('extra == "cuda"'), NEW.markers, ("", "cuda")) is True


def test_the_interpreter_that_runs_this_says_nothing():
    """The running Python is the same for both: only what is stated may differ."""
    old = interpreter(markers={**NEW.markers, "python_version": "3.8", "python_full_version": "3.8.20"})
    assert applies(Marker('python_version < "3.9"'), old.markers) is True
    assert applies(Marker('python_version < "3.9"'), NEW.markers) is False

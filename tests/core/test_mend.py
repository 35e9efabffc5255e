"""What mends a breakage, for an environment and without one."""

from __future__ import annotations

from typing import Any

from doctor.core.basis import Basis
from doctor.core.breakage import Breakage
from doctor.core.mend import remedy_of
from doctor.core.report import Cause, Safety, Severity
from tests.facts import distribution, interpreter

PIP = distribution("pip", "24.0")


def breakage(**changes: Any) -> Breakage:
    given = {
        "name": "b",
        "cause": Cause.OTHER,
        "reason": "Why.",
        "fix": "Do it.",
        "basis": Basis.REPORTED,
        "sources": (),
    }
    return Breakage(**{**given, **changes})


def test_packages_are_removed_and_installed_in_the_environment() -> None:
    remedy = remedy_of(breakage(uninstall=("pynvml",), install=("nvidia-ml-py>=12",)), interpreter(), (PIP,))
    assert remedy.commands == (
        ("/env/bin/python", "-m", "pip", "uninstall", "--yes", "pynvml"),
        ("/env/bin/python", "-m", "pip", "install", "nvidia-ml-py>=12"),
    )
    assert (remedy.pins, remedy.safety, remedy.text) == (("nvidia-ml-py>=12",), Safety.UNSAFE, "Do it.")


def test_without_an_interpreter_the_commands_are_for_the_active_one() -> None:
    remedy = remedy_of(breakage(uninstall=("torch",), install=("torch==2.4.0+cu121",)), None, ())
    assert remedy.commands == (
        ("python", "-m", "pip", "uninstall", "--yes", "torch"),
        (
            "python",
            "-m",
            "pip",
            "install",
            "--extra-index-url",
            "https://download.pytorch.org/whl/cu121",
            "torch==2.4.0+cu121",
        ),
    )


def test_what_concerns_more_than_the_environment_is_for_a_person() -> None:
    remedy = remedy_of(breakage(commands=(("nvidia-smi", "-r"),)), interpreter(), (PIP,))
    assert (remedy.commands, remedy.safety) == ((("nvidia-smi", "-r"),), Safety.MANUAL)


def test_the_severity_is_that_of_reports() -> None:
    assert breakage().gravity is Severity.ERROR
    assert breakage(severity="warning").gravity is Severity.WARNING

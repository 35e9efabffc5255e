"""The commands that remedies consist of, in the form that works for the environment."""

from __future__ import annotations

import pytest

from doctor.core.install import install, mend, reinstall, requirement_of, uninstall
from doctor.core.report import Safety
from tests.facts import distribution, interpreter

PIP = distribution("pip", "24.0")
TORCH = distribution("torch", "2.4.0")


def test_an_environment_with_pip_is_changed_by_its_own_pip() -> None:
    assert install(interpreter(), (PIP,), "peft") == ("/env/bin/python", "-m", "pip", "install", "peft")
    assert uninstall(interpreter(), (PIP,), "peft")[-2:] == ("--yes", "peft")


def test_one_without_is_changed_by_uv() -> None:
    assert install(interpreter(), (), "peft") == ("uv", "pip", "install", "--python", "/env/bin/python", "peft")
    assert "--yes" not in uninstall(interpreter(), (), "peft")


@pytest.mark.parametrize("items", [(PIP,), ()], ids=["pip", "uv"])
def test_an_interpreter_of_the_system_takes_packages_only_by_force(items) -> None:
    """PEP 668: without the option both installers refuse, and the command could not be pasted."""
    system = interpreter(prefix="/usr", externally_managed=True)
    assert "--break-system-packages" in install(system, items, "peft")
    assert "--break-system-packages" in uninstall(system, items, "peft")


def test_a_virtual_environment_of_such_an_interpreter_needs_no_force() -> None:
    assert "--break-system-packages" not in install(interpreter(externally_managed=True), (PIP,), "peft")


@pytest.mark.parametrize("label", ["cpu", "cu121", "rocm6.4"])
def test_a_labelled_build_comes_from_the_index_of_its_label(label) -> None:
    command = install(interpreter(), (PIP,), f"torch==2.4.0+{label}")
    assert command[-3:] == ("--extra-index-url", f"https://download.pytorch.org/whl/{label}", f"torch==2.4.0+{label}")


def test_a_distribution_is_installed_again_as_it_is() -> None:
    remedy = mend(interpreter(), (PIP, TORCH), TORCH, "Install torch again")
    assert remedy.commands[0][-3:] == ("--force-reinstall", "--no-deps", "torch==2.4.0")
    assert reinstall(interpreter(), (PIP, TORCH), TORCH) == remedy.commands[0]
    assert "--no-cache-dir" in mend(interpreter(), (PIP, TORCH), TORCH, "Again", fresh=True).commands[0]


@pytest.mark.parametrize(
    ("origin", "tool"), [("conda", "conda"), ("system", "operating system"), ("editable", "file:///src/vllm")]
)
def test_what_another_installer_brought_is_left_to_it(origin, tool) -> None:
    remedy = mend(
        interpreter(), (PIP,), distribution("vllm", "1", origin=origin, origin_detail="file:///src/vllm"), "Again"
    )
    assert (remedy.commands, remedy.safety) == ((), Safety.MANUAL)
    assert tool in remedy.text


@pytest.mark.parametrize(
    ("origin", "detail", "version", "requirement"),
    [
        ("index", "", "2.4.0", "torch==2.4.0"),
        ("index", "", "", "torch"),
        ("url", "https://example.org/torch.whl", "2.4.0", "torch @ https://example.org/torch.whl"),
        ("vcs", "git+https://example.org/torch@v2", "2.4.0", "torch @ git+https://example.org/torch@v2"),
        ("local", "", "2.4.0", "torch==2.4.0"),
    ],
)
def test_what_is_installed_again_is_the_same_thing(origin, detail, version, requirement) -> None:
    item = distribution("torch", version, origin=origin, origin_detail=detail)
    assert requirement_of(item) == requirement


@pytest.mark.parametrize("name", ["-ihttp://evil.example/simple", "--index-url", "-r"])
def test_a_name_is_no_option_of_the_installer(name: str) -> None:
    """A METADATA, or a snapshot of somebody else's, can hold any name."""
    item = distribution(name, "1.0")
    commands = [
        reinstall(interpreter(), (), item),
        install(interpreter(), (), "torch==2.4.0", name),
        uninstall(interpreter(), (), "torch", name),
        *mend(interpreter(), (), item, "Install it again", fresh=True).commands,
    ]
    own = {"--python", "--force-reinstall", "--no-deps", "--no-cache-dir"}
    assert {word for command in commands for word in command if word.startswith("-")} <= own

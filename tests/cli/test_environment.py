"""Which interpreter is examined when none is named."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from doctor.cli.environment import choose
from doctor.core.errors import TargetError


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A virtual environment that doctor does not run in."""
    venv.create(tmp_path / "other", symlinks=True)
    return tmp_path / "other"


@pytest.fixture
def nowhere(tmp_path: Path) -> str:
    (tmp_path / "nowhere").mkdir()
    return str(tmp_path / "nowhere")


def remove_python(environment: Path) -> None:
    """Leave an environment as it is when the Python that it was made from is uninstalled."""
    for link in (environment / "bin").glob("python*"):
        link.unlink()
    (environment / "bin" / "python3").symlink_to("/gone/bin/python3")
    (environment / "bin" / "python").symlink_to("python3")


class TestNamed:
    def test_a_path(self):
        assert choose(sys.executable, {}).python == Path(sys.executable)

    def test_a_folder(self, other: Path):
        assert choose(str(other), {}).python == other / "bin" / "python"

    def test_a_relative_path(self, other: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.chdir(other.parent)
        assert choose("other", {}).python == other / "bin" / "python"
        assert choose("other/bin/python", {}).python == other / "bin" / "python"

    def test_a_link_is_not_followed(self, other: Path):
        """The python of a virtual environment is a link to the one that it was made from."""
        assert (other / "bin" / "python").is_symlink()
        assert choose(str(other / "bin" / "python"), {}).python == other / "bin" / "python"

    def test_a_command_on_the_path(self):
        assert choose("sh", os.environ).python.name == "sh"

    @pytest.mark.parametrize("name", ["", "~no-such-user/python", "x" * 5000])
    def test_a_name_that_cannot_be_one(self, name):
        with pytest.raises(TargetError):
            choose(name, {})

    def test_a_folder_without_python(self, tmp_path: Path):
        with pytest.raises(TargetError, match="without bin/python"):
            choose(str(tmp_path), {})

    @pytest.mark.parametrize("name", ["other", "other/bin/python3", "other/bin/python"])
    def test_a_python_that_was_removed(self, other: Path, monkeypatch: pytest.MonkeyPatch, name: str):
        remove_python(other)
        monkeypatch.chdir(other.parent)
        with pytest.raises(TargetError, match="leads to /gone/bin/python3, which is not there") as caught:
            choose(name, {})
        assert "make the environment again" in str(caught.value.hint)


class TestNotNamed:
    """The environment of these tests holds none of the stack, so that it is not chosen itself."""

    @pytest.mark.parametrize("variable", ["VIRTUAL_ENV", "CONDA_PREFIX"])
    def test_the_active_environment(self, other: Path, nowhere: str, variable):
        chosen = choose(None, {variable: str(other), "PATH": nowhere})
        assert chosen.python == other / "bin" / "python"
        assert "active" in chosen.why

    def test_a_virtual_environment_before_conda(self, other: Path, tmp_path: Path):
        assert choose(None, {"VIRTUAL_ENV": str(other), "CONDA_PREFIX": sys.prefix}).python == other / "bin" / "python"

    def test_an_environment_that_was_removed_is_not_taken(self, nowhere: str, tmp_path: Path):
        chosen = choose(None, {"VIRTUAL_ENV": str(tmp_path / "gone"), "PATH": nowhere})
        assert chosen.python == Path(sys.executable)

    def test_the_first_python_on_the_path(self, other: Path):
        """As in a container in which a tool environment holds doctor."""
        chosen = choose(None, {"PATH": str(other / "bin")})
        assert chosen.python == other / "bin" / "python3"
        assert "PATH" in chosen.why

    def test_at_last_the_one_that_runs_doctor(self, nowhere: str):
        assert choose(None, {"PATH": nowhere}).python == Path(sys.executable)


def test_an_active_environment_whose_python_was_removed_is_not_passed_over(other: Path):
    remove_python(other)
    with pytest.raises(TargetError, match="which is not there"):
        choose(None, {"VIRTUAL_ENV": str(other), "PATH": os.environ["PATH"]})


def test_the_environment_that_holds_the_stack_is_the_one(other: Path):
    """Installed beside vLLM, doctor examines that environment whatever else is active."""
    site = next((other / "lib").glob("python*/site-packages"))
    (site / "vllm").mkdir()
    (site / "vllm" / "__init__.py").write_text("raise SystemExit('the patient was imported')\n")
    found = subprocess.run(
        [
            other / "bin" / "python",
            "-c",
            "from doctor.cli.environment import choose; print(choose(None, {'VIRTUAL_ENV': '/x'}))",
        ],
        env={"PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "that doctor is installed in" in found
    assert str(other) in found

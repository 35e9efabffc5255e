"""Lock files of real tools, recorded without the wheels: what a target gets of them, as the tool itself says."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doctor.core.errors import TargetError
from doctor.core.fact import Known
from doctor.core.interpreter import INTERPRETER, PLATFORM
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.reading import READING
from doctor.core.snapshot import Snapshot
from doctor.intake.listed import read_listed
from doctor.intake.target import target_of

LOCKS = Path(__file__).parent / "locks"


def listed(file: str | Path, **options: object) -> Snapshot:
    return read_listed(LOCKS / file, target_of(**{"python": "3.11", **options}))


def pins(snapshot: Snapshot) -> dict[str, str]:
    return {item.name: item.version for item in snapshot.get(DISTRIBUTIONS).value}


UV = "version = 1\n[[package]]\nname = 'app'\nversion = '1'\nsource = {virtual = '.'}\n"
POETRY = "[metadata]\nlock-version = '2.1'\npython-versions = '>=3.10'\n"
PDM = "[metadata]\nlock_version = '4.5'\nstrategy = ['inherit_metadata']\ngroups = ['default']\n"
"""Beginnings of locks."""


# How many each tool said that it would install, on Linux on x86_64, on 2026-11-27: uv 0.13.9 and PDM 2.29.4
# (sync and install with --dry-run), Poetry 2.5.1, pip 26.3 and pip-compile 7.6.2 (what they wrote).
@pytest.mark.parametrize(
    ("file", "options", "count"),
    [
        ("uv.lock", {"python": "3.10"}, 42),
        ("uv.lock", {}, 40),
        ("uv.lock", {"python": "3.12"}, 40),
        ("uv.lock", {"extras": ("train",)}, 43),
        ("poetry.lock", {}, 37),
        ("poetry.lock", {"extras": ("train",)}, 40),
        ("poetry.lock", {"groups": ("dev",)}, 40),
        ("pdm.lock", {"extras": ("train",)}, 44),
        ("pylock.pip.toml", {}, 37),
        ("compiled.txt", {}, 37),
        ("conflicts/uv.lock", {"extras": ("old",)}, 47),
        ("conflicts/uv.lock", {"extras": ("new",)}, 18),
    ],
)
def test_a_target_gets_what_the_tool_would_install(file: str, options: dict[str, object], count: int) -> None:
    assert len(pins(listed(file, **options))) == count


@pytest.mark.parametrize("file", ["uv.lock", "poetry.lock", "pylock.toml"])
def test_of_a_version_that_forks_the_target_decides(file: str) -> None:
    """The project asks for torch 2.4.0 on Linux, and for 2.3.1 on macOS."""
    found = pins(listed(file))
    assert (found["torch"], found["transformers"]) == ("2.4.0", "4.44.2")


def test_a_fork_by_python() -> None:
    assert [pins(listed("uv.lock", python=minor))["networkx"] for minor in ("3.10", "3.11", "3.12")] == [
        "3.4.2",
        "3.6.1",
        "3.7",
    ]


def test_the_processor_decides_too() -> None:
    """CUDA comes as packages on x86_64 only, in this release of torch."""
    assert "nvidia-cublas-cu12" in pins(listed("uv.lock"))
    assert "nvidia-cublas-cu12" not in pins(listed("uv.lock", platform="linux/arm64"))


def test_extras_that_exclude_each_other() -> None:
    old, new = (pins(listed("conflicts/uv.lock", extras=(name,))) for name in ("old", "new"))
    assert (old["transformers"], new["transformers"]) == ("4.44.2", "4.46.3")
    assert "peft" in old and "peft" not in new


def test_a_package_has_the_line_of_its_table() -> None:
    found = next(item for item in listed("uv.lock").get(DISTRIBUTIONS).value if item.name == "transformers")
    line = found.place.line
    assert (LOCKS / "uv.lock").read_text().splitlines()[line : line + 1] == ['name = "transformers"']


def test_without_a_python_nothing_is_guessed() -> None:
    found = read_listed(LOCKS / "uv.lock", target_of())
    reading = found.get(READING).value
    assert any("--target-python" in line for line in reading.unread)
    assert "tomli" not in pins(found) and pins(found)["transformers"] == "4.44.2"


@pytest.mark.parametrize("file", ["explicit.txt", "exported.txt"])
def test_a_list_of_conda_states_python_and_platform(file: str) -> None:
    found = read_listed(LOCKS / file, target_of())
    assert found.get(INTERPRETER).value.version == "3.11.9"
    assert found.get(PLATFORM).value.machine == "x86_64"
    assert pins(found)["numpy"] == "1.26.4" and pins(found)["torch"] == "2.4.0"
    assert "openssl" not in pins(found)


def test_the_build_of_pytorch_names_its_cuda() -> None:
    assert read_listed(LOCKS / "explicit.txt", target_of()).get(TORCH_BUILD).value.cuda == "12.1"


def test_an_environment_yml() -> None:
    found = read_listed(LOCKS / "environment.yml", target_of())
    assert pins(found) == {"numpy": "1.26.4", "torch": "2.4.0+cu121"}
    assert found.get(INTERPRETER).value.minor == "3.11"
    unread = " ".join(found.get(READING).value.unread)
    assert all(name in unread for name in ("cuda-nvcc", "sentencepiece", "peft")) and "tomli" not in unread


def test_an_entry_of_an_environment_yml_is_found_in_its_own_line(tmp_path: Path) -> None:
    lines = ["dependencies:", "  - numpy-base", "  - 'numpy'  # for all", "  - python=3.11", "  - pip:"]
    lines += ["    - torch-x==1", '    - "torch"', "  - scipy=1.14.1"]
    (tmp_path / "environment.yml").write_text("\n".join(lines))
    left = " ".join(read_listed(tmp_path / "environment.yml", target_of()).get(READING).value.unread)
    assert "numpy-base pins no version in line 2" in left
    assert "numpy pins no version in line 3" in left
    assert "torch pins no version in line 7" in left


def test_entries_of_one_line_have_its_number(tmp_path: Path) -> None:
    (tmp_path / "environment.yml").write_text("name: x\ndependencies: [python=3.11, numpy, scipy=1.14.1]\n")
    left = " ".join(read_listed(tmp_path / "environment.yml", target_of()).get(READING).value.unread)
    assert "numpy pins no version in line 2" in left


def test_an_environment_yml_that_gives_nothing_to_pip(tmp_path: Path) -> None:
    (tmp_path / "environment.yml").write_text("dependencies:\n  - numpy=1.26.4\n  - python=3.11\n  - pip:\n")
    assert pins(read_listed(tmp_path / "environment.yml", target_of())) == {"numpy": "1.26.4"}


@pytest.mark.parametrize(
    ("file", "options", "said"),
    [
        ("uv.lock", {"python": "3.13"}, "is for Python >=3.10, <3.13, and the target is 3.13"),
        ("poetry.lock", {"python": "3.13"}, "is for Python"),
        ("pdm.lock", {"python": "3.9"}, "is for Python"),
        ("uv.lock", {"extras": ("serve",)}, "has no extra serve"),
        ("uv.lock", {"groups": ("docs",)}, "has no group docs"),
        ("poetry.lock", {"extras": ("serve",)}, "has no extra serve"),
        ("pdm.lock", {"groups": ("docs",)}, "has no group docs"),
        ("pylock.toml", {"extras": ("serve",)}, "has no extra serve"),
        ("compiled.txt", {"extras": ("serve",)}, "choose from the lock of a project"),
        ("explicit.txt", {"python": "3.10"}, "states Python 3.11.9 in line 7, and --target-python says 3.10"),
        ("explicit.txt", {"platform": "linux-aarch64"}, "is of Linux on x86_64"),
    ],
)
def test_what_does_not_fit_is_said(file: str, options: dict[str, object], said: str) -> None:
    with pytest.raises(TargetError, match=said):
        read_listed(LOCKS / file, target_of(**options))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("Pipfile.lock", "{}", "is not read"),
        ("pyproject.toml", "", "is not read"),
        ("uv.lock", "version = 1\n", "it has no"),
        ("uv.lock", "version = 2\n", "its format has version 2"),
        ("uv.lock", "version = 1\n[[package]]\nname='x'\nsource={registry='y'}\n", "it names no project"),
        ("uv.lock", "version = 1\npackage = 3\n", r"Expected `array`, got `int` - at `\$.package`"),
        ("uv.lock", f"conflicts = [[{{extra = 'a'}}]]\n{UV}", "missing required field `package`"),
        ("uv.lock", f"{UV}[package.dev-dependencies]\ndev = 'x'\n", "Expected `array`, got `str`"),
        ("poetry.lock", f"{POETRY}[[package]]\nname = 'x'\ngroups = 3\n", "Expected `array`, got `int`"),
        ("pdm.lock", "[metadata]\nlock_version = '4.5'\nstrategy = 3\n", "Expected `array`, got `int`"),
        ("poetry.lock", "[metadata]\nlock-version='2.0'\n", "does not say what is installed where"),
        ("poetry.lock", "x = [", "is no poetry.lock"),
        ("pdm.lock", "[metadata]\nlock_version='4.5'\nstrategy=[]\n", "does not say what is installed where"),
        ("pdm.lock", "[metadata]\nlock_version='3'\n", "its format is 3"),
        (
            "uv.lock",
            UV + "dependencies = [1]\n",
            r"Expected `object`, got `int` - at `\$.package\[0\].dependencies\[0\]`",
        ),
        ("uv.lock", UV + "dependencies = [{name = 'x'}]\n", "x  is asked for and stands 0 times in it"),
        ("uv.lock", UV + "dependencies = [{name = 'x', marker = 'so'}]\n", "the marker of x is none"),
        ("uv.lock", "version = 1\n[[package]]\nversion = '1'\n", "a package in line 2 has no name"),
        ("uv.lock", "version = 1\nrequires-python = 'new'\n[[package]]\nname = 'x'\n", "which is no specifier"),
        ("poetry.lock", "[metadata]\nlock-version = 'new'\n", "does not say the version of its format"),
        ("pdm.lock", PDM + "[[package]]\nname = 'x'\ngroups = ['default']\n", "x has no version"),
        ("list.txt", "@EXPLICIT\nhttps://example.org/x\n", "line 2 of .* names no package of conda"),
        ("environment.yml", "- a\n", "is no environment of conda"),
        ("environment.yml", "a: [", "is no YAML"),
        ("environment.yml", "dependencies: [2024-99-99]", "is no YAML: month must be"),
        ("environment.yml", "dependencies: [!!timestamp x]", "is no YAML"),
        ("environment.yml", "[" * 5000, "is no YAML"),
        ("environment.yml", "dependencies: [pip: 0.4]", "what it gives to pip is no list"),
        ("environment.yml", "dependencies: [pip: vllm==0.9.2]", "what it gives to pip is no list"),
    ],
)
def test_what_is_not_understood_is_one_clear_error(tmp_path: Path, name: str, content: str, said: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(TargetError, match=said):
        read_listed(tmp_path / name, target_of(python="3.11"))


@pytest.mark.parametrize(
    ("name", "head", "own"),
    [
        ("uv.lock", UV + "dependencies = [{name = 'own'}, {name = 'x'}]\n", "source = {git = 'https://example.org'}\n"),
        ("poetry.lock", POETRY, "groups = ['main']\nsource = {type = 'directory'}\n"),
        ("pdm.lock", PDM, "groups = ['default']\npath = './own'\n"),
    ],
)
def test_a_package_without_a_version_is_told_and_not_guessed(tmp_path: Path, name: str, head: str, own: str) -> None:
    other = "[[package]]\nname = 'x'\nversion = '1'\ngroups = ['main', 'default']\n"
    (tmp_path / name).write_text(f"{head}{other}[[package]]\nname = 'own'\n{own}")
    found = read_listed(tmp_path / name, target_of(python="3.11"))
    assert pins(found) == {"x": "1"}
    assert any("own" in text and "version" in text for text in found.get(READING).value.unread)


def test_a_list_that_is_no_text_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_bytes(b"vllm==0.5.5 \xff")
    with pytest.raises(TargetError, match="is no UTF-8 text"):
        read_listed(tmp_path / "requirements.txt", target_of())


def test_an_environment_yml_takes_in_the_lists_that_it_names(tmp_path: Path) -> None:
    (tmp_path / "more.txt").write_text("peft==0.12.0\n")
    (tmp_path / "environment.yml").write_text("dependencies:\n  - pip:\n    - -r more.txt\n    - numpy==1.26.4\n")
    assert pins(read_listed(tmp_path / "environment.yml", target_of())) == {"peft": "0.12.0", "numpy": "1.26.4"}


@pytest.mark.parametrize(
    "file", ["uv.lock", "poetry.lock", "pdm.lock", "pylock.toml", "environment.yml", "explicit.txt"]
)
@settings(max_examples=25)
@given(cut=st.integers(min_value=0, max_value=6000), put=st.text(alphabet='x[]{}=",\n.', max_size=6))
def test_whatever_is_cut_or_put_in_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, file: str, cut: int, put: str
) -> None:
    text = (LOCKS / file).read_text()[:6000]
    path = tmp_path_factory.mktemp("any") / file
    path.write_text(text[:cut] + put + text[cut + 3 :])
    try:
        snapshot = read_listed(path, target_of(python="3.11"))
    except TargetError:
        return
    finally:
        shutil.rmtree(path.parent)
    assert isinstance(snapshot.get(DISTRIBUTIONS), Known)

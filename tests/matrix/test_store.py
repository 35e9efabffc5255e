"""The matrix that an update has put in place of the shipped one."""

from __future__ import annotations

import dataclasses
import json
import os
import tempfile
from functools import cache
from pathlib import Path

import pytest

from doctor.core.errors import MatrixError
from doctor.matrix import store
from doctor.matrix.bundle import Bundle
from doctor.matrix.load import UPDATED, load_matrix
from doctor.matrix.locks import shipped_lock
from doctor.matrix.part import Part
from doctor.matrix.validation import check_bundle
from tests.matrix.bundles import later_torch, tables
from tests.processes import as_nobody, no_room


@cache
def checked(updated: str, **locks: bytes) -> tuple[Bundle, Part]:
    """A bundle and what it holds; to check one takes a second."""
    files = {**tables(updated), **{f"locks/{name}.txt": content for name, content in locks.items()}}
    bundle = Bundle(files=files, source="test", sha256="0" * 64)
    return bundle, check_bundle(bundle)


def install(folder: Path, updated: str = "2030-01-01", **locks: bytes) -> store.Update:
    return store.install(folder, *checked(updated, **locks), now="2030-01-02T00:00:00+00:00")


def test_a_newer_one_is_used_and_says_so(tmp_path: Path) -> None:
    assert load_matrix(store=tmp_path).version == load_matrix().version
    install(tmp_path)
    used = load_matrix(store=tmp_path)
    assert used.version.startswith("2030-01-01+") and used.version.endswith(UPDATED)
    assert used.breakages == load_matrix().breakages and used.pairs == load_matrix().pairs


def test_an_older_one_gives_way_to_the_shipped(tmp_path: Path) -> None:
    bundle, part = checked("2030-01-01")
    older = dataclasses.replace(part, updated="2020-01-01")
    store.install(tmp_path, bundle, older, now="2020-01-02T00:00:00+00:00")
    assert load_matrix(store=tmp_path).version == load_matrix().version


def test_rows_of_the_user_are_added_to_it(tmp_path: Path) -> None:
    install(tmp_path)
    (tmp_path / "own.toml").write_text('schema = 1\nupdated = "2029-01-01"\n[newest]\nvllm = "9.9"\n')
    assert load_matrix([tmp_path / "own.toml"], store=tmp_path).newest["vllm"] == "9.9"


def test_the_one_before_is_kept_and_can_be_used_again(tmp_path: Path) -> None:
    install(tmp_path, "2030-01-01")
    install(tmp_path, "2030-02-01")
    before = store.previous(tmp_path)
    assert before is not None and before.updated == "2030-01-01"
    assert store.go_back(tmp_path).updated == "2030-01-01"
    again = store.previous(tmp_path)
    assert again is not None and again.updated == "2030-02-01"
    store.remove(tmp_path)
    assert store.current(tmp_path) is None and store.previous(tmp_path) is None


def test_without_one_before_there_is_no_way_back(tmp_path: Path) -> None:
    with pytest.raises(MatrixError, match="no matrix before"):
        store.go_back(tmp_path)
    install(tmp_path)
    with pytest.raises(MatrixError, match="no matrix before"):
        store.go_back(tmp_path)


def test_another_doctor_reads_the_tables_again(tmp_path: Path) -> None:
    update = install(tmp_path)
    path = update.folder / "update.json"
    state = json.loads(path.read_text())
    path.write_text(json.dumps({**state, "doctor_version": "0.0.1"}))
    (update.folder / "compiled.json").write_text("not of this doctor")
    assert load_matrix(store=tmp_path).version.startswith("2030-01-01+")


@pytest.mark.parametrize("name", ["compiled.json", "update.json"])
@pytest.mark.parametrize("content", [b"{}", b"", b"\xff", b"[1]"])
def test_a_damaged_one_is_an_error_that_says_the_way_out(tmp_path: Path, name: str, content: bytes) -> None:
    update = install(tmp_path)
    (update.folder / name).write_bytes(content)
    with pytest.raises(MatrixError) as caught:
        load_matrix(store=tmp_path)
    assert "--remove" in caught.value.hint


def test_a_failed_one_leaves_the_old_one(tmp_path: Path) -> None:
    install(tmp_path, "2030-01-01")
    bundle = Bundle(files={**tables("2030-02-01"), "locks/\0.txt": b""}, source="test", sha256="")
    with pytest.raises((MatrixError, ValueError)):
        store.install(tmp_path, bundle, check_bundle(bundle), now="")
    kept = store.current(tmp_path)
    assert kept is not None and kept.updated == "2030-01-01"
    assert [path.name for path in tmp_path.iterdir()] == ["current"]


def test_without_room_the_old_one_stays_and_nothing_is_left(tmp_path: Path) -> None:
    install(tmp_path, "2030-01-01")
    with no_room(), pytest.raises(MatrixError, match="cannot be written to: File too large"):
        install(tmp_path, "2030-02-01")
    kept = store.current(tmp_path)
    assert kept is not None and kept.updated == "2030-01-01"
    assert [path.name for path in tmp_path.iterdir()] == ["current"]
    assert load_matrix(store=tmp_path).version


def test_of_three_the_last_two_are_kept(tmp_path: Path) -> None:
    for month in (1, 2, 3):
        install(tmp_path, f"2030-0{month}-01")
    current, before = store.current(tmp_path), store.previous(tmp_path)
    assert current is not None and before is not None
    assert (current.updated, before.updated) == ("2030-03-01", "2030-02-01")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["current", "previous"]


def test_a_file_that_is_gone_is_an_error_that_says_the_way_out(tmp_path: Path) -> None:
    update = install(tmp_path, mine=b"one==1\n")
    (update.folder / "locks" / "mine.txt").unlink()
    with pytest.raises(MatrixError, match=r"mine\.txt cannot be read: No such file") as caught:
        store.read_lock(update, "mine.txt")
    assert "--remove" in caught.value.hint


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_what_another_user_has_stored_is_neither_removed_nor_exchanged() -> None:
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        for month in (1, 2):
            install(place, f"2030-0{month}-01")
        for folder in place.iterdir():
            folder.chmod(0o755)
        before = {path: path.read_bytes() for path in place.rglob("*") if path.is_file()}
        with as_nobody(), pytest.raises(MatrixError, match="cannot be written to: Permission denied"):
            store.go_back(place)
        with as_nobody(), pytest.raises(MatrixError, match="cannot be removed: Permission denied"):
            store.remove(place)
        assert {path: path.read_bytes() for path in place.rglob("*") if path.is_file()} == before


def test_it_may_bring_releases(tmp_path: Path) -> None:
    bundle = Bundle(files={**tables(), **later_torch()}, source="test", sha256="")
    plain = Bundle(files=tables(), source="test", sha256="")
    part = check_bundle(bundle)
    assert part.digest != check_bundle(plain).digest, "they are a part of what the version stands for"
    store.install(tmp_path, bundle, part, now="2030-01-02T00:00:00+00:00")
    used = load_matrix(store=tmp_path)
    assert used.release("torch", "9.9.0") is not None and load_matrix().release("torch", "9.9.0") is None
    assert used.release("vllm", "0.33.0") == load_matrix().release("vllm", "0.33.0"), "what it does not bring"
    (tmp_path / "current" / "releases" / "torch.json").write_bytes(b"{}")
    with pytest.raises(MatrixError, match="not as it was stored"):
        load_matrix(store=tmp_path).release("torch", "9.9.0")


def test_it_may_bring_locks(tmp_path: Path) -> None:
    environ = {"XDG_DATA_HOME": str(tmp_path)}
    folder = store.store_folder(environ)
    assert folder is not None
    install(folder, mine=b"one==1\n")
    assert shipped_lock("mine.txt", environ) == b"one==1\n"
    with pytest.raises(MatrixError, match="does not ship"):
        shipped_lock("other.txt", environ)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"XDG_DATA_HOME": "/data", "HOME": "/home/me"}, "/data/llm-stack-doctor/matrix"),
        ({"HOME": "/home/me"}, "/home/me/.local/share/llm-stack-doctor/matrix"),
        ({"XDG_DATA_HOME": "relative", "HOME": "/home/me"}, "/home/me/.local/share/llm-stack-doctor/matrix"),
        ({}, None),
    ],
)
def test_where_it_is(environ: dict[str, str], expected: str | None) -> None:
    assert store.store_folder(environ) == (Path(expected) if expected else None)

"""The lock files that ship: each belongs to a set, pins what the set pins, and holds no address."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from doctor.core.errors import MatrixError
from doctor.core.matrix import Depth
from doctor.endtoend.lock import parse_lock
from doctor.matrix.load import load_matrix
from doctor.matrix.locks import lock_for, shipped_lock

SETS = {row.name: row for row in load_matrix().sets}
LOCKS = [(row.name, name) for row in SETS.values() for name in row.locks]
FOLDER = Path(__file__).parents[2] / "matrices" / "locks"


def text_of(name):
    return shipped_lock(name).decode("ascii")


def test_there_are_locks():
    assert LOCKS


def test_every_file_belongs_to_a_set_and_every_set_has_its_files():
    assert {path.name for path in FOLDER.iterdir()} == {name for _, name in LOCKS}


@pytest.mark.parametrize(("owner", "name"), LOCKS)
def test_a_lock_holds_every_pin_of_its_set(owner, name):
    row, lock = SETS[owner], parse_lock(text_of(name), Path(name))
    assert row.pins.items() - lock.pins.items() == set()
    fitting = {**row.pins, **row.alternatives}
    assert {item: fitting[item] for item in ("peft", "accelerate")}.items() <= lock.pins.items()


@pytest.mark.parametrize(("owner", "name"), LOCKS)
def test_every_pin_has_hashes_and_the_names_are_sorted(owner, name):
    lock = parse_lock(text_of(name), Path(name))
    assert lock.hashed
    assert lock.options == ()
    assert list(lock.pins) == sorted(lock.pins)


@pytest.mark.parametrize(("owner", "name"), LOCKS)
def test_a_lock_has_a_head_and_no_address(owner, name):
    text = text_of(name)
    assert text.startswith(f"# {owner}: ")
    assert f"uv pip sync --require-hashes {name}" in text
    assert not re.search(r"https?:|file:|//|index", text.replace("package index", ""))


@pytest.mark.parametrize(("owner", "name"), LOCKS)
def test_a_set_with_a_lock_was_installed_from_it_and_imported(owner, name):
    depths = {item.depth for item in SETS[owner].evidence}
    assert {Depth.RESOLVED, Depth.INSTALLED, Depth.SYMBOLS} <= depths
    assert depths & {Depth.IMPORTED, Depth.END_TO_END_CPU, Depth.END_TO_END_GPU}
    assert any(name in item.command for item in SETS[owner].evidence)
    assert SETS[owner].released


def test_a_set_for_training_names_sets_that_serve_what_it_saves():
    trained = [row for row in SETS.values() if not row.engine]
    assert all(row.served_by for row in trained)
    for row in trained:
        for serving in row.served_by:
            server = SETS[serving.set]
            assert server.engine
            # A config.json that transformers 5 saved is read wrongly by 4.
            assert server.pins["transformers"].partition(".")[0] >= row.pins["transformers"].partition(".")[0]


def test_all_locks_together_stay_small():
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 1_000_000


def test_a_lock_is_for_one_python_and_one_processor():
    row = SETS[LOCKS[0][0]]
    assert lock_for(row, "3.11.7", "x86_64") == f"{row.name}-py311-linux-x86_64.txt"
    assert lock_for(row, "3.12.1", "x86_64") == ""
    assert lock_for(row, "3.11.7", "aarch64") == ""


def test_a_lock_that_does_not_ship_is_an_error():
    with pytest.raises(MatrixError, match=r"nothing\.txt does not ship"):
        shipped_lock("nothing.txt")

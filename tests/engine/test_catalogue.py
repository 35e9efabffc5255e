"""Finding and choosing rules."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from doctor.core.errors import SelectionError
from doctor.engine.catalogue import (
    described,
    find,
    fleet_codes,
    load,
    module_names,
    names_in,
    node_codes,
    select,
    select_for_fleet,
)
from doctor.engine.index import INDEX, compile_index

CODES = tuple(module_names())
NODE_CODES = node_codes()


def test_codes_are_in_order():
    assert list(CODES) == sorted(CODES)


def test_no_rule_is_imported_to_list_them():
    program = (
        "import sys; from doctor.engine.catalogue import module_names; names = module_names();"
        "assert names; assert not set(names.values()) & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize("code", CODES)
def test_every_rule_loads_under_its_code(code):
    assert load(code).code == code
    assert load(code.lower()) is load(code)


def test_a_rule_is_described_by_the_index_of_an_installation_and_else_by_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("with_index", "of_a_checkout", "without_files"):
        (tmp_path / name).mkdir()
    (tmp_path / "with_index" / "__init__.py").touch()
    (tmp_path / "of_a_checkout" / "__init__.py").touch()
    (tmp_path / "with_index" / INDEX).write_bytes(compile_index([module_names()["PKG001"]]))
    rule = load("PKG001")
    found = described("PKG001", "with_index")
    assert found is not rule
    assert (found.code, found.title, found.load()) == (rule.code, rule.title, rule.load())
    assert described("PKG002", "with_index") is load("PKG002")
    assert node_codes("with_index") == ("PKG001",)
    for package in ("of_a_checkout", "without_files"):
        assert described("PKG001", package) is rule
        assert node_codes(package) == NODE_CODES


def test_two_files_of_one_code_are_an_error(tmp_path: Path):
    for topic, module in (("pkg", "pkg001_one"), ("pkg", "helpers"), ("gpu", "pkg001_two")):
        (tmp_path / topic).mkdir(exist_ok=True)
        (tmp_path / topic / "__init__.py").touch()
        (tmp_path / topic / f"{module}.py").touch()
    with pytest.raises(AssertionError, match=r"doctor\.rules\.gpu\.pkg001_two and doctor\.rules\.pkg\.pkg001_one"):
        names_in([str(tmp_path)])
    (tmp_path / "gpu" / "pkg001_two.py").unlink()
    assert names_in([str(tmp_path)]) == {"PKG001": "doctor.rules.pkg.pkg001_one"}


def test_rules_compare_nodes_or_judge_one():
    assert fleet_codes() == tuple(code for code in CODES if code.startswith("FLT"))
    assert sorted((*fleet_codes(), *NODE_CODES)) == list(CODES)


def test_no_two_rules_have_one_name():
    """A name stands for a code where one is asked for."""
    names = [name.rpartition(".")[2].partition("_")[2] for name in module_names().values()]
    assert sorted(names) == sorted(set(names))


def test_a_rule_is_found_by_its_name_too():
    assert find("requirement-not-met").code == "PKG001"
    assert find("Requirement_Not_Met").code == "PKG001"
    assert find("pkg001").code == "PKG001"


@pytest.mark.parametrize(
    ("wrong", "near"), [("PKG0001", "PKG001"), ("PKG01", "PKG001"), ("requirements-not-met", "PKG001")]
)
def test_a_wrong_code_names_the_near_ones(wrong, near):
    with pytest.raises(SelectionError) as caught:
        find(wrong)
    assert near in caught.value.hint


def test_a_code_that_is_meant_is_the_only_one_named_and_otherwise_three():
    with pytest.raises(SelectionError) as caught:
        find("PKG01")
    assert caught.value.hint == "near it are PKG001 (requirement-not-met); `doctor explain --list` shows them all"
    with pytest.raises(SelectionError) as caught:
        find("PKX001")
    assert "PKG001 (requirement-not-met)" in caught.value.hint
    assert caught.value.hint.count("(") == 3


def test_a_code_like_no_other_names_the_list():
    with pytest.raises(SelectionError) as caught:
        find("zzzzzz")
    assert caught.value.hint == "`doctor explain --list` shows them all"


class TestSelect:
    def test_all_by_default(self):
        rules, left_out = select()
        assert tuple(rule.code for rule in rules) == NODE_CODES
        assert left_out == ()

    def test_by_code_and_by_topic(self):
        rules, left_out = select(("pkg001", "GPU"))
        chosen = {rule.code for rule in rules}
        assert chosen == {"PKG001"} | {code for code in NODE_CODES if code.startswith("GPU")}
        assert chosen.isdisjoint(left_out)
        assert chosen | set(left_out) == set(NODE_CODES)

    def test_ignored_wins_over_selected(self):
        rules, left_out = select(("PKG",), ("PKG001",))
        assert "PKG001" not in {rule.code for rule in rules}
        assert "PKG001" in left_out

    @pytest.mark.parametrize("selectors", [(("XYZ",), ()), ((), ("XYZ",))])
    def test_a_selector_that_matches_nothing_is_an_error(self, selectors):
        """Or a misspelt --select would judge nothing and look fine."""
        with pytest.raises(SelectionError, match="XYZ"):
            select(*selectors)

    def test_ignoring_everything_is_an_error(self):
        with pytest.raises(SelectionError, match="nothing would be judged"):
            select(("PKG001",), ("PKG",))


class TestSelectForFleet:
    def test_all_rules_those_of_nodes_apart_from_those_that_compare_them(self):
        of_nodes, of_fleets, left_out = select_for_fleet()
        assert tuple(rule.code for rule in of_nodes) == NODE_CODES
        assert sorted([*(rule.code for rule in of_fleets), *NODE_CODES]) == sorted(CODES)
        assert left_out == ()

    def test_one_environment_is_not_compared_with_itself(self):
        with pytest.raises(SelectionError) as caught:
            select(("FLT001",))
        assert "doctor fleet check --select FLT001" in caught.value.hint
        assert select(("PKG",), ("FLT",))[0]

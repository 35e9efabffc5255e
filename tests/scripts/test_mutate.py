"""Trying whether tests notice faults: which faults there are, and that they are put into the code that runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.mutate import _current
from scripts.mutating.equivalent import equivalents
from scripts.mutating.mapping import ROOT, codes_of, files_that_test, laws_of_topic
from scripts.mutating.operators import mutants
from scripts.mutating.results import WHOLE, _head
from scripts.mutating.trial import numbered


def changes(source: str) -> list[str]:
    return [mutant.change for mutant in mutants(source)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a < b", "a < b -> a <= b"),
        ("a in b", "a in b -> a not in b"),
        ("a and b", "a and b -> a"),
        ("not a", "not a -> a"),
        ("a if b else c", "b -> False"),
        ("[x for x in a if x]", "x -> True"),
        ("a + 1", "a + 1 -> a - 1"),
        ("a[0]", "0 -> 1"),
        ("f(x=True)", "True -> False"),
        ("a == 'word'", "'word' -> 'word~'"),
        ("any(a)", "any -> all"),
        ("f(a)", "f(a) -> None"),
    ],
)
def test_slips_in_an_expression(line: str, expected: str) -> None:
    assert expected in changes(f"def f():\n    return {line}\n")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("raise X", "raise X -> pass"),
        ("f()", "f() -> pass"),
        ("for x in y: f(x)", "y -> ()"),
        ("for x in y: continue", "continue -> break"),
        ("if a: f()", "a -> True"),
    ],
)
def test_slips_in_a_statement(lines: str, expected: str) -> None:
    assert expected in changes(f"def f():\n    {lines}\n")


@pytest.mark.parametrize(
    "source",
    [
        'def f() -> "x":\n    """Text."""\n',
        "@g(1)\ndef f():\n    pass\n",
        "class A:\n    x: int = 1\n",
        "def f(x=1):\n    pass\n",
    ],
)
def test_what_other_tests_hold_is_left_alone(source: str) -> None:
    assert changes(source) == []


def test_the_same_slip_twice_has_two_names() -> None:
    found = [number for mutant, number in numbered("def f():\n    g(1)\n    h(1)\n") if mutant.before == "1"]
    assert found == [0, 1]


def test_the_source_is_as_it_was_after_all_slips() -> None:
    source = (ROOT / "doctor/engine/judge.py").read_text(encoding="utf-8")
    assert changes(source) == changes(source)


def test_a_rule_has_its_own_tests_and_what_rules_share_those_of_all() -> None:
    rule = "doctor/rules/pkg/pkg001_requirement_not_met.py"
    assert files_that_test(rule) == ["tests/rules/pkg/test_pkg001.py", "tests/rules/pkg/test_pkg001_severity.py"]
    assert codes_of(rule) == ["PKG001"]
    assert laws_of_topic(rule) == []
    lora = "doctor/rules/lora/lora003_other_peft_method.py"
    assert laws_of_topic(lora) == ["tests/rules/lora/test_every_rule.py"]
    assert "PKG001" in codes_of("doctor/rules/pkg/requirements.py")
    assert "tests/rules/pkg/test_pkg001.py" in files_that_test("doctor/rules/pkg/requirements.py")


def test_each_mutant_that_cannot_be_noticed_is_one() -> None:
    """An entry of the list that the code has outgrown would hide another fault."""
    for entry in equivalents():
        source = (ROOT / entry["source"]).read_text(encoding="utf-8")
        there = {f"{mutant.place}: {mutant.change}" + (f" #{n}" if n else "") for mutant, n in numbered(source)}
        assert set(entry["mutants"]) <= there, entry["source"]
        assert entry["why"]


def test_results_of_several_checkouts_are_put_together(tmp_path: Path) -> None:
    """The first that has tried a source counts, and none that has tried it as it was before."""
    source = "doctor/core/size.py"
    entry = json.dumps({"line": 1, "mutant": "a -> b", "result": "killed"})
    for folder, head, entries in (("old", "{}", [entry]), ("one", _head(source), [entry]), ("two", _head(source), [])):
        kept = tmp_path / folder / source.replace(".py", ".jsonl")
        kept.parent.mkdir(parents=True)
        kept.write_text("\n".join([head, *entries, WHOLE]), encoding="utf-8")
    found = _current([tmp_path / "old", tmp_path / "one", tmp_path / "two"])
    assert [(results.source, results.killed) for results in found] == [(source, 1)]


def test_a_small_source_whose_tests_notice_everything(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts/mutate.py", "doctor/core/size.py", "--results", tmp_path],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 survived" in done.stdout
    assert "failed" not in done.stdout

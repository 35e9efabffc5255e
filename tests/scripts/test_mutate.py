"""Trying whether tests notice faults: which faults there are, and that they are put into the code that runs."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from scripts.mutating.equivalent import equivalents
from scripts.mutating.mapping import ROOT, codes_of, files_that_test, laws_of_topic
from scripts.mutating.operators import mutants, numbered
from scripts.mutating.page import write_page
from scripts.mutating.results import Results
from scripts.mutating.state import digest_of, state_of_code, state_of_tests
from scripts.mutating.tried import Tried, keep, of_results, read_tried


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
    subjects = ("", "_outside", "_severity")
    assert files_that_test(rule) == [f"tests/rules/pkg/test_pkg001{subject}.py" for subject in subjects]
    assert codes_of(rule) == ["PKG001"]
    assert laws_of_topic(rule) == []
    lora = "doctor/rules/lora/lora003_other_peft_method.py"
    assert laws_of_topic(lora) == ["tests/rules/lora/test_every_rule.py"]
    assert "PKG001" in codes_of("doctor/rules/pkg/requirements.py")
    assert files_that_test("doctor/rules/pkg/requirements.py") == ["tests/rules/pkg/test_requirements.py"]
    # Of those that share a module without a test file of its own; one that gets one is an example no more.
    shared = Path("doctor/rules/model/allowed.py")
    assert not (ROOT / "tests/rules/model" / f"test_{shared.name}").exists()
    assert "tests/rules/model/test_model004.py" in files_that_test(str(shared))


def test_each_mutant_that_cannot_be_noticed_is_one() -> None:
    """An entry of the list that the code has outgrown would hide another fault."""
    for entry in equivalents():
        source = (ROOT / entry["source"]).read_text(encoding="utf-8")
        there = {f"{mutant.place}: {mutant.change}" + (f" #{n}" if n else "") for mutant, n in numbered(source)}
        assert set(entry["mutants"]) <= there, entry["source"]
        assert entry["why"]


def tried(source: str = "doctor/core/size.py", **changes: Any) -> Tried:
    now = Tried(source=source, code=state_of_code(source), tests=state_of_tests(source), day="2026-01-01", killed=3)
    return dataclasses.replace(now, **changes)


def test_what_was_tried_is_kept_and_that_of_sources_that_are_gone_is_not(tmp_path: Path) -> None:
    kept = tmp_path / "tried.jsonl"
    keep([tried(survived=("a -> b",)), tried("doctor/core/fact.py"), tried(killed=4)], kept)
    gone = dataclasses.replace(tried(), source="doctor/gone.py")
    keep([gone], kept)
    assert [(item.source, item.killed) for item in read_tried(kept).values()] == [
        ("doctor/core/fact.py", 3),
        ("doctor/core/size.py", 4),
    ]


def test_a_result_counts_as_long_as_the_code_is_what_was_tried() -> None:
    assert tried().counts and tried().is_current
    assert tried(tests="").counts and not tried(tests="").is_current
    assert not tried(code="").counts


def test_what_a_file_says_beside_its_code_changes_no_result() -> None:
    code = "from a.b import c\n\n\ndef f():\n    return c\n"
    moved = '"""Text."""\nfrom a.d import c\n\ndef f():\n    """Text."""\n    return c  # why\n'
    assert digest_of(code) == digest_of(moved) != digest_of(code.replace("return c", "return 1"))


def test_of_an_earlier_run_what_was_noticed_counts_and_what_was_open_is_tried_again() -> None:
    results = Results("doctor/core/size.py", code="now", tests="new")
    results.of = {"one": {"result": "killed"}, "two": {"result": "survived"}, "three": {"result": "not reached"}}
    found = of_results(results, tried(killed=5, tests="old"))
    assert (found.killed, found.survived, found.unreached) == (6, ("two",), ("three",))
    assert (found.code, found.tests) == ("now", "old")


def test_the_page_tells_what_is_open_what_has_changed_and_what_was_not_tried() -> None:
    page = write_page(
        [tried(survived=("say_bytes: a -> b",), tests=""), tried("doctor/core/fact.py", code="")],
        ["doctor/core/fact.py", "doctor/core/size.py", "doctor/engine/judge.py"],
    )
    assert "| `doctor/core` | 2 | 1 | 4 | 3 | 1 | 0 |" in page
    assert "| all | 3 | 1 | 4 | 3 | 1 | 0 |" in page
    assert "`say_bytes: a -> b`" in page
    assert "Of 1 of these files the tests have changed" in page
    assert "- `doctor/core`: fact.py\n- `doctor/engine`: judge.py" in page


def test_a_small_source_whose_tests_notice_everything(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            ROOT / "scripts/mutate.py",
            "doctor/core/size.py",
            "--results",
            tmp_path,
            "--kept",
            tmp_path / "k",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 survived" in done.stdout
    assert "failed" not in done.stdout
    [found] = read_tried(tmp_path / "k").values()
    assert found.is_current and found.left == ()

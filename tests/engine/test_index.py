"""The index says of every rule what its file says, and what is judged by it is what the rule itself concludes."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from doctor.core.errors import DoctorError
from doctor.core.fact import Reason
from doctor.core.keys import KEYS
from doctor.core.report import Cause, Outcome, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, Rule
from doctor.core.serve import SERVE
from doctor.core.snapshot import Snapshot
from doctor.engine.catalogue import load, module_names, node_codes
from doctor.engine.index import compile_index, first_need, installed_index, read_index, rule_in
from doctor.engine.judge import apply
from doctor.matrix.load import load_matrix
from tests.bases import BASES, base
from tests.facts import absent, snapshot, unknown

MODULES = [module_names()[code] for code in node_codes()]
INDEX = compile_index(MODULES)
INDEXED = {rule.code: rule for rule in read_index(INDEX).values()}
MATRIX = load_matrix()

NOTHING = snapshot({key: absent(f"there is no {key.name}") for key in KEYS.values()})
UNREAD = snapshot({key: unknown(Reason.NO_PERMISSION) for key in KEYS.values()})


def outcome(rule: Rule, facts: Snapshot) -> Outcome:
    return dataclasses.replace(apply(rule, facts, MATRIX), milliseconds=0.0)


def test_there_is_every_rule_of_nodes_and_the_same_rules_give_the_same_bytes():
    assert tuple(INDEXED) == node_codes()
    assert compile_index(MODULES) == INDEX


@pytest.mark.parametrize(
    "name", ["code", "name", "topic", "title", "severity", "cause", "since", "reads", "explanation"]
)
def test_it_says_what_the_files_say(name: str):
    assert [getattr(rule, name) for rule in INDEXED.values()] == [getattr(load(code), name) for code in INDEXED]


def test_it_says_what_each_rule_needs_first():
    said = {rule.code: rule.first.name if rule.first else "" for rule in read_index(INDEX).values()}
    assert said == {code: first_need(load(code)) for code in node_codes()}
    assert {"", "serve", "distributions"} <= set(said.values())


def test_it_judges_by_what_the_files_hold():
    assert [rule.load() for rule in INDEXED.values()] == [load(code).load() for code in INDEXED]


@pytest.mark.parametrize("facts", [NOTHING, UNREAD, *map(base, BASES)], ids=["absent", "unknown", *BASES])
def test_what_is_judged_by_it_is_what_the_rule_concludes(facts: Snapshot):
    assert [outcome(rule, facts) for rule in INDEXED.values()] == [outcome(load(code), facts) for code in INDEXED]


def test_no_rule_is_imported_whose_first_fact_is_not_there(tmp_path: Path):
    file = tmp_path / "index.json"
    file.write_bytes(INDEX)
    program = f"""
import pathlib, sys
from doctor.core.fact import Absent, Source, SourceKind
from doctor.core.keys import KEYS
from doctor.core.matrix import Matrix
from doctor.core.snapshot import Snapshot
from doctor.engine.index import read_index
from doctor.engine.judge import judge
rules = read_index(pathlib.Path({str(file)!r}).read_bytes())
gone = Absent(source=Source(kind=SourceKind.FILE, where="test"))
nothing = Snapshot(target="", taken_at="", doctor_version="", facts=dict.fromkeys(KEYS, gone))
report = judge(nothing, Matrix(version="test"), rules.values())
print(len(report.outcomes), len(rules.keys() & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(len(INDEXED)), str(sum(rule.first is None for rule in INDEXED.values()))]


def test_an_installation_has_the_index_beside_its_rules_and_a_checkout_has_none(tmp_path: Path, monkeypatch):
    (tmp_path / "installed_rules").mkdir()
    (tmp_path / "installed_rules/__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    assert installed_index("installed_rules") == {}
    (tmp_path / "installed_rules/index.json").write_bytes(INDEX)
    assert installed_index("installed_rules").keys() == read_index(INDEX).keys()
    (tmp_path / "no_package").mkdir()  # what is left of an installation that was removed
    assert installed_index("no_package") == {}


def needs(env: Env) -> Iterator[Problem]:
    env.need(SERVE)
    yield from ()


def looks(env: Env) -> Iterator[Problem]:
    if env.look(SERVE) is None:
        raise NotApplicableError("there is none")
    yield from ()


def notes_before(env: Env) -> Iterator[Problem]:
    env.gap("something")
    yield from needs(env)


def cites_before(env: Env) -> Iterator[Problem]:
    env.cite("a row")
    yield from needs(env)


def asks_the_matrix_before(env: Env) -> Iterator[Problem]:
    if env.matrix.sets:
        yield from needs(env)


def needs_nothing(env: Env) -> Iterator[Problem]:
    yield from ()


@pytest.mark.parametrize(
    ("check", "first"),
    [
        (needs, "serve"),
        (looks, ""),
        (notes_before, ""),
        (cites_before, ""),
        (asks_the_matrix_before, ""),
        (needs_nothing, ""),
    ],
)
def test_the_first_need_is_one_that_nothing_comes_before(check: Callable[[Env], Iterator[Problem]], first: str):
    rule = Rule(
        code="TST001",
        name="test",
        topic="TST",
        title="A test",
        severity=Severity.ERROR,
        cause=Cause.OTHER,
        since="0.1.0",
        reads=(SERVE,),
        load=lambda: check,
    )
    assert first_need(rule) == first


@pytest.mark.parametrize("codes", [(), ("PKG001", "PKG002")])
def test_a_file_holds_one_rule(codes: tuple[str, ...]):
    module = types.ModuleType("crowded")
    vars(module).update({code: load(code) for code in codes})
    with pytest.raises(AssertionError, match=f"crowded holds {len(codes)} rules"):
        rule_in(module)


@pytest.mark.parametrize(
    "content", [b"", b"{}", INDEX.replace(b'"serve"', b'"none"'), INDEX.replace(b"pkg001", b"pkg")], ids=len
)
def test_a_damaged_index_is_an_error(content: bytes):
    with pytest.raises(DoctorError, match="the index of the rules that ships with doctor is damaged"):
        read_index(content)

"""What is wrong with rows that are valid each by itself."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from doctor.core.report import Severity
from doctor.matrix.algebra import is_disjoint, is_empty, is_within
from doctor.matrix.fault import InvalidMatrixError
from doctor.matrix.lint import Remark
from doctor.matrix.validation import lint_files
from tests.matrix.files import HEAD, PAIR, SET

TODAY = datetime.date(2026, 11, 27)

BREAKAGE = """
[[breakage]]
name = "{name}"
cause = "other"
reason = "it fails"
fix = "Install another one"
basis = "reported"
sources = ["https://example.org"]
"""


@pytest.fixture
def lint(tmp_path: Path):
    def run(*rows: str, head: str = HEAD) -> list[Remark]:
        (tmp_path / "rows.toml").write_text(head + "".join(rows))
        return lint_files([tmp_path / "rows.toml"], TODAY)

    return run


def pair(name: str, needs: str, package: str = "one", partner: str = "two") -> str:
    row = PAIR[: PAIR.index("[pair.needs]")]
    row = row.replace("xformers-torch", name).replace('"xformers"', f'"{package}"').replace('"torch"', f'"{partner}"')
    return f"{row}[pair.needs]\n{needs}\n"


def breakage(name: str, *lines: str) -> str:
    return BREAKAGE.format(name=name) + "\n".join(lines) + "\n"


def told(remarks: list[Remark]) -> list[tuple[str, Severity]]:
    return [(remark.kind, remark.severity) for remark in remarks]


def test_the_shipped_matrix_has_none() -> None:
    assert [str(remark.fault) for remark in lint_files([], TODAY)] == []


def test_sound_rows(lint) -> None:
    assert lint(SET, pair("a", '">=1,<2" = "<5"\n">=2" = ">=5"'), breakage("b", "symptoms = ['it broke']")) == []


@pytest.mark.parametrize(
    "row",
    [
        pair("a", '">=3,<2" = "<5"'),
        pair("a", '">=2" = ">5,<4"'),
        breakage("b", 'when = [{ packages = { one = ">=3,<2" } }]', "symptoms = ['it broke']"),
        breakage("b", 'when = [{ python = ">3.12,<3.12" }]', "symptoms = ['it broke']"),
        breakage("b", 'when = [{ packages = { one = ">2,<2 +cpu" } }]', "symptoms = ['it broke']"),
    ],
)
def test_a_range_that_no_version_meets(lint, row: str) -> None:
    [remark] = lint(row)
    assert (remark.kind, remark.severity) == ("unsatisfiable", Severity.ERROR)


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        ('">=1" = "<5"\n"==2" = "<4"', [("shadowed", Severity.WARNING)]),
        ('"<2" = "<5"\n">=2" = "<6"\n">=1,<3" = "<4"', [("shadowed", Severity.WARNING)]),
        ('">=1,<3" = "<5"\n">=2" = ">=5"', [("contradictory", Severity.ERROR)]),
        ('">=1,<3" = "<5"\n">=2" = "<6"', [("overlapping", Severity.WARNING)]),
        ('">=1,<2" = "<5"\n">=2" = "<6"', []),
    ],
)
def test_entries_of_one_pair(lint, needs: str, expected: list[tuple[str, Severity]]) -> None:
    assert told(lint(pair("a", needs))) == expected


def test_pairs_that_leave_no_partner(lint) -> None:
    remarks = lint(pair("a", '">=1" = "<5"'), pair("b", '">=2" = ">=5"'))
    assert told(remarks) == [("contradictory", Severity.ERROR)]
    assert "no two suits one >=2" in remarks[0].fault.message
    assert lint(pair("a", '">=1" = "<5"'), pair("b", '">=2" = ">=4"')) == []
    assert lint(pair("a", '">=1" = "<5"'), pair("b", '">=2" = ">=5"', partner="three")) == []


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ('[{ packages = { one = "<2" } }, { packages = { one = "<3" } }]', True),
        ('[{ packages = { one = "<2", two = "" } }, { packages = { one = "<2" } }]', True),
        ('[{ packages = { one = "<2" } }, { packages = { one = "<2" } }]', True),
        ('[{ packages = { one = "<2" } }, { packages = { one = "<2" }, capability = "<8.0" }]', True),
        ('[{ packages = { one = "<2" } }, { packages = { one = ">=3" } }]', False),
        ('[{ packages = { one = "absent" } }, { packages = { one = "<3" } }]', False),
        ('[{ packages = { one = "<2 +cpu" } }, { packages = { one = "<3 +cu126" } }]', False),
        ('[{ variables = { A = "1" } }, { variables = { A = "2" } }]', False),
        ("[{ wsl = true }, { wsl = false }]", False),
    ],
)
def test_circumstances_that_others_cover(lint, when: str, expected: bool) -> None:
    remarks = lint(breakage("b", f"when = {when}", "symptoms = ['it broke']"))
    assert told(remarks) == ([("shadowed", Severity.WARNING)] if expected else [])


def test_a_proven_set_that_a_breakage_says_to_break(lint) -> None:
    when = 'when = [{ packages = { vllm = "<0.6", numpy = "<2" } }]'
    remarks = lint(SET, breakage("b", when, "predictable = true"))
    assert told(remarks) == [("contradictory", Severity.ERROR)]
    assert "tiny" in remarks[0].fault.message and "b" in remarks[0].fault.message
    assert lint(SET, breakage("b", when, "symptoms = ['it broke']")) == []
    assert lint(SET, breakage("b", 'when = [{ packages = { vllm = "<0.6", ray = "<2" } }]', "predictable = true")) == []


def test_two_breakages_with_the_same_words(lint) -> None:
    remarks = lint(breakage("a", "symptoms = ['it broke']"), breakage("b", "symptoms = ['it broke']"))
    assert told(remarks) == [("ambiguous", Severity.WARNING)]
    general = breakage("b", "symptoms = ['it broke']", "general = true")
    assert lint(breakage("a", "symptoms = ['it broke']"), general) == []


def test_a_pattern_that_may_take_for_ever(lint) -> None:
    [remark] = lint(breakage("a", "symptoms = ['it (x+)+ broke']"))
    assert (remark.kind, remark.severity) == ("unsafe-pattern", Severity.ERROR)


def test_rows_that_are_out_of_date_are_notes(lint) -> None:
    table = pair("a", '"==1" = "==2"\n"==2" = "==3"')
    newest = HEAD + '[newest]\none = "3"\n'
    remarks = lint(
        table,
        SET.replace("2026-11-20", "2025-11-20"),
        breakage("b", "symptoms = ['it broke']", 'until = "2026-01-01"'),
        head=newest,
    )
    assert sorted(told(remarks)) == [("stale", Severity.INFO)] * 3
    assert lint(table, head=HEAD + '[newest]\none = "2"\n') == []


def test_a_remark_stands_where_the_row_does(lint, tmp_path: Path) -> None:
    [remark] = lint(pair("a", '">=1" = "<5"\n"==2" = "<4"'))
    line = (tmp_path / "rows.toml").read_text().splitlines()[remark.fault.line - 1]
    assert line.startswith('"==2"')
    assert remark.fault.column == 1


def test_a_file_with_errors_is_refused(lint) -> None:
    with pytest.raises(InvalidMatrixError, match="no pair"):
        lint(breakage("b", 'pairs = ["nothing"]', "symptoms = ['it broke']"))


class TestAlgebra:
    def test_empty(self) -> None:
        assert is_empty(">=2,<1") and is_empty("==1,!=1")
        assert not is_empty("") and not is_empty(">=2,<2.0.1")

    def test_disjoint(self) -> None:
        assert is_disjoint("<2", ">=2") and is_disjoint("==2.4.0", "==2.5.0")
        assert not is_disjoint("<=2", ">=2")

    def test_within_one_or_several(self) -> None:
        assert is_within("==2.6", [">=2.5"]) and is_within(">=1,<3", ["<2", ">=2"])
        assert not is_within(">=1", ["<2"]) and not is_within(">=1", [])

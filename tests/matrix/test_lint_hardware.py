"""Rows about wheels, CUDA releases and capabilities that contradict each other or the lists of releases."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from doctor.core.report import Severity
from doctor.matrix.validation import lint_files
from tests.matrix.files import CUDA, HEAD, WHEEL

TODAY = datetime.date(2026, 11, 27)
FLOOR = """
[[floor]]
name = "{name}"
package = "one"
versions = "{versions}"
minimum = "{minimum}"
below = "{below}"
severity = "error"
basis = "reported"
sources = ["https://example.org"]
"""


@pytest.fixture
def lint(tmp_path: Path):
    def run(*rows: str, head: str = HEAD, releases: str = "") -> list[tuple[str, Severity]]:
        (tmp_path / "rows.toml").write_text(head + "".join(rows))
        files = [tmp_path / "rows.toml"]
        if releases:
            files.append(tmp_path / "releases" / "torch.json")
            files[1].parent.mkdir()
            files[1].write_text(releases)
        return [(remark.kind, remark.severity) for remark in lint_files(files, TODAY)]

    return run


def floor(name: str = "a", versions: str = ">=1", minimum: str = "7.0", below: str = "") -> str:
    return FLOOR.format(name=name, versions=versions, minimum=minimum, below=below)


def torch_list(**releases: str) -> str:
    entries = [
        f'"{version.replace("_", ".").strip("v")}":{{"uploaded":"2026-01-01","requires":["{requires}"],'
        '"wheels":["cp312-cp312-manylinux_2_28_x86_64"]}'
        for version, requires in releases.items()
    ]
    return '{"schema":1,"package":"torch","releases":{' + ",".join(entries) + "}}"


CONTRADICTORY, STALE = ("contradictory", Severity.ERROR), ("stale", Severity.INFO)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"530.30.02": "529.1"}, [CONTRADICTORY]),
        ({"525.60.13": "524.1"}, [CONTRADICTORY, CONTRADICTORY]),
        ({"525.60.13": "526.1"}, [CONTRADICTORY]),
    ],
)
def test_a_later_cuda_release_with_another_driver(lint, changes: dict[str, str], expected) -> None:
    later = CUDA.replace("12.1", "12.4").replace("530.30.02", "531.1") if not changes else CUDA.replace("12.1", "12.4")
    for old, new in changes.items():
        later = later.replace(old, new)
    assert lint(CUDA, later) == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ((floor(), floor("b", "<1")), []),
        ((floor(), floor("b", ">=2")), [CONTRADICTORY]),
        ((floor(below="6.0"),), [("unsatisfiable", Severity.ERROR)]),
        ((floor(versions=">2,<1"),), [("unsatisfiable", Severity.ERROR)]),
    ],
)
def test_floors(lint, rows: tuple[str, ...], expected) -> None:
    assert lint(*rows) == expected


def test_a_wheel_row_is_held_against_the_list_of_releases(lint) -> None:
    good = torch_list(v2_4_0="nvidia-cuda-runtime-cu12 (==12.1.105)")
    assert lint(WHEEL, releases=good) == []


@pytest.mark.parametrize(
    ("releases", "row", "expected"),
    [
        (torch_list(v2_3_0="x", v2_5_0="x"), WHEEL, [CONTRADICTORY, STALE]),
        (torch_list(v2_4_0="nvidia-cuda-runtime-cu12 (==12.4.127)"), WHEEL, [CONTRADICTORY]),
        (torch_list(v2_4_0="x", v2_5_0="x"), WHEEL, [STALE]),
        (torch_list(v2_4_0="x"), WHEEL + 'machine = "aarch64"\n', [CONTRADICTORY]),
    ],
)
def test_a_wheel_row_that_the_list_contradicts_or_outran(lint, releases: str, row: str, expected) -> None:
    assert sorted(lint(row, releases=releases)) == sorted(expected)


def test_what_was_looked_at_and_the_list_differ(lint) -> None:
    head = f'{HEAD}newest = {{ torch = "2.9.0" }}\n'
    releases = torch_list(v2_4_0="nvidia-cuda-runtime-cu12 (==12.1.105)")
    assert lint(WHEEL, head=head, releases=releases) == [STALE]


GENERATION = """
[[generation]]
name = "{name}"
capability = "{capability}"
below = "{below}"
first_cuda = "{first}"
last_cuda = "{last}"
basis = "reported"
sources = ["https://example.org"]
"""


def generation(name: str = "a", capability: str = "7.0", below: str = "7.5", first: str = "9.0", last: str = "") -> str:
    return GENERATION.format(name=name, capability=capability, below=below, first=first, last=last)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ((generation(), generation("b", "7.5", "8.0")), []),
        ((generation(below="7.0"),), [("unsatisfiable", Severity.ERROR)]),
        ((generation(last="8.0"),), [("unsatisfiable", Severity.ERROR)]),
        ((generation(), generation("b", "7.2", "8.0")), [CONTRADICTORY]),
        ((generation(below=""), generation("b", "7.5", "8.0")), [CONTRADICTORY]),
    ],
)
def test_generations(lint, rows: tuple[str, ...], expected) -> None:
    assert lint(*rows) == expected

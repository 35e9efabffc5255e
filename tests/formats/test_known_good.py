"""Known-good sets as people read them."""

from __future__ import annotations

import datetime
import re

import pytest

from doctor.core.matrix import Basis, Depth, Evidence, KnownGoodSet, Matrix, Mend, Serving
from doctor.formats.known_good import write_list, write_set
from doctor.formats.look import Look
from doctor.formats.page import Page
from doctor.matrix.load import load_matrix

TODAY = datetime.date(2026, 11, 24)


def known_good(date: str = "2026-11-20", **changes) -> KnownGoodSet:
    run = Evidence(depth=Depth.IMPORTED, date=date, host="Python 3.11.7", command="pip check", result="nothing")
    values = {
        "name": "proven",
        "title": "for the tests",
        "pins": {"vllm": "0.5.5", **{f"package-{number}": "1.0" for number in range(30)}},
        "bound": tuple(f"package-{number}" for number in range(9)),
        "python": ">=3.10",
        "basis": Basis.REPRODUCED,
        "sources": ("https://example.org",),
        "evidence": (run,),
    }
    return KnownGoodSet(**{**values, **changes})


def listed(row: KnownGoodSet, width: int = 80) -> str:
    return write_list(Page(Look(width=width)), Matrix(version="1", sets=(row,)), TODAY)


@pytest.mark.parametrize("width", [60, 80, 100])
def test_a_list_fits_the_terminal(width):
    lines = listed(known_good(), width).splitlines()
    assert max(map(len, lines)) <= width
    assert "and 21 more" in lines[-3]


@pytest.mark.parametrize(
    ("date", "age"), [("2026-11-24", "today"), ("2026-11-23", "yesterday"), ("2026-11-20", "4 days ago")]
)
def test_the_age_of_the_proof_is_told(date, age):
    assert f"2026-11-20 ({age})".replace("2026-11-20", date) in listed(known_good(date))


def test_a_set_without_a_proof_says_its_basis_only():
    assert listed(known_good(evidence=(), basis=Basis.DECLARED)).splitlines()[-1].split() == ["basis", "declared"]


def test_what_a_file_smuggles_in_is_shown_and_not_obeyed():
    """Rows come from --matrix files too."""
    text = write_set(Page(Look()), known_good(title="\x1b[2Jfine", sources=("a\nb",)), TODAY)
    assert "\\x1b[2Jfine" in text
    assert "a\\nb" in text
    assert "\x1b" not in text


def test_what_serves_a_set_for_training_and_what_was_mended_is_told_with_the_reason():
    row = known_good(
        pins={"unsloth": "2026.4.8", "torch": "2.10.0"},
        bound=(),
        mends=(Mend(requirement="setuptools<80", reason="triton imports it"),),
        served_by=(Serving(set="vllm-0.19.1", reason="it reads what transformers 5 saves"),),
    )
    text = write_set(Page(Look(width=80)), row, TODAY)
    assert "\nasked for beside\n  setuptools<80: triton imports it\n" in text
    assert "\nserved by\n  vllm-0.19.1: it reads what transformers 5 saves\n" in text


def test_a_set_says_what_it_asks_of_the_machine_and_how_it_was_proven():
    row = known_good(minimum_driver="550.54", capabilities=("8.0", "9.0"), glibc="2.31", cuda="12.1")
    text = " ".join(write_set(Page(Look(width=200)), row, TODAY).split())
    for told in ("550.54 or newer", "compute capability 8.0 9.0", "glibc 2.31", "$ pip check nothing"):
        assert told in text.replace(" · ", " ").replace(", ", " "), told
    assert "proven by" not in write_set(Page(Look()), known_good(evidence=()), TODAY)


def test_a_list_ends_with_the_releases_that_are_known():
    text = write_list(Page(Look(width=200)), load_matrix(), TODAY)
    assert re.search(r"\nknown releases\n.*\bvllm 0\.\d\S* to \d", text, re.DOTALL)

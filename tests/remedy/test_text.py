"""A plan in words."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.matrix.load import load_matrix
from doctor.remedy.plan import Move, Plan, Step
from doctor.remedy.text import intended_moves, render_plan, say_move, why_of
from tests.facts import distribution

INSTALLED = (
    distribution("torch", "2.4.0"),
    distribution("numpy", "2.3.0"),
    distribution("pynvml", "11.5"),
    distribution("vllm", "0.5.5"),
    distribution("vllm", "0.4.0", shadowed=True),
)


def move(before="1.0", after="2.0", why="PKG001"):
    return Move(name="numpy", before=before, after=after, why=why)


@pytest.mark.parametrize(
    ("before", "after", "said", "row"),
    [
        ("", "2.0", "numpy 2.0 is added: PKG001", "numpy    - -> 2.0  PKG001"),
        ("1.0", "", "numpy 1.0 goes: PKG001", "numpy  1.0 -> removed  PKG001"),
        ("2.0", "2.0", "numpy 2.0 is installed again: PKG001", "numpy  2.0 -> 2.0 again  PKG001"),
        ("1.0", "2.0", "numpy 1.0 becomes 2.0: PKG001", "numpy  1.0 -> 2.0  PKG001"),
    ],
)
def test_each_kind_of_move(before, after, said, row):
    assert say_move(move(before, after)) == said
    shown = render_plan(Plan(), [move(before, after)])
    assert shown.startswith("1 change:\n")
    assert [" ".join(line.split()) for line in shown.splitlines()[1:]] == [" ".join(row.split())]


def test_a_long_reason_is_told_by_its_beginning():
    assert say_move(move(why="numba needs it: numpy<2.3")) == "numpy 1.0 becomes 2.0: numba needs it"


def test_what_a_plan_moves_and_why():
    plan = Plan(
        pins={"torch": "torch==2.5.1", "numpy": "numpy==2.3.0"},
        removals=("pynvml",),
        reinstalls=("numpy", "vllm"),
        moving=("xformers",),
        codes={"torch": ("PIN001", "ABI001")},
    )
    moves = {item.name: (item.before, item.after, item.why) for item in intended_moves(plan, INSTALLED)}
    assert moves == {
        "numpy": ("2.3.0", "2.3.0", "asked for"),
        "pynvml": ("11.5", "", "asked for"),
        "torch": ("2.4.0", "2.5.1", "PIN001, ABI001"),
        "vllm": ("0.5.5", "0.5.5", "asked for"),
        "xformers": ("", "another version that fits", "asked for"),
    }
    unchanged = dataclasses.replace(plan, pins={"torch": "torch==2.4.0"}, removals=("gone",), reinstalls=(), moving=())
    assert intended_moves(unchanged, INSTALLED) == ()
    assert why_of("torch", plan) == "PIN001, ABI001"


def test_a_plan_without_moves_says_so_and_tells_the_rest():
    assert render_plan(Plan(), []) == "Nothing to mend.\n"
    step = Step(
        code="GPU001", subject="driver", severity="error", text="Install a newer one", commands=(("nvidia-smi",),)
    )
    plan = Plan(steps=(step,), unknown=("a", "b", "c", "d"), leftovers=(("/env/~orch", "PKG009"),))
    assert render_plan(plan, []).splitlines() == [
        "Leftovers to delete:",
        "  /env/~orch  (PKG009)",
        "",
        "For a person, not done by doctor:",
        "  GPU001 driver: Install a newer one",
        "    nvidia-smi",
        "",
        "Could not be judged:",
        "  a",
        "  b",
        "  c",
        "  and 1 more, which `doctor check` shows",
    ]
    only = Plan(unknown=("a", "b", "c"))
    assert render_plan(only, [], nothing="nothing is known").splitlines() == [
        "Nothing is known.",
        "",
        "Could not be judged:",
        "  a",
        "  b",
        "  c",
    ]


@pytest.mark.parametrize(
    "plan",
    [
        Plan(leftovers=(("/env/~orch", "PKG009"),)),
        Plan(steps=(Step(code="GPU001", subject="driver", severity="error", text="Install a newer one"),)),
    ],
)
def test_what_is_to_do_beside_moves_is_something(plan):
    assert "Nothing to mend" not in render_plan(plan, [])


def test_the_columns_of_the_moves_are_as_wide_as_their_longest_cell():
    rows = [move("1.0", "2.0.1"), Move(name="nvidia-nccl-cu12", before="2.20.5", after="2.21", why="ABI005")]
    assert render_plan(Plan(), rows).splitlines()[1:] == [
        "  numpy                1.0 -> 2.0.1  PKG001",
        "  nvidia-nccl-cu12  2.20.5 -> 2.21   ABI005",
    ]


def test_the_set_that_was_chosen_is_named_where_something_moves():
    chosen = load_matrix().sets[0]
    plan = Plan(chosen=chosen, why="the nearest")
    assert render_plan(plan, [move()]).startswith(f"Known-good set: {chosen.name} (the nearest)\n\n1 change:\n")
    assert render_plan(plan, []) == "Nothing to mend.\n"
    assert why_of("torch", plan) == f"the set {chosen.name}"

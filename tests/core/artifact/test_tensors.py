from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doctor.core.artifact.tensors import NameGroup, count_names, expand, group_names, group_tensors

PARTS = st.one_of(st.integers(0, 12).map(str), st.sampled_from(["model", "layers", "weight", "007", "*", "", "²"]))
NAMES = st.sets(st.lists(PARTS, min_size=1, max_size=5).map(".".join), max_size=40)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(NAMES)
def test_grouping_loses_no_name_and_makes_none_up(names: set[str]):
    groups = group_names(names)
    given_back = [name for group in groups for name in expand(group)]
    assert sorted(given_back) == sorted(names)
    assert count_names(groups) == len(names)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(NAMES.filter(bool).map(min), st.sampled_from([("BF16", (2, 3)), ("F32", (2, 3)), ("F32", ())])))
def test_tensors_keep_their_dtype_and_shape(tensors: dict[str, tuple[str, tuple[int, ...]]]):
    given_back = {name: (group.dtype, group.shape) for group in group_tensors(tensors) for name in expand(group.names)}
    assert given_back == tensors


def test_a_name_of_more_numbers_than_any_model_has_stays_as_it_is():
    """An index may name one of hundred thousands, and products of ranges are made number by number."""
    name = ".".join(["7"] * 100_000)
    assert group_names([name]) == (NameGroup(pattern=name),)


def test_the_layers_of_a_large_model_take_one_line():
    names = [
        f"model.layers.{layer}.mlp.experts.{expert}.up_proj.weight" for layer in range(94) for expert in range(128)
    ]
    assert group_names(names) == (
        NameGroup(pattern="model.layers.*.mlp.experts.*.up_proj.weight", members=("0-93.0-127",)),
    )


def test_layers_that_differ_are_told_apart():
    names = ["a.0.x", "a.1.x", "a.3.x", "a.b"]
    assert group_names(names) == (NameGroup(pattern="a.*.x", members=("0-1", "3")), NameGroup(pattern="a.b"))


@pytest.mark.parametrize("member", ["0-99999999", "1.2", "x", "0-4000.0-4000"])
def test_a_group_of_a_foreign_snapshot_cannot_fill_the_memory(member: str):
    with pytest.raises(ValueError):
        list(expand(NameGroup(pattern="a.*.*" if member.count("-") == 2 else "a.*", members=(member,))))

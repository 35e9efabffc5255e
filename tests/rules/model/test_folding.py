"""Naming many tensors in few words."""

from __future__ import annotations

import pytest

from doctor.core.artifact.tensors import group_names
from doctor.rules.model.folding import agree, fold, fold_groups


def layers(*numbers: int, name: str = "model.layers.{}.mlp.up_proj.weight") -> list[str]:
    return [name.format(number) for number in numbers]


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ([], ""),
        (["lm_head.weight"], "lm_head.weight"),
        (layers(3), "model.layers.3.mlp.up_proj.weight"),
        (layers(0, 1, 2), "model.layers.{0-2}.mlp.up_proj.weight (3)"),
        (layers(0, 1, 4), "model.layers.{0-1,4}.mlp.up_proj.weight (3)"),
        (
            [f"h.{layer}.experts.{expert}.w" for layer in range(2) for expert in range(3)],
            "h.{0-1}.experts.{0-2}.w (6)",
        ),
        (["b", "a"], "a and b"),
        (["c", "b", "a"], "a, b and c"),
        (["d", "c", "b", "a"], "a, b, c and d"),
        (["e", "d", "c", "b", "a"], "a, b, c, d and 1 more"),
        (["a", "b", "c", "d", *layers(0, 1, 2, name="z.{}.w")], "a, b, c, d and 3 more"),
    ],
)
def test_names_are_told_by_their_patterns(names: list[str], told: str) -> None:
    assert fold(names) == told
    assert fold_groups(group_names(sorted(names))) == told


def test_groups_of_one_pattern_are_put_together() -> None:
    """Tensors of one pattern and two shapes come as two groups."""
    apart = (*group_names(layers(0, 2)), *group_names(layers(1, 3)), *group_names(["lm_head.weight"]))
    assert fold_groups(apart) == "lm_head.weight and model.layers.{0-3}.mlp.up_proj.weight (4)"


def test_a_verb_goes_with_as_many_names() -> None:
    assert agree(["a"], "is", "are") == "is"
    assert agree(["a", "b"], "is", "are") == agree([], "is", "are") == "are"

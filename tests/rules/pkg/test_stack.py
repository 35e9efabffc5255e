"""The names of the stack: what others follow, what it is served with, and how names are listed."""

from __future__ import annotations

import pytest

from doctor.rules.pkg.stack import FRAMEWORKS, STACK, anchor_rank, listing


@pytest.mark.parametrize("package", ["sglang", "unsloth", "unsloth-zoo", "trl", "peft", "accelerate"])
@pytest.mark.parametrize("library", ["torch", "transformers", "numpy", "tokenizers"])
def test_a_framework_is_what_its_libraries_are_installed_for(package: str, library: str) -> None:
    assert package in FRAMEWORKS and library not in FRAMEWORKS


def test_all_frameworks_are_of_the_stack() -> None:
    """A slip in a name would make a framework of nothing."""
    assert set(STACK) >= FRAMEWORKS


def test_others_follow_what_an_environment_is_built_around() -> None:
    names = ["rich", "flash-attn", "peft", "transformers", "torch", "vllm"]
    assert sorted(names, key=anchor_rank) == ["vllm", "torch", "transformers", "peft", "flash-attn", "rich"]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("", ""),
        ("a", "a"),
        ("ab", "a and b"),
        ("abc", "a, b and c"),
        # "1 more" would be no shorter than its name.
        ("abcde", "a, b, c, d and e"),
        ("abcdef", "a, b, c, d and 2 more"),
    ],
)
def test_beyond_some_names_only_their_number_is_said(names: str, said: str) -> None:
    assert listing(names) == said

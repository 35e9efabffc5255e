"""Every fuzz target takes what is sound: a target that fails on its own seeds finds nothing."""

from __future__ import annotations

import pytest

from scripts.fuzzing.targets import TARGETS
from scripts.fuzzing.words import dictionary


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_takes_its_seeds(name: str) -> None:
    TARGETS[name].run(next(iter(TARGETS[name].seeds())))


def test_the_words_of_seeds_are_written_byte_by_byte() -> None:
    assert dictionary([b'{"ab": true}']) == '"\\x22\\x61\\x62\\x22"\n"\\x74\\x72\\x75\\x65"\n'

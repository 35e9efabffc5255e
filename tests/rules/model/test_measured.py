"""The table of defects says what was measured, and doctor names all that either library did not load."""

from __future__ import annotations

import pytest

from tests.defects import DEFECTS
from tests.defects.measured import NOT_LOADED, RIGHT, read

MEASURED = read()


def test_every_folder_was_loaded():
    assert set(MEASURED) == set(DEFECTS) - set(NOT_LOADED)


@pytest.mark.parametrize("number", MEASURED)
def test_the_table_says_what_vllm_did(number: str):
    assert MEASURED[number].served is DEFECTS[number].served


@pytest.mark.parametrize("number", MEASURED)
def test_what_was_not_loaded_or_came_out_wrong_is_an_error(number: str):
    """Also where vLLM serves a folder that Hugging Face refuses, or reads as another model."""
    found = MEASURED[number]
    if found.refused or RIGHT not in (found.vllm, found.huggingface):
        assert DEFECTS[number].errors, found

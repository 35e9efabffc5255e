"""The child that stands for the payload of the proof."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.endtoend.children import Child


@pytest.fixture
def child(tmp_path: Path) -> Child:
    return Child(tmp_path)

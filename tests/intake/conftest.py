"""The build context of a Dockerfile."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.intake.images import Build


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return Build(tmp_path)

"""Locks in TOML that no tool wrote."""

from __future__ import annotations

import pytest

from doctor.core.errors import TargetError
from doctor.intake.toml_lock import LockTable


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a." * 50_000 + "b = 1\n", "more than 64 parts"),
        ('x = {"a" . ' + "b . " * 100 + "c = 1}\n", "more than 64 parts"),
        ("x = " + "[" * 50_000, "nests too deep"),
        ("x = 1" + "0" * 5_000, "is no uv.lock"),
        ("x = ", "is no uv.lock"),
    ],
)
def test_what_tomllib_fails_at_or_takes_minutes_for_is_told(tmp_path, text, said):
    path = tmp_path / "uv.lock"
    path.write_text(text)
    with pytest.raises(TargetError, match=said):
        LockTable(path)


def test_dots_in_values_are_no_parts_of_a_key(tmp_path):
    path = tmp_path / "uv.lock"
    path.write_text('url = "https://example.org/' + "a.b/" * 100 + '"\nfiles = [' + '"x.whl", ' * 100 + "]\n")
    assert len(LockTable(path).tables["files"]) == 100

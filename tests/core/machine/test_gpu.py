from __future__ import annotations

import pytest

from doctor.core.machine.gpu import is_older


@pytest.mark.parametrize(
    ("driver", "needed", "older"),
    [
        ("550.54.14", "550.54.14", False),
        ("550.54.13", "550.54.14", True),
        ("550.54", "550.54.14", None),
        ("550", "550.54.14", None),
        ("550", "550.100.00", None),
        ("535", "550.54.14", True),
        ("560", "550.54.14", False),
        ("580", "580", False),
        ("580.00", "580", False),
        ("570.211.01", "580", True),
    ],
)
def test_a_branch_is_not_older_than_its_own_releases(driver, needed, older):
    assert is_older(driver, needed) is older

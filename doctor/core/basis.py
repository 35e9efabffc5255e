"""How the rows of the matrix are known."""

from __future__ import annotations

from enum import Enum


class Basis(str, Enum):
    """How a row of the matrix is known."""

    DECLARED = "declared"
    REPORTED = "reported"
    REPRODUCED = "reproduced"

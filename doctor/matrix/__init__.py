"""Loading and validating the matrix."""

from __future__ import annotations

from doctor.matrix.fault import Fault, InvalidMatrixError
from doctor.matrix.load import lint_files, load_matrix, validate_files

__all__ = ["Fault", "InvalidMatrixError", "lint_files", "load_matrix", "validate_files"]

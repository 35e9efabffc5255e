"""The matrix that commands judge by: the shipped one or its update, with the user's own files."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from doctor.core.matrix import Matrix
from doctor.matrix.load import load_matrix
from doctor.matrix.store import store_folder


def load_known(files: Sequence[Path] = ()) -> Matrix:
    """Load the matrix with the rows of `files` added.

    Raises:
        MatrixError: a file cannot be read or has errors; the message holds all of them.
    """
    return load_matrix(files, store=store_folder(os.environ))

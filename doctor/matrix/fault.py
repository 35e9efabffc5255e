"""What is wrong in a matrix file, and where."""

from __future__ import annotations

from collections.abc import Iterable

from doctor.core.errors import MatrixError
from doctor.core.frozen import light_dataclass


@light_dataclass(frozen=True, order=True)
class Fault:
    """One error of a file; `line` and `column` are 1-based."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class InvalidMatrixError(MatrixError):
    """Matrix files with errors; `faults` holds every one, in the order of the files."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(dict.fromkeys(faults))
        super().__init__(
            "\n".join(map(str, self.faults)),
            hint="`doctor matrix validate FILE` checks a file alone; the files that ship with doctor show the form",
        )

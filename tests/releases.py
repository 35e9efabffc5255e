"""A matrix in which the releases of one package require something else than they do."""

from __future__ import annotations

import dataclasses
from typing import Any

from doctor.core.matrix import Matrix
from doctor.core.packages.release import Release, ReleaseData


class Restated:
    """Releases as another source knows them, but for the requirements of one package."""

    def __init__(self, releases: ReleaseData, package: str, requires: tuple[str, ...]) -> None:
        self._releases = releases
        self._package = package
        self._requires = requires

    def __getattr__(self, name: str) -> Any:
        return getattr(self._releases, name)

    def release(self, package: str, version: str) -> Release | None:
        found = self._releases.release(package, version)
        if found is None or package != self._package:
            return found
        return dataclasses.replace(found, requires=self._requires)


def restate(matrix: Matrix, package: str, *requires: str) -> Matrix:
    """The matrix, in which every release of a package states these requirements."""
    return dataclasses.replace(matrix, releases=Restated(matrix.releases, package, requires))

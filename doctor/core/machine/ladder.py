"""Where an installed version stands among the releases of its package: what a set has, what the others take."""

from __future__ import annotations

from doctor.core.frozen import frozen


@frozen
class Rung:
    """One version, or a series of releases (``2.4``), of a package.

    `allowed` says that the release that the environment is built around takes it, or one release of the
    series; None where that asks for nothing. `installed` and `wanted` mark the versions that are installed and
    that the set has; `skipped` says that releases lie between this rung and the one before.
    """

    label: str
    allowed: bool | None
    installed: bool = False
    wanted: bool = False
    skipped: bool = False


@frozen
class Ladder:
    """The versions of one package.

    `installed` is "" where it is not there, `wanted` is "" where the set does not name it. `allowed` is what the
    release asks for (``==2.4.0``), "" for nothing; `fits` whether it takes the installed version, None where it asks
    for nothing or nothing is installed. `refused_by` names what else is installed and does not take it, and
    `demands` say who asks for what (``vllm 0.5.5 needs torch==2.4.0``). `rungs` go from old to new; there are
    none where the matrix does not know the releases one by one.
    """

    package: str
    installed: str
    wanted: str
    allowed: str
    fits: bool | None
    refused_by: tuple[str, ...] = ()
    demands: tuple[str, ...] = ()
    rungs: tuple[Rung, ...] = ()

    @property
    def as_wanted(self) -> bool:
        """Whether the set has what is installed, whatever its build (``2.4.0+cu121``)."""
        return any(rung.installed and rung.wanted for rung in self.rungs) or self.installed == self.wanted


@frozen
class Ladders:
    """The ladders of an environment.

    `release` is what the environment is built around (``vllm 0.5.5``), and `set` the known-good set that `wanted`
    is of, "" where the matrix has none; `exact` says that it is that of this release, and not only the nearest one.
    """

    release: str
    set: str
    exact: bool
    ladders: tuple[Ladder, ...]

"""Versions of one package on both sides."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.version import Version

from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.stack import installed, release
from doctor.core.rule import Env, NotApplicableError, UndeterminedError
from doctor.core.training import TRAINING


@dataclass(frozen=True, slots=True)
class Both:
    """A package where the model is trained, and where it is served."""

    name: str
    trained: Version
    served: Version


def both(env: Env, name: str) -> Both:
    """The versions of a package on both sides.

    Raises:
        NotApplicableError: no training environment was named, or a side does not have it.
        UndeterminedError: a version cannot be compared.
    """
    found = {}
    for side, key in (("trains", TRAINING), ("serves", DISTRIBUTIONS)):
        item = installed(env.need(key), name)
        if item is None:
            raise NotApplicableError(f"the environment that {side} has no {name}")
        version = release(item)
        if version is None:
            raise UndeterminedError(
                f"the version of {name} in the environment that {side} cannot be read: {item.version}"
            )
        found[side] = version
    return Both(name, found["trains"], found["serves"])

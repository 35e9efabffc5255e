"""The environment that a model was trained in, where it is judged together with the one that serves it."""

from __future__ import annotations

from doctor.core.fact import Absent, Source, SourceKind
from doctor.core.packages.distribution import Distribution
from doctor.core.snapshot import Key

TRAINING: Key[tuple[Distribution, ...]] = Key(
    "training_distributions", tuple[Distribution, ...], "every distribution of the environment that trains"
)


def not_named() -> Absent[tuple[Distribution, ...]]:
    """The fact of a training environment that was not named, which makes its rules not applicable."""
    return Absent(
        source=Source(kind=SourceKind.RUN, where="doctor check"),
        detail="no training environment was named: --train-env names one",
    )

"""Which compute capabilities packages and features ask for."""

from __future__ import annotations

from doctor.core.basis import Basis
from doctor.core.frozen import frozen
from doctor.core.report import Severity


@frozen
class Floor:
    """The compute capabilities that releases of a package, or a feature of it, ask for.

    `package` is a distribution name, or "" where it is the hardware itself that has the feature or
    not; `versions` is a specifier of its releases. `feature` is "" for the package as a whole, else
    ``lora``, ``bfloat16``, ``fp8`` or ``flash-attention-3``. `minimum` is the lowest capability
    (``8.0``, "" for none), `below` the lowest that is too new ("" for none). `severity` is that of
    a GPU outside: ``info``, ``warning`` or ``error``.
    """

    name: str
    minimum: str
    severity: str
    basis: Basis
    sources: tuple[str, ...]
    package: str = ""
    versions: str = ""
    feature: str = ""
    below: str = ""

    @property
    def level(self) -> Severity:
        """The severity of a GPU outside, as problems have it."""
        return Severity[self.severity.upper()]

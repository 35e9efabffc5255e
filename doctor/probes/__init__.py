"""The probes: live facts of an interpreter and its machine. Nothing here imports the patient."""

from __future__ import annotations

from doctor.core.target import Probe
from doctor.probes.compiler import COMPILER_PROBE
from doctor.probes.distributions import DISTRIBUTIONS_PROBE
from doctor.probes.extensions import EXTENSIONS_PROBE
from doctor.probes.files import FILES_PROBE
from doctor.probes.gpus import GPUS_PROBE
from doctor.probes.system import SYSTEM_PROBE

PROBES: tuple[Probe, ...] = (
    DISTRIBUTIONS_PROBE,
    FILES_PROBE,
    EXTENSIONS_PROBE,
    GPUS_PROBE,
    SYSTEM_PROBE,
    COMPILER_PROBE,
)

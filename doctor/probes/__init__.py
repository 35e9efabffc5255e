"""The probes: live facts of an interpreter and its machine. Nothing here imports the patient."""

from __future__ import annotations

from doctor.core.target import Probe
from doctor.probes.compiler import COMPILER_PROBE
from doctor.probes.cpu import CPU_PROBE
from doctor.probes.disks import DISKS_PROBE
from doctor.probes.distributions import DISTRIBUTIONS_PROBE
from doctor.probes.extensions import EXTENSIONS_PROBE
from doctor.probes.files import FILES_PROBE
from doctor.probes.gpus import GPUS_PROBE
from doctor.probes.loader import LOADER_PROBE
from doctor.probes.memory import MEMORY_PROBE
from doctor.probes.platform import PLATFORM_PROBE
from doctor.probes.toolkits import TOOLKITS_PROBE
from doctor.probes.variables import VARIABLES_PROBE

# The longest first: they are started in this order, each in a child of its own.
PROBES: tuple[Probe, ...] = (
    FILES_PROBE,
    EXTENSIONS_PROBE,
    DISTRIBUTIONS_PROBE,
    GPUS_PROBE,
    PLATFORM_PROBE,
    VARIABLES_PROBE,
    TOOLKITS_PROBE,
    LOADER_PROBE,
    MEMORY_PROBE,
    DISKS_PROBE,
    CPU_PROBE,
    COMPILER_PROBE,
)

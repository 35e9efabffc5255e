"""All probes. A module of its own: whoever needs one probe imports that one only."""

from __future__ import annotations

from doctor.core.target import Probe
from doctor.probes.adapter.folder import ADAPTERS_PROBE
from doctor.probes.artifact.digests import DIGESTS_PROBE
from doctor.probes.elf.communication import COMMUNICATION_PROBE
from doctor.probes.elf.extensions import EXTENSIONS_PROBE
from doctor.probes.elf.loader import LOADER_PROBE
from doctor.probes.gpu.gpus import GPUS_PROBE
from doctor.probes.machine.compiler import COMPILER_PROBE
from doctor.probes.machine.copied_variables import COPIED_VARIABLES_PROBE
from doctor.probes.machine.cpu import CPU_PROBE
from doctor.probes.machine.disks import DISKS_PROBE
from doctor.probes.machine.host import HOST_PROBE
from doctor.probes.machine.interfaces import INTERFACES_PROBE
from doctor.probes.machine.memory import MEMORY_PROBE
from doctor.probes.machine.platform import PLATFORM_PROBE
from doctor.probes.machine.toolkits import TOOLKITS_PROBE
from doctor.probes.machine.variables import VARIABLES_PROBE
from doctor.probes.model.empty_model import EMPTY_MODEL_PROBE
from doctor.probes.model.folder import BASE_PROBE, MODEL_PROBE
from doctor.probes.model.registries import REGISTRIES_PROBE
from doctor.probes.model.weight_values import WEIGHT_VALUES_PROBE
from doctor.probes.packages.distributions import DISTRIBUTIONS_PROBE
from doctor.probes.packages.files import FILES_PROBE

# The longest first: they are started in this order, each in a child of its own.
PROBES: tuple[Probe, ...] = (
    WEIGHT_VALUES_PROBE,
    EMPTY_MODEL_PROBE,
    FILES_PROBE,
    EXTENSIONS_PROBE,
    MODEL_PROBE,
    BASE_PROBE,
    ADAPTERS_PROBE,
    DIGESTS_PROBE,
    COMMUNICATION_PROBE,
    REGISTRIES_PROBE,
    COPIED_VARIABLES_PROBE,
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
    HOST_PROBE,
    INTERFACES_PROBE,
)

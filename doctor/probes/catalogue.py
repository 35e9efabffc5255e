"""All probes, in groups that are imported when they are needed: most of a probe's cost is often its import."""

from __future__ import annotations

from doctor.core.target import Probe

# The longest come first: they are started in this order. Where one reads what another has found, that comes before it.


def package_probes() -> tuple[Probe, ...]:
    """The probes of what is installed."""
    from doctor.probes.packages.distributions import DISTRIBUTIONS_PROBE
    from doctor.probes.packages.files import FILES_PROBE

    return (DISTRIBUTIONS_PROBE, FILES_PROBE)


def machine_probes() -> tuple[Probe, ...]:
    """The probes of compiled files, GPUs and the machine."""
    from doctor.probes.elf.extensions import EXTENSIONS_PROBE
    from doctor.probes.elf.loader import LOADER_PROBE
    from doctor.probes.gpu.gpus import GPUS_PROBE
    from doctor.probes.machine.compiler import COMPILER_PROBE
    from doctor.probes.machine.cpu import CPU_PROBE
    from doctor.probes.machine.disks import DISKS_PROBE
    from doctor.probes.machine.memory import MEMORY_PROBE
    from doctor.probes.machine.platform import PLATFORM_PROBE
    from doctor.probes.machine.toolkits import TOOLKITS_PROBE
    from doctor.probes.machine.variables import VARIABLES_PROBE

    return (
        EXTENSIONS_PROBE,
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


def environment_probes() -> tuple[Probe, ...]:
    """The probes of an interpreter and its machine."""
    return (*package_probes(), *machine_probes())


def artifact_probes() -> tuple[Probe, ...]:
    """The probes of the folders of models and adapters; `doctor.core.unnamed` has their facts where none is named."""
    from doctor.probes.adapter.folder import ADAPTERS_PROBE
    from doctor.probes.artifact.digests import DIGESTS_PROBE
    from doctor.probes.model.empty_model import EMPTY_MODEL_PROBE
    from doctor.probes.model.folder import BASE_PROBE, MODEL_PROBE
    from doctor.probes.model.registries import REGISTRIES_PROBE
    from doctor.probes.model.weight_values import WEIGHT_VALUES_PROBE

    return (
        WEIGHT_VALUES_PROBE,
        EMPTY_MODEL_PROBE,
        MODEL_PROBE,
        BASE_PROBE,
        ADAPTERS_PROBE,
        DIGESTS_PROBE,
        REGISTRIES_PROBE,
    )


def fleet_probes() -> tuple[Probe, ...]:
    """The probes of what only the comparison of nodes reads (`FOR_FLEETS`)."""
    from doctor.probes.elf.communication import COMMUNICATION_PROBE
    from doctor.probes.machine.copied_variables import COPIED_VARIABLES_PROBE
    from doctor.probes.machine.host import HOST_PROBE
    from doctor.probes.machine.interfaces import INTERFACES_PROBE

    return (COMMUNICATION_PROBE, COPIED_VARIABLES_PROBE, HOST_PROBE, INTERFACES_PROBE)


def all_probes() -> tuple[Probe, ...]:
    """Every probe."""
    return (*artifact_probes(), *environment_probes(), *fleet_probes())

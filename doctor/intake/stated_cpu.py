"""The processor in the words of lscpu."""

from __future__ import annotations

from collections.abc import Callable

from doctor.core.machine.system import Cpu
from doctor.intake.stated_platform import Said


def cpu_of(said: Callable[[str], Said | None]) -> Cpu | None:
    """The processor, where its name, its cores and its flags are all stated.

    Without the flags nothing can be said of what it runs, and people leave them out.
    """
    model, cores, flags = said("Model name"), said("CPU(s)"), said("Flags")
    if model is None or cores is None or flags is None or not cores.value.isdecimal():
        return None
    words = tuple(flags.value.split())
    if len(words) < 10 or len(cores.value) > 6:
        return None
    return Cpu(cores=int(cores.value), model=model.value, flags=words)

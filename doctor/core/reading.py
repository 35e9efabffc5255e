"""How much of a text could be read."""

from __future__ import annotations

from dataclasses import dataclass

from doctor.core.fact import Absent, Source, SourceKind
from doctor.core.snapshot import Key


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a text was and what could not be read of it.

    `form` names the program that wrote it (``torch.utils.collect_env``, ``vllm collect-env``).
    `unread` has one line for each thing that the text names without stating it, or that could
    not be made out; `assumed` for each thing that was assumed in its place. `accelerator` names
    a device that is not NVIDIA's (``ROCm: AMD Instinct MI300X``), or is "".
    """

    form: str
    unread: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    accelerator: str = ""


READING: Key[Reading] = Key("reading", Reading, "how much of a text could be read; absent where no text was")


def no_text() -> Absent[Reading]:
    """The fact of a live environment."""
    return Absent(
        source=Source(kind=SourceKind.RUN, where="doctor"), detail="the facts were read from the machine itself"
    )

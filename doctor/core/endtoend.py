"""The end-to-end proof: what a real conversion and a real vLLM generation did, phase by phase."""

from __future__ import annotations

from dataclasses import field
from enum import Enum

from doctor.core.fact import Absent, Fact, Reason, Source, SourceKind, Unknown
from doctor.core.frozen import frozen
from doctor.core.snapshot import Key

ARCHITECTURES = ("llama", "qwen2", "qwen3", "mistral", "gemma")
"""The architectures that the proof can make a tiny model of."""

DEFAULT_ARCHITECTURE = "llama"


class PhaseName(str, Enum):
    """The phases of the proof, in the order in which they run."""

    IMPORT = "import"
    MAKE = "make"
    CONVERSION = "conversion"
    ADAPTER = "adapter"
    MERGE = "merge"
    UNSLOTH_MERGE = "unsloth-merge"
    VLLM_START = "vllm-start"
    VLLM_BASE = "vllm-base"
    VLLM_ADAPTER = "vllm-adapter"
    VLLM_BATCH = "vllm-batch"
    VLLM_REFUSAL = "vllm-refusal"
    VLLM_MERGED = "vllm-merged"


class Ending(str, Enum):
    """How a phase ended that could be run.

    `CRASHED` is a death by a signal of the kind that a wrong instruction or address raises.
    """

    AGREES = "agrees"
    DIFFERS = "differs"
    RAISED = "raised"
    CRASHED = "crashed"


@frozen
class Finding:
    """What a phase found.

    `message` is one line: what was compared and by how much it differed, or the type and text
    of the exception. `log` holds the last lines of the traceback and of what was printed, and
    is empty when the phase agrees.
    """

    ending: Ending
    message: str
    log: tuple[str, ...] = ()


@frozen
class Phase:
    """One phase and the seconds that it took.

    Its finding is Unknown when it could not run, and Absent when it has no part in this run: a
    model that was given is not merged.
    """

    name: PhaseName
    seconds: float
    finding: Fact[Finding]


@frozen
class EndToEnd:
    """One run of the proof.

    `device` is ``cpu`` or ``cuda``, `dtype` the type that vLLM computed in (``float32``), both
    empty when the run did not get that far; `versions` maps the distributions that took part to
    their versions; `seconds` is the wall time of the whole run. `figures` are what vLLM's engine
    states of itself once it has started: ``cache blocks`` and ``tokens in a block`` (their product
    is the size of the KV cache in tokens), and on a GPU in MiB ``device memory``, ``free before``,
    ``free after`` and ``torch peak``; what a release does not state is not in it.
    """

    phases: tuple[Phase, ...]
    seconds: float
    device: str = ""
    dtype: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    figures: dict[str, int] = field(default_factory=dict)

    def finding(self, name: PhaseName) -> Fact[Finding]:
        """The finding of one phase; Unknown when this run does not tell of it."""
        for phase in self.phases:
            if phase.name is name:
                return phase.finding
        return Unknown(
            reason=Reason.NOT_RUN,
            detail="this run does not tell of it",
            source=Source(kind=SourceKind.RUN, where=f"end-to-end: {name.value}"),
        )


END_TO_END: Key[EndToEnd] = Key("end_to_end", EndToEnd, "what a tiny real conversion and vLLM LoRA generation did")


def not_asked_for() -> Absent[EndToEnd]:
    """The fact of a run that was not asked for, which makes its rules not applicable."""
    return Absent(
        source=Source(kind=SourceKind.RUN, where="doctor check"), detail="not asked for: --end-to-end asks for it"
    )

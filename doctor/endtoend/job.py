"""What the proof is made with, and what each phase does then."""

from __future__ import annotations

from doctor.core.endtoend import DEFAULT_ARCHITECTURE, PhaseName
from doctor.core.frozen import frozen

_TINY = {
    PhaseName.IMPORT: "importing torch, transformers and peft",
    PhaseName.MAKE: "making a tiny model and training two LoRA adapters for a step",
    PhaseName.CONVERSION: "saving in 16 bit and loading back with Hugging Face",
    PhaseName.ADAPTER: "Hugging Face generates with the adapters",
    PhaseName.MERGE: "merging an adapter",
    PhaseName.UNSLOTH_MERGE: "merging it with Unsloth, where that is installed",
    PhaseName.VLLM_START: "vLLM starts",
    PhaseName.VLLM_BASE: "vLLM generates from the base model",
    PhaseName.VLLM_ADAPTER: "vLLM generates with the adapters",
    PhaseName.VLLM_BATCH: "vLLM generates from base and adapters in one batch",
    PhaseName.VLLM_REFUSAL: "vLLM is given an adapter that it must refuse",
    PhaseName.VLLM_MERGED: "vLLM generates from the merged model",
}
_GIVEN = {
    PhaseName.MAKE: "looking at the folders that were given",
    PhaseName.CONVERSION: "loading the given model with Hugging Face",
    PhaseName.MERGE: "merging, which a given model is not",
    PhaseName.UNSLOTH_MERGE: "merging with Unsloth, which a given model is not",
    PhaseName.VLLM_MERGED: "serving the merged model, which there is not",
}


@frozen
class Job:
    """A tiny model of an architecture, or the folder `model` with `adapters` in its place.

    `reference` is the type that Hugging Face computes a given model's answers in: ``float32``, or
    ``half`` for 16 bit where there is no memory for that.
    """

    architecture: str = DEFAULT_ARCHITECTURE
    model: str = ""
    adapters: tuple[str, ...] = ()
    reference: str = "float32"

    @property
    def arguments(self) -> tuple[str, ...]:
        """What the payload is told of it."""
        if not self.model:
            return ("--architecture", self.architecture)
        adapters = (item for path in self.adapters for item in ("--adapter", path))
        return ("--model", self.model, *adapters, "--reference", self.reference)

    @property
    def variables(self) -> dict[str, str]:
        """What is set in the environment of the child for it.

        A tiny model's matrices are too small to be shared out: on two busy cores the phases before
        vLLM took 17 s with a thread for each and 2 s with one. vLLM's CPU backend sets its own number.
        """
        return {} if self.model else {"OMP_NUM_THREADS": "1"}

    def describe(self, phase: PhaseName) -> str:
        """Say what happens in a phase, with its number: ``7/12 vLLM starts``."""
        names = list(PhaseName)
        words = {**_TINY, **_GIVEN}[phase] if self.model else _TINY[phase]
        return f"{names.index(phase) + 1}/{len(names)} {words}"

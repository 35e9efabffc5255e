"""What is known of models and adapters where no folder is named, as it is known without looking."""

from __future__ import annotations

from typing import Any

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.artifact.adapter import not_asked_for as no_adapters
from doctor.core.artifact.model import BASE, EMPTY_MODEL, MODEL, WEIGHT_VALUES, deep_not_asked_for, not_asked_for
from doctor.core.fact import Fact, Known, Source, SourceKind
from doctor.core.fleet.node import FOLDER_DIGESTS
from doctor.core.packages.registry import TRANSFORMERS_REGISTRY, VLLM_REGISTRY, no_folder_asked_for
from doctor.core.snapshot import Key


def facts_of_unnamed() -> list[tuple[Key[Any], Fact[Any]]]:
    """The facts of `doctor.probes.catalogue.artifact_probes` where there is no folder to look into."""
    nowhere = Source(kind=SourceKind.FILE, where="no folder is named")
    return [
        (MODEL, not_asked_for("--model")),
        (BASE, not_asked_for("--base")),
        (WEIGHT_VALUES, deep_not_asked_for()),
        (EMPTY_MODEL, deep_not_asked_for()),
        (ADAPTERS, no_adapters()),
        (FOLDER_DIGESTS, Known(value=(), source=nowhere)),
        (VLLM_REGISTRY, no_folder_asked_for(VLLM_REGISTRY.name)),
        (TRANSFORMERS_REGISTRY, no_folder_asked_for(TRANSFORMERS_REGISTRY.name)),
    ]

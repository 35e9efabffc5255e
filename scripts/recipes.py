"""The recipes of the real environments: declarations, no machinery.

To add one, add a `Recipe` to `CPU_RECIPES` (seconds, from the sound environment for the CPU) or to the releases here:
what it is a copy of, the steps that break it, and the faults that doctor must name. `make_environments.py` makes it,
`tests/realenv` judges it.
"""

from __future__ import annotations

from scripts.cpu_recipes import CPU_RECIPES, NO_DEPS
from scripts.recipe import Fault, Install, Recipe

# `pyairports` 2.1.1 was withdrawn from the index after that day, and 0.0.1 took its name.
AS_OF_2024 = ("--exclude-newer", "2024-09-05", "--exclude-newer-package", "pyairports=2026-01-01")
AS_OF_2025 = ("--exclude-newer", "2025-07-28")

RECIPES: tuple[Recipe, ...] = (
    *CPU_RECIPES,
    Recipe(
        name="vllm-0.5.5-today",
        title="vLLM 0.5.5 as the index resolves it today: transformers 5",
        steps=(Install(("vllm==0.5.5",)),),
        faults=(Fault(causes=("transformers-too-new",), about="transformers"),),
        quick=False,
    ),
    Recipe(
        name="vllm-0.5.5-of-2024",
        title="vLLM 0.5.5 of September 2024: triton needs setuptools undeclared, pyairports is hollow",
        steps=(Install(("vllm==0.5.5",), AS_OF_2024),),
        faults=(
            Fault(causes=("missing-package",), about="setuptools"),
            Fault(causes=("missing-package", "corrupted-install"), about="pyairports"),
        ),
        quick=False,
    ),
    Recipe(
        name="vllm-0.5.5-torch-2.5",
        title="torch moved to 2.5.1 under vLLM 0.5.5",
        base="vllm-0.5.5-of-2024",
        steps=(Install(("torch==2.5.1",)),),
        faults=(
            Fault(causes=("torch-pin-violated",), about="torch"),
            Fault(causes=("abi-mismatch-other", "torch-pin-violated"), about="vllm"),
        ),
        quick=False,
    ),
    Recipe(
        name="vllm-0.5.5-numpy-2",
        title="numpy 2 under vLLM 0.5.5",
        base="vllm-0.5.5-of-2024",
        steps=(Install(("numpy==2.1.0",), NO_DEPS),),
        faults=(Fault(causes=("numpy-2",), about="numpy"),),
        quick=False,
    ),
    Recipe(
        name="vllm-0.9.2",
        title="vLLM 0.9.2 of July 2025 with the transformers of its time",
        steps=(Install(("vllm==0.9.2", "transformers<4.54"), AS_OF_2025),),
        quick=False,
    ),
    Recipe(
        name="vllm-0.9.2-transformers-4.54",
        title="transformers 4.54 under vLLM 0.9.2: both register the model aimv2",
        base="vllm-0.9.2",
        steps=(Install(("transformers==4.54.0",), NO_DEPS),),
        faults=(Fault(causes=("transformers-too-new",), about="transformers"),),
        quick=False,
    ),
    Recipe(
        name="vllm-0.9.2-transformers-5",
        title="transformers 5 and its hub under vLLM 0.9.2",
        base="vllm-0.9.2",
        steps=(Install(("transformers==5.0.0", "huggingface-hub==1.3.4"), NO_DEPS),),
        faults=(Fault(causes=("transformers-too-new",), about="transformers"),),
        quick=False,
    ),
    Recipe(
        name="vllm-0.9.2-numpy-2.3",
        title="numpy 2.3 under vLLM 0.9.2, whose numba takes 2.2 at most",
        base="vllm-0.9.2",
        steps=(Install(("numpy==2.3.5",), NO_DEPS),),
        faults=(Fault(causes=("numpy-2", "other"), about="numpy"),),
        quick=False,
    ),
)

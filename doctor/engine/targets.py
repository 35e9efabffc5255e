"""The GPUs that are named for a planned environment, as the matrix knows them."""

from __future__ import annotations

import dataclasses

from doctor.core.errors import TargetError
from doctor.core.matrix import GpuModel, Matrix
from doctor.intake.stated import StatedGpu
from doctor.intake.target import StatedTarget

_NEAR = 5


def resolve_gpus(target: StatedTarget, matrix: Matrix) -> StatedTarget:
    """The target with the compute capability of the GPUs that it names.

    A name may be what NVML says (``NVIDIA H100 80GB HBM3``), or a part of it that leaves no doubt
    (``4090``).

    Raises:
        TargetError: the matrix knows no such GPU, or several that differ in capability.
    """
    if target.gpus is None:
        return target
    name = target.gpus[0].name
    row = matrix.gpu_model(name) or _only(name, matrix)
    if row is None:
        raise TargetError(f"there is no GPU {name!r} in the matrix", hint=_hint(name, matrix))
    whole = name if _words(row.name) <= _words(name) else row.name
    gpu: StatedGpu = dataclasses.replace(target.gpus[0], name=whole, capability=row.capability)
    return dataclasses.replace(target, gpus=(gpu,) * len(target.gpus))


def _words(name: str) -> set[str]:
    return set(name.lower().replace("-", " ").split())


def _partly(name: str, matrix: Matrix) -> list[GpuModel]:
    """The models whose names have all these words."""
    wanted = _words(name)
    return [row for row in matrix.gpu_models if wanted and wanted <= _words(row.name)]


def _only(name: str, matrix: Matrix) -> GpuModel | None:
    rows = _partly(name, matrix)
    alike = len({row.capability for row in rows}) == 1
    return min(rows, key=lambda row: len(row.name)) if alike else None


def _hint(name: str, matrix: Matrix) -> str:
    # Late: only a name that is not known needs it.
    import difflib

    wanted = name.lower()
    names = {row.name.lower().removeprefix("geforce "): row.name for row in matrix.gpu_models}
    near = [row.name for row in _partly(name, matrix)]
    near += [whole for item, whole in names.items() if wanted in item]
    near += [names[item] for item in difflib.get_close_matches(wanted, names, n=_NEAR, cutoff=0.5)]
    near = list(dict.fromkeys(near))
    listed = ", ".join(near[:_NEAR])
    return f"near it are {listed}" if listed else "give the name that nvidia-smi prints, such as H100 or RTX 4090"

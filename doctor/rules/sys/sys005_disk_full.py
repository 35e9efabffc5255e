"""SYS005."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.machine.system import DISKS
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule

# MiB. Models are the large ones: 7 billion parameters in 16 bit take about 13 GiB.
_NEEDED = {"Hugging Face cache": 5120, "temporary files": 512}
_OTHERS = 256


@rule(severity=Severity.WARNING, cause=Cause.OTHER, since="0.1.0", reads=(DISKS,))
def disk_full(env: Env) -> Iterator[Problem]:
    """There is free space where caches and temporary files go.

    ## What it checks
    5 GiB are free in the folder for downloaded models, 512 MiB in that for temporary files, and
    256 MiB in those for compiled kernels.

    ## Why it matters
    A download or a merge of an adapter that runs out of space leaves an incomplete model, which
    is only noticed when it is loaded. 7 billion parameters in 16 bit take about 13 GiB.

    ## How to fix it
    Delete models that are not needed, or move the cache to another disk.

    ## Sources
    - https://huggingface.co/docs/huggingface_hub/guides/manage-cache
    """
    for disk in env.need(DISKS):
        needed = _NEEDED.get(disk.purpose, _OTHERS)
        if disk.writable and disk.free < needed:
            yield Problem(
                subject=disk.purpose,
                message=f"{disk.free} MiB are free for {disk.path} ({disk.purpose}); {needed} MiB are needed",
                remedies=(
                    Remedy(
                        text="See what takes the space, and delete it or move the cache",
                        commands=(("df", "-h", disk.path),),
                        safety=Safety.MANUAL,
                    ),
                ),
            )

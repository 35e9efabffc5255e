"""SYS004."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.machine.system import DISKS, Disk
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule

_VARIABLES = {
    "Hugging Face cache": "HF_HOME",
    "vLLM cache": "VLLM_CACHE_ROOT",
    "Triton cache": "TRITON_CACHE_DIR",
    "torch compile cache": "TORCHINDUCTOR_CACHE_DIR",
    "temporary files": "TMPDIR",
}


@rule(severity=Severity.WARNING, cause=Cause.OTHER, since="0.1.0", reads=(DISKS,))
def folder_not_writable(env: Env) -> Iterator[Problem]:
    """The folders for caches and temporary files can be written to.

    ## What it checks
    The folders in which Hugging Face, vLLM, Triton, torch.compile and Python's tempfile store
    files can be written to by this user, or can be made where they do not exist yet.

    ## Why it matters
    Containers often run as a user without a home, or with a read-only one. Then downloads fail,
    and so does every kernel that Triton compiles at run time. Without a folder for temporary
    files most programs fail at once. A shared model cache that is read-only on purpose is fine
    as long as the models are in it and HF_HUB_OFFLINE=1 is set.

    ## How to fix it
    Point the variable of that folder to one that can be written to.

    ## Sources
    - https://huggingface.co/docs/huggingface_hub/package_reference/environment_variables
    - https://docs.vllm.ai/en/stable/configuration/env_vars/ (VLLM_CACHE_ROOT)
    - https://docs.python.org/3/library/tempfile.html#tempfile.gettempdir
    """
    for disk in env.need(DISKS):
        if disk.writable:
            continue
        severity = Severity.ERROR if disk.purpose == "temporary files" else Severity.WARNING
        yield Problem(
            subject=disk.purpose,
            message=f"{disk.path} ({disk.purpose}) cannot be written to by this user",
            remedies=(_remedy(disk),),
            severity=severity,
        )


def _remedy(disk: Disk) -> Remedy:
    variable = _VARIABLES.get(disk.purpose, "HOME")
    return Remedy(
        text=f"Set {variable} to a folder that this user can write to, or give the user this one",
        safety=Safety.MANUAL,
    )

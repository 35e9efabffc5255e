"""SYS002."""

# ruff: noqa: S108 - /dev/shm is judged, not written to

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fact import not_told
from doctor.core.interpreter import PLATFORM, Platform
from doctor.core.machine.gpu import GPUS
from doctor.core.machine.system import SHARED_MEMORY
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule

# One message queue of vLLM's workers: 10 chunks of VLLM_MQ_MAX_CHUNK_BYTES_MB (16) MiB.
_QUEUE = 160
# What NVIDIA's and PyTorch's instructions ask for at least.
_ENOUGH = 1024


@rule(severity=Severity.WARNING, cause=Cause.SHARED_MEMORY, since="0.1.0", reads=(SHARED_MEMORY, GPUS, PLATFORM))
def shared_memory_small(env: Env) -> Iterator[Problem]:
    """/dev/shm is large enough for several processes that exchange tensors.

    ## What it checks
    The size of /dev/shm is at least 1 GiB, and at least 160 MiB of it are free. With one GPU or
    none the finding is only worth knowing; with several, or where nobody says how many, it is a warning.

    ## Why it matters
    NCCL, vLLM's worker processes (tensor and pipeline parallelism) and PyTorch's DataLoader
    workers exchange data in /dev/shm. Docker gives a container 64 MiB; then they end with
    `Bus error`, `unhandled system error` or a failing ncclShmOpen. One message queue of vLLM's
    workers alone takes 160 MiB.

    ## How to fix it
    Start the container with `--ipc=host` or `--shm-size=8g`; in Kubernetes mount an emptyDir
    with `medium: Memory` at /dev/shm.

    ## Sources
    - https://docs.vllm.ai/en/latest/deployment/docker/
    - https://github.com/vllm-project/vllm/issues/1710
    - https://github.com/vllm-project/vllm/issues/1771
    - https://github.com/NVIDIA/nccl/issues/473
    """
    count = _gpus(env)
    platform = None if not_told(env.fact(PLATFORM)) else env.need(PLATFORM)
    memory = env.need(SHARED_MEMORY)
    severity = Severity.INFO if count is not None and count < 2 else Severity.WARNING
    several = f"{count} GPUs" if count is not None and count > 1 else "several processes"
    if memory.size < _ENOUGH:
        yield Problem(
            subject="/dev/shm",
            message=f"/dev/shm is {memory.size} MiB; work on {several} needs at least {_ENOUGH} MiB",
            remedies=(_enlarge(platform),),
            severity=severity,
        )
    elif memory.free < _QUEUE:
        yield Problem(
            subject="/dev/shm",
            message=f"{memory.free} of {memory.size} MiB are free in /dev/shm; work on {several} needs {_QUEUE} MiB",
            remedies=(
                Remedy(
                    text="See which segments ended processes left behind, and delete those",
                    commands=(("ls", "-l", "/dev/shm"),),
                    safety=Safety.MANUAL,
                ),
            ),
            severity=severity,
        )


def _gpus(env: Env) -> int | None:
    """How many GPUs there are; None where nobody says so, and there may be several."""
    if not not_told(env.fact(GPUS)):
        gpus = env.look(GPUS) or ()
        return len(gpus)
    env.unstated("how many GPUs there are")
    return None


def _enlarge(platform: Platform | None) -> Remedy:
    if platform is None:
        text = "Give the container more: `--ipc=host` or `--shm-size=8g`, in Kubernetes a memory volume at /dev/shm"
        return Remedy(text=text, safety=Safety.MANUAL)
    if platform.container == "kubernetes":
        text = "Mount an emptyDir volume with `medium: Memory` and a sizeLimit of 8Gi at /dev/shm"
        return Remedy(text=text, safety=Safety.MANUAL)
    if platform.container:
        text = "Start the container anew with `--ipc=host`, or with `--shm-size=8g`"
        return Remedy(text=text, safety=Safety.MANUAL)
    return Remedy(
        text="Enlarge /dev/shm until the next boot",
        commands=(("sudo", "mount", "-o", "remount,size=8G", "/dev/shm"),),
    )

"""SYS013."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.reading import READING
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.core.serve import SERVE, ServeCommand
from doctor.rules.image import need_image


@rule(severity=Severity.INFO, cause=Cause.SHARED_MEMORY, since="0.1.0", reads=(READING, SERVE))
def container_shared_memory_unset(env: Env) -> Iterator[Problem]:
    """An image whose server works in several processes is started with shared memory.

    ## What it checks
    Whether the command that a Dockerfile starts is vLLM's server on several GPUs. A Dockerfile cannot
    give a container shared memory, so that how it is started is worth a reminder; in the container
    SYS002 looks at what is there.

    ## Why it matters
    Docker gives a container 64 MiB of /dev/shm. The workers of tensor and pipeline parallelism exchange
    tensors there, and end with `Bus error` or a failing ncclShmOpen.

    ## How to fix it
    Start the container with `--ipc=host` or `--shm-size=8g`; in Kubernetes mount an emptyDir with
    `medium: Memory` at /dev/shm.

    ## Sources
    - https://docs.vllm.ai/en/latest/deployment/docker/
    - https://github.com/vllm-project/vllm/issues/1710
    """
    image = need_image(env)
    workers = _workers(env.need(SERVE))
    if workers < 2:
        return
    yield Problem(
        subject="/dev/shm",  # noqa: S108 - a name in a message
        message=f"the image starts a server of {workers} processes, and a container has 64 MiB of shared memory "
        "unless it is started with more",
        location=image.place,
        remedies=(
            Remedy(
                text="Start the container with `--ipc=host`, or with `--shm-size=8g`; in Kubernetes mount an emptyDir "
                "with medium Memory at /dev/shm",
                safety=Safety.MANUAL,
            ),
        ),
    )


def _workers(command: ServeCommand) -> int:
    """How many processes share a model: each GPU has one."""
    sizes = ("tensor_parallel_size", "pipeline_parallel_size")
    tensor, pipeline = (command.number(name) or 1 for name in sizes)
    return tensor * pipeline

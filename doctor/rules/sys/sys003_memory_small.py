"""SYS003."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from doctor.core.machine.system import MEMORY, Memory
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.stack import is_cpu_vllm, release, vllm_of
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule

_ENOUGH = 4096
# The share of the memory that vLLM's CPU backend asks for by default.
_SHARE = 0.92


@rule(severity=Severity.WARNING, cause=Cause.OTHER, since="0.1.0", reads=(MEMORY, DISTRIBUTIONS))
def memory_small(env: Env) -> Iterator[Problem]:
    """There is memory enough to start vLLM.

    ## What it checks
    The memory of the machine, or the limit of the control group if that is smaller, is at least
    4 GiB. With a CPU build of vLLM 0.32 or newer, the share that it takes by default (0.92 of
    the machine's memory) is available.

    ## Why it matters
    A process that goes beyond the limit of its container is killed without a message of its
    own. The imports alone take more than half a GiB; weights and cache come on top. The CPU
    backend refuses to start when less is available than the share that it is told to take.

    ## How to fix it
    Give the container more memory (`--memory`), end other processes, or let vLLM's CPU backend
    take less: `--gpu-memory-utilization 0.5` means main memory there, despite its name.

    ## Sources
    - https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files
    - vllm/v1/worker/cpu_worker.py of vLLM 0.32.0 ("is less than desired CPU memory utilization")
    """
    vllm = vllm_of(env.need(DISTRIBUTIONS))
    memory = env.need(MEMORY)
    usable = min(memory.total, memory.limit or memory.total)
    if usable < _ENOUGH:
        limited = "the control group's limit" if memory.limit and memory.limit < memory.total else "the memory"
        yield Problem(
            subject="memory",
            message=f"{limited} is {usable} MiB; vLLM with a small model needs at least {_ENOUGH} MiB",
            remedies=(Remedy(text="Give the container or the machine more memory", safety=Safety.MANUAL),),
        )
    if vllm is not None and is_cpu_vllm(vllm):
        version = release(vllm)
        if version is None:
            env.gap(f"the version of {vllm.name} cannot be read: {vllm.version}")
        elif version >= Version("0.32"):
            yield from _share(memory)


def _share(memory: Memory) -> Iterator[Problem]:
    wanted = int(memory.total * _SHARE)
    if memory.available >= wanted:
        return
    fitting = max(1, int(memory.available / memory.total * 10) - 1) / 10
    yield Problem(
        subject="memory",
        message=f"{memory.available} of {memory.total} MiB are available; "
        f"vLLM's CPU backend asks for {wanted} MiB ({_SHARE} of all) unless it is told otherwise",
        remedies=(
            Remedy(
                text=f"Start vLLM with `--gpu-memory-utilization {fitting}` (main memory on the CPU backend), "
                "or end other processes",
                safety=Safety.MANUAL,
            ),
        ),
    )

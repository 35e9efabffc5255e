"""FLT007."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fleet.report import Finding
from doctor.core.fleet.rule import FleetEnv, fleet_rule
from doctor.core.report import Cause, Severity
from doctor.rules.flt.difference import difference, install
from doctor.rules.flt.engine import ENGINE
from doctor.rules.flt.traits import PACKAGES


@fleet_rule(severity=Severity.ERROR, cause=Cause.OTHER, since="0.1.0", traits=(PACKAGES,))
def engine_differs(fleet: FleetEnv) -> Iterator[Finding]:
    """vLLM, torch, transformers, Ray and what is bound to them are the same on all nodes.

    ## What it checks
    The versions of the packages that run the model (vLLM, torch, triton, transformers, Ray, flashinfer, NCCL and
    their like), with the label of their build (`+cu126`). A role that has none of a package is left out: a head node
    may do without torch, but the Ray that it has must be the workers'.

    ## Why it matters
    vLLM sends calls and tensors between its processes in the form of its own version: workers of another one
    fail in imports or in arguments that do not exist, give other shapes, or wait for each other. Ray refuses a node
    with another Ray.

    ## How to fix it
    Install what the majority has on the others, or start all nodes from one image.

    ## Sources
    - https://docs.vllm.ai/en/latest/serving/parallelism_scaling/ (the same environment on all nodes)
    - https://github.com/vllm-project/vllm/issues/26187 (workers that do not fit are not refused)
    - https://github.com/gpustack/gpustack/issues/2691 (another Ray on one node)
    """
    apart = [spread for spread in fleet.spreads(PACKAGES) if spread.differs and spread.item in ENGINE]
    for spread in apart:
        alike = [other for other in apart if other.outliers == spread.outliers]
        yield difference(fleet, spread, spread.item, install(fleet, alike))

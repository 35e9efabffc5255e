"""FLT019."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.fleet.report import Finding
from doctor.core.fleet.rule import FleetEnv, fleet_rule
from doctor.core.report import Cause, Severity
from doctor.rules.flt.difference import by_hand, difference
from doctor.rules.flt.traits import SYSTEM


@fleet_rule(severity=Severity.WARNING, cause=Cause.PLATFORM_OR_GLIBC, since="0.1.0", traits=(SYSTEM,))
def platform_differs(fleet: FleetEnv) -> Iterator[Finding]:
    """All nodes have the same operating system, processor family and C library.

    ## What it checks
    The name of the distribution in os-release, the processor's architecture, the C library, the kind of container, and
    its image where the launcher names it in DOCTOR_CONTAINER_IMAGE: from inside a container its image cannot be seen.

    ## Why it matters
    Nodes in two images, or one in a container and one beside it, have other libraries under the same
    packages. Between architectures compiled wheels do not even have the same names.

    ## How to fix it
    Start all nodes from one image, named by its digest (`image@sha256:...`) and not by a tag that moves.

    ## Sources
    - https://docs.vllm.ai/en/latest/serving/parallelism_scaling/ (containers for one environment on all nodes)
    - https://kubernetes.io/docs/concepts/containers/images/#image-names
    """
    for spread in fleet.spreads(SYSTEM, within_roles=True):
        if spread.differs:
            remedy = by_hand("Start all nodes from one image, named by its digest", ("cat", "/etc/os-release"))
            yield difference(fleet, spread, f"the {spread.item}", remedy)

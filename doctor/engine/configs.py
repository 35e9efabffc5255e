"""Finding out why a configuration class lacks an attribute: what the releases of transformers tell of it."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.basis import Basis
from doctor.core.breakage import Breakage
from doctor.core.matrix import Matrix
from doctor.core.packages.release import ConfigAttribute
from doctor.core.report import Cause
from doctor.engine.imports import rows_of

ELSEWHERE = "attribute-of-another-configuration"

DESCRIBED = Breakage(
    name=ELSEWHERE,
    cause=Cause.OTHER,
    reason="no release of transformers adds or takes the attribute of this configuration class: what reads it was made "
    "for another model, or is older than this one; this is looked up in a table that is read from the releases",
    fix="Install a newer release of what reads it (of vLLM one that has a class for the model)",
    basis=Basis.DECLARED,
    sources=("https://pypi.org/project/transformers/#history",),
)
"""The row that is made of the table, as it reads without a text."""


def rows_of_attribute(attribute: ConfigAttribute, text: str, matrix: Matrix) -> Iterator[Breakage]:
    """What a missing attribute of a configuration class is answered with."""
    if attribute.history is not None:
        yield from rows_of(attribute.history)
        return
    of_vllm = "vllm" in text or "vLLM" in text
    since = matrix.releases.first_serving(attribute.owner.removesuffix("Config")) if of_vllm else ""
    yield Breakage(
        name=ELSEWHERE,
        cause=Cause.OTHER,
        reason=_reason(attribute),
        fix=f"Install vLLM {since} or newer, which has a class for this model" if since else DESCRIBED.fix,
        install=(f"vllm>={since}",) if since else (),
        basis=Basis.DECLARED,
        sources=DESCRIBED.sources,
    )


def _reason(attribute: ConfigAttribute) -> str:
    told = f"no release of transformers adds or takes {attribute.name} of {attribute.owner}"
    if not attribute.parts:
        return f"{told}: what reads it was made for another model, or is older than this one"
    parts = " and ".join(attribute.parts)
    return f"{told}, whose parts have configurations of their own ({parts}): what reads it is older than the model"

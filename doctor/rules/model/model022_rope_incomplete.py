"""MODEL022."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.reading import (
    config_of,
    text_config,
)
from doctor.rules.model.rope import is_number, kind_of, rope_blocks

_NEEDED: Mapping[str, tuple[str, ...]] = {
    "linear": ("factor",),
    "dynamic": ("factor",),
    "yarn": ("factor",),
    "longrope": ("short_factor", "long_factor"),
    "su": ("short_factor", "long_factor"),
    "llama3": ("factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"),
}
_OTHERS = ("default", "proportional", "mrope", "ntk", "axial", "deepseek_yarn", "mllama4", "xdrope", "openpangu")


@rule(severity=Severity.ERROR, cause=Cause.MODEL_CONFIG_MISSING, since="0.1.0", reads=(MODEL,))
def rope_incomplete(env: Env) -> Iterator[Problem]:
    """The scaling of the rotary embedding has a known type and the numbers that it needs.

    ## What it checks
    `rope_scaling` and `rope_parameters`: the type, the entries that it needs, and that the base is a
    number.

    ## Why it matters
    Both libraries stop with texts that do not name the file: `KeyError: 'foo'`, `Unknown RoPE scaling
    type`, `unsupported operand type(s) for ** or pow()`.

    ## How to fix it
    Restore the block from the base model's config.

    ## Sources
    - https://huggingface.co/docs/transformers/internal/rope_utils
    """
    inner, folder = text_config(config_of(env)), env.need(MODEL)
    remedy = by_hand("Restore the block from the base model's config")
    theta = inner.get("rope_theta")
    if theta is not None and not is_number(theta):
        yield tell(folder, "config.json", f"rope_theta is {theta!r}, not a number", remedy)
    for path, block in rope_blocks(inner):
        kind = kind_of(block)
        absent = [name for name in _NEEDED.get(kind, ()) if block.get(name) is None]
        if kind not in _NEEDED and kind not in _OTHERS:
            yield tell(folder, "config.json", f"{path} is of the type {kind!r}, which neither library has", remedy)
        elif absent:
            yield tell(folder, "config.json", f"{path} is of the type {kind} and lacks {' and '.join(absent)}", remedy)
        elif not is_number(block.get("rope_theta", 1.0)):
            yield tell(folder, "config.json", f"{path}.rope_theta is {block['rope_theta']!r}, not a number", remedy)

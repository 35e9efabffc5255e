"""MODEL008."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.families import FAMILIES
from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.reading import (
    config_of,
)


@rule(severity=Severity.WARNING, cause=Cause.MODEL_CONFIG_MISSING, since="0.1.0", reads=(MODEL,))
def architecture_without_head(env: Env) -> Iterator[Problem]:
    """The architecture is one that generates text.

    ## What it checks
    Whether the architecture is the bare model (`LlamaModel`) of a type that generates text.

    ## Why it matters
    Such a config comes from saving the inner model, `model.model.save_pretrained(...)`: the head is
    missing then, and the names of the tensors lack their beginning. transformers draws a random
    head; vLLM serves it as an embedding model, or stops at the first name.

    ## How to fix it
    Save the whole model, or name the class with the head where the head is in the files.

    ## Sources
    - https://huggingface.co/docs/transformers/main_classes/model
    """
    config = config_of(env)
    folder, named, family = env.need(MODEL), config.get("architectures"), FAMILIES.get(str(config.get("model_type")))
    if family is None or not isinstance(named, list) or not named:
        raise NotApplicableError("the config does not name both a common type and an architecture")
    if isinstance(named[0], str) and named[0].endswith("Model"):
        message = f"{named[0]} has no head: it embeds text and does not generate any"
        yield tell(folder, "config.json", message, by_hand(f"Save the whole model, a {family.architecture}"))

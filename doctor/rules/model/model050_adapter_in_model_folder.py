"""MODEL050."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import set_aside, tell
from doctor.rules.model.folding import agree
from doctor.rules.model.loading import (
    weight_files,
)
from doctor.rules.model.reading import (
    look,
)
from doctor.rules.pkg.stack import listing


@rule(severity=Severity.ERROR, cause=Cause.LORA_ADAPTER_FORMAT, since="0.1.0", reads=(MODEL,))
def adapter_in_model_folder(env: Env) -> Iterator[Problem]:
    """No adapter lies in the folder of a model.

    ## What it checks
    `adapter_config.json` and `adapter_model.*` beside a config.json and weights.

    ## Why it matters
    transformers applies the adapter again on top of the merged weights. vLLM stops at its names, or
    leaves it out where there is an index.

    ## How to fix it
    Move the adapter to a folder of its own.

    ## Sources
    - https://github.com/unslothai/unsloth/issues/1061
    - https://huggingface.co/docs/transformers/peft
    """
    folder = env.need(MODEL)
    config = look(env, "adapter_config.json", folder.adapter_config)
    files = [name for name in folder.names() if name.startswith("adapter_model.")]
    if (config is not None or files) and folder.has("config.json") and weight_files(folder):
        found = [*(["adapter_config.json"] if config is not None else []), *files]
        remedy = set_aside(folder, *found, text="Move the adapter out of the model's folder")
        message = (
            f"{listing(found)} of an adapter {agree(found, 'lies', 'lie')} in the folder of a model: transformers "
            "applies it to the weights"
        )
        yield tell(folder, found[0], message, remedy)

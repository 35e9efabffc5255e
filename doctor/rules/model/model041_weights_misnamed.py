"""MODEL041."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.loading import (
    SHARD,
    SINGLE,
    consolidated,
    pickled,
    safetensors,
)
from doctor.rules.model.reading import (
    look,
)
from doctor.rules.pkg.stack import listing


@rule(severity=Severity.ERROR, cause=Cause.MODEL_WEIGHTS_INCOMPLETE, since="0.1.0", reads=(MODEL,))
def weights_misnamed(env: Env) -> Iterator[Problem]:
    """The weights have names under which transformers looks for them.

    ## What it checks
    Safetensors files where there is neither a `model.safetensors` nor an index nor numbered shards.

    ## Why it matters
    vLLM loads every safetensors file of the folder; transformers says `no file named
    model.safetensors`. With two files under names of their own vLLM loads both over each other.

    ## How to fix it
    Rename the file to `model.safetensors`.

    ## Sources
    - https://huggingface.co/docs/transformers/big_models
    """
    folder = env.need(MODEL)
    files = [name for name in safetensors(folder) if not SHARD.fullmatch(name)]
    index = look(env, "the index", folder.index)
    if not files or SINGLE in files or index is not None or len(files) < len(safetensors(folder)) or pickled(folder):
        return
    if consolidated(files) and folder.has("params.json"):
        message = "the folder is in Mistral's own form: vLLM reads it, transformers does not"
        advice = by_hand("Convert it where transformers has to read it")
        yield tell(folder, files[0], message, advice, severity=Severity.WARNING)
    elif len(files) == 1:
        command = ("mv", "-n", f"{folder.path}/{files[0]}", f"{folder.path}/{SINGLE}")
        remedy = Remedy(text=f"Rename it to {SINGLE}", commands=(command,))
        yield tell(folder, files[0], f"transformers looks for {SINGLE}, or for an index", remedy)
    else:
        remedy = by_hand("Keep one set, under the names that `save_pretrained` gives")
        yield tell(folder, files[0], f"{listing(files)}: transformers looks for {SINGLE}, or for an index", remedy)

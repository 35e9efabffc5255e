"""SERVE015."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.model import MODEL
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.core.serve import SERVE
from doctor.rules.serve.command import HERE


@rule(severity=Severity.ERROR, cause=Cause.MODEL_CONFIG_MISSING, since="0.1.0", reads=(SERVE, MODEL))
def named_folder_missing(env: Env) -> Iterator[Problem]:
    """The folders that the command names are there.

    ## What it checks
    Paths of the model and of the adapters. The name of a repository (`owner/name`) is no path: what it
    holds is not known here, and the rule is undetermined.

    ## Why it matters
    vLLM takes a path that does not exist for the name of a repository: "Repo id must be in the form
    'repo_name' or 'namespace/repo_name'", or it tries to download it.

    ## How to fix it
    Correct the path, or mount the folder. A repository is judged once it is downloaded:
    `hf download NAME --local-dir DIR`.

    ## Sources
    - https://docs.vllm.ai/en/latest/cli/serve/
    - https://huggingface.co/docs/huggingface_hub/guides/cli
    """
    command, model = env.need(SERVE), env.look(MODEL)
    for path in command.missing:
        yield Problem(
            subject=path,
            message="the command names it, and it is not there",
            location=HERE,
            remedies=(Remedy(text="Correct the path, or mount the folder", safety=Safety.MANUAL),),
        )
    if model is None and command.model not in command.missing:
        what = command.model or "the model, which the command leaves to the default,"
        env.gap(f"{what} is no folder here: nothing of it was judged; download it and name its folder")

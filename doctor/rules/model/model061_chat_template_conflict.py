"""MODEL061."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.version import Version

from doctor.core.artifact.model import MODEL
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.model.advice import by_hand, tell
from doctor.rules.model.reading import (
    need,
    version_of,
)

_READS_FILE = Version("4.47.0")


@rule(severity=Severity.WARNING, cause=Cause.TOKENIZER_FILES_MISSING, since="0.1.0", reads=(MODEL, DISTRIBUTIONS))
def chat_template_conflict(env: Env) -> Iterator[Problem]:
    """Every release reads the same chat template.

    ## What it checks
    Whether `chat_template.jinja` and the entry in tokenizer_config.json differ, and whether an old transformers
    is installed that does not read the file.

    ## Why it matters
    New releases take the file, old ones the entry: a model is then served with another form of
    conversation than it was trained on. transformers before 4.47 sees no template in the file.

    ## How to fix it
    Keep the template that was trained with, in both places.

    ## Sources
    - https://huggingface.co/docs/transformers/chat_templating
    - runs with transformers 4.44.2, 4.57.6, 5.19.0, November 2026 (https://pypi.org/project/transformers/)
    """
    folder, version = env.need(MODEL), version_of(env, "transformers")
    templates = need(env, "the chat templates", folder.chat_templates)
    texts = {text.strip() for text in templates.values()}
    remedy = by_hand("Keep the template that was trained with, in both places")
    if len(texts) > 1:
        message = "it differs from the template in tokenizer_config.json: which one is used depends on the release"
        yield tell(folder, "chat_template.jinja", message, remedy)
    elif tuple(templates) == ("chat_template.jinja",) and version is not None and version < _READS_FILE:
        message = f"the template stands in this file only, which transformers {version} does not read"
        yield tell(folder, "chat_template.jinja", message, remedy)

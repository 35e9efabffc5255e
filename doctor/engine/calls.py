"""Finding out why an argument is refused, or a member is missing: which releases have it, as they tell themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator

from doctor.core.breakage import Breakage
from doctor.core.matrix import Matrix
from doctor.core.packages.release import NameHistory
from doctor.engine.configs import rows_of_attribute
from doctor.engine.imports import LIMIT, passed_by, rows_of
from doctor.matrix.literals import haystack_of

_ARGUMENT = r"\b(?P<owner>[A-Za-z_]\w{1,60}(?:\.\w{1,60})?)\(\) got an unexpected keyword argument '(?P<name>\w{1,60})'"
_MEMBER = r"(?:'(?P<owner>\w{1,60})' object|type object '(?P<type>\w{1,60})') has no attribute '(?P<name>\w{1,60})'"
_TRAINER = re.compile(r"_?(?:Unsloth)?(SFT|DPO|GRPO|KTO|ORPO|CPO|PPO|RLOO|Reward)\w{0,40}Trainer")
_ADAPTER_CONFIG = re.compile(
    r"(?:Lora|Peft|AdaLora|IA3|LoHa|LoKr|OFT|Vera|PromptTuning|Prefix\w+)\w{0,20}Config\.__init__"
)
"""What PEFT makes of the keys of an adapter_config.json: of these a rule on adapters tells more."""

_OVERRIDDEN = re.compile(
    r"\w*Trainer\.(?:compute_loss|training_step|prediction_step|evaluation_loop|log|get_batch_samples|create_optimizer"
    r"|create_scheduler|_save\w{0,30}|_load\w{0,30}|_maybe_log_save_evaluate|_get_\w{1,20}_sampler)"
)
"""Methods that the Trainer of transformers calls itself: one that refuses an argument is of a class derived from it."""


def failed_calls(text: str, matrix: Matrix) -> Iterator[tuple[Breakage, int, int]]:
    """What is known of each argument and member that is missing, and from where to where it stands in the text."""
    every = haystack_of(text)
    for count, found in enumerate((*every.find_all(_ARGUMENT), *every.find_all(_MEMBER))):
        if count == LIMIT:
            return
        owner = (found["owner"] or found["type"]).replace(".init", ".__init__")
        if not _ADAPTER_CONFIG.fullmatch(owner):
            for row in _rows(owner, found["name"], text, matrix):
                yield row, found.start(), found.end()


def _rows(owner: str, name: str, text: str, matrix: Matrix) -> Iterator[Breakage]:
    attribute = matrix.releases.config_attribute(owner, name) if owner.endswith("Config") else None
    if attribute is not None:
        yield from rows_of_attribute(attribute, text, matrix)
        return
    told = passed_by if _OVERRIDDEN.fullmatch(owner) else rows_of
    for history in _histories(owner, name, matrix):
        yield from told(history)


def _histories(owner: str, name: str, matrix: Matrix) -> tuple[NameHistory, ...]:
    """What is told of it for the first of the owner's names that anything is told of."""
    known = (matrix.releases.call_histories(item, name) for item in _names_of(owner))
    return next((histories for histories in known if histories), ())


def _names_of(owner: str) -> Iterator[str]:
    """An owner, and what it derives from by its name: programs make their own trainers and arguments of those."""
    yield owner
    kind, dot, method = owner.partition(".")
    if not dot:
        yield f"{kind}.__init__"
    if trainer := _TRAINER.fullmatch(kind):
        yield f"{trainer[1]}Trainer{dot}{method}"
    if kind.endswith("Trainer"):
        if not dot:
            yield "Trainer"
        elif _OVERRIDDEN.fullmatch(owner):
            yield f"Trainer.{method}"
    elif kind.endswith(("Config", "Arguments")):
        yield "TrainingArguments.__init__"

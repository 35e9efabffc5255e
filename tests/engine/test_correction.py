"""The whole command line that several rules of `--serve` ask for."""

from __future__ import annotations

import shlex

from doctor.core.adapter import ADAPTERS
from doctor.core.model import MODEL
from doctor.core.report import Correction
from doctor.core.serve import SERVE
from doctor.engine.catalogue import select
from doctor.engine.correction import correct_command
from doctor.intake.serve import parse_command
from doctor.matrix.load import load_matrix
from tests import adapters, models
from tests.bases import sound_cpu
from tests.facts import absent, snapshot

MATRIX = load_matrix()
RULES, _ = select(("SERVE",), ())


def corrected(text: str) -> Correction | None:
    adapter = adapters.folder_of(adapters.lora(rank=40), "/adapters/sql")
    facts = {
        **sound_cpu(),
        **models.REGISTRIES,
        MODEL: models.folder_of(models.llama(), "/models/tiny"),
        ADAPTERS: (adapter,),
        SERVE: parse_command(text),
    }
    return correct_command(snapshot(facts), MATRIX, RULES)


def test_what_all_rules_ask_for_stands_in_one_line():
    found = corrected(
        "vllm serve /models/tiny --lora-modules sql=/adapters/sql --max-lora-rank 20 --max-model-len 9000 "
        "--enable-lorra --tensor-parallel-size 3"
    )
    assert found is not None
    words = shlex.join(found.words)
    assert words.startswith("vllm serve /models/tiny --lora-modules sql=/adapters/sql ")
    for part in ("--enable-lora", "--max-lora-rank 64", "--max-model-len 512"):
        assert part in words
    assert "--enable-lorra" not in words and "--tensor-parallel-size 3" not in words
    # Judged again, nothing is left that an option could mend.
    again = corrected(words)
    assert again is None or again.words == found.words


def test_a_command_that_is_right_is_left_alone():
    assert (
        corrected("vllm serve /models/tiny --enable-lora --max-lora-rank 64 --lora-modules sql=/adapters/sql") is None
    )
    no_command = {**sound_cpu(), SERVE: absent("no command was given")}
    assert correct_command(snapshot(no_command), MATRIX, RULES) is None

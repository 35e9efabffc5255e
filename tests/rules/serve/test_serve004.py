from __future__ import annotations

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.report import Verdict
from tests import adapters
from tests.rules.serve.commands import command, outcome

CODE = "SERVE004"


def ranked(rank):
    return {ADAPTERS: (adapters.folder_of(adapters.lora(rank=rank)),)}


def test_the_default_is_too_small():
    found = outcome(CODE, "--enable-lora", facts=ranked(64))
    assert "has rank 64, and the command serves ranks up to 16" in found.problems[0].message
    assert command(found).endswith("--max-lora-rank 64")


def test_the_setting_is_too_small_or_large_enough():
    assert outcome(CODE, "--enable-lora --max-lora-rank 32", facts=ranked(48)).verdict is Verdict.PROBLEM
    assert outcome(CODE, "--enable-lora --max-lora-rank 64", facts=ranked(48)).verdict is Verdict.HEALTHY
    assert outcome(CODE, "--enable-lora --max-lora-rank 64", facts=ranked(64)).verdict is Verdict.HEALTHY


def test_a_rank_that_no_setting_serves_is_merged():
    found = outcome(CODE, "--enable-lora --lora-modules a=/x", "0.5.4", ranked(128))
    assert "Merge it" in found.problems[0].remedies[0].text


def test_without_lora_it_does_not_apply():
    assert outcome(CODE, "", facts=ranked(64)).verdict is Verdict.NOT_APPLICABLE


def test_every_adapter_is_looked_at():
    folders = tuple(adapters.folder_of(adapters.lora(rank=rank), f"/adapters/{rank}") for rank in (8, 64))
    (problem,) = outcome(CODE, "--enable-lora", facts={ADAPTERS: folders}).problems
    assert problem.message.startswith("/adapters/64 has rank 64")


def test_a_setting_that_cannot_be_read_is_left_to_the_rule_on_values():
    assert outcome(CODE, "--enable-lora --max-lora-rank x", facts=ranked(64)).verdict is Verdict.NOT_APPLICABLE

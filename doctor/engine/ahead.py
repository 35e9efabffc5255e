"""Judging by the rules whose facts are there already, while other facts are still being looked for.

A rule is a pure function of the facts that it reads and of the matrix: what it concluded holds as long as those
are the same in the snapshot that is judged in the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from doctor.core.fact import Fact, Known
from doctor.core.frozen import light_dataclass
from doctor.core.matrix import Matrix
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.reading import READING
from doctor.core.report import Outcome
from doctor.core.rule import Rule
from doctor.core.snapshot import Snapshot
from doctor.engine.complete import READ, complete
from doctor.engine.judge import apply


@light_dataclass()
class _Judged:
    """An outcome, and the facts that it rests on, by name."""

    outcome: Outcome
    facts: dict[str, Fact[Any]]


class Ahead:
    """The outcomes of rules that were judged ahead."""

    def __init__(self, rules: Iterable[Rule], matrix: Matrix) -> None:
        self._matrix = matrix
        self._waiting = [(rule, _names(rule)) for rule in rules]
        self._judged: dict[str, _Judged] = {}

    def take(self, snapshot: Snapshot) -> None:
        """Judge by the rules that wait for no other fact than a snapshot has so far, and import what may be needed."""
        completed = complete(snapshot, self._matrix)
        waiting, self._waiting = self._waiting, []
        for rule, names in waiting:
            if names <= snapshot.facts.keys():
                facts = {name: completed.facts[name] for name in names}
                self._judged[rule.code] = _Judged(apply(rule, completed, self._matrix), facts)
            else:
                self._waiting.append((rule, names))
        for rule, _ in self._waiting:
            if _may_judge(rule, snapshot):
                rule.load()

    def outcome(self, rule: Rule, snapshot: Snapshot) -> Outcome | None:
        """What was judged by a rule, None where nothing was, or where a fact has become another one."""
        judged = self._judged.get(rule.code)
        if judged is None:
            return None
        same = all(fact == snapshot.facts.get(name) for name, fact in judged.facts.items())
        return judged.outcome if same else None


def _may_judge(rule: Rule, snapshot: Snapshot) -> bool:
    """Whether the file of a rule may be needed: not where the fact that it needs first is known to be missing."""
    first = rule.first and snapshot.facts.get(rule.first.name)
    return first is None or isinstance(first, Known)


_ALWAYS = frozenset({READING.name})
_COMPLETED = frozenset(key.name for key in READ)


def _names(rule: Rule) -> frozenset[str]:
    """The facts that an outcome rests on: what the rule reads, what that is completed from, and `READING`."""
    names = _ALWAYS | {key.name for key in rule.reads}
    return names | _COMPLETED if TORCH_BUILD.name in names else names

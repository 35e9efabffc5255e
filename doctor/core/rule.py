"""Rules: pure functions of (snapshot, matrix), and the view of the facts that they are given."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import field
from typing import Any, TypedDict, TypeVar

from doctor.core.errors import ArgumentError
from doctor.core.fact import Absent, Fact, Known, Reason, Source, SourceKind, Unknown
from doctor.core.frozen import frozen, light_dataclass
from doctor.core.matrix import Matrix
from doctor.core.report import Cause, Evidence, Problem, Severity
from doctor.core.snapshot import Key, Snapshot

T = TypeVar("T")


class NotApplicableError(Exception):
    """The thing that a rule judges does not exist in this snapshot."""


class UndeterminedError(Exception):
    """A fact or a matrix row that a rule needs is not known."""


@light_dataclass()
class Env:
    """What a rule may read. Everything that is read is recorded as evidence."""

    snapshot: Snapshot
    matrix: Matrix
    reads: frozenset[str]
    evidence: list[Evidence] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)

    def need(self, key: Key[T]) -> T:
        """Return the value of `key`.

        Does not return when it is not known: an Absent fact makes the rule not applicable, an
        Unknown one makes it undetermined.
        """
        fact = self._read(key)
        if isinstance(fact, Absent):
            raise NotApplicableError(fact.detail or f"{key.name} is absent")
        return _known(key.name, fact)

    def look(self, key: Key[T]) -> T | None:
        """Return the value of `key`, or None when it is known to be absent."""
        fact = self._read(key)
        return None if isinstance(fact, Absent) else _known(key.name, fact)

    def fact(self, key: Key[T]) -> Fact[T]:
        """Return the fact of `key`, for a rule that knows what may stand in for an unknown one."""
        return self._read(key)

    def note(self, subject: str, fact: Fact[T]) -> T | None:
        """Return the value of a fact inside a value, or None.

        An Unknown one is noted: the rule goes on with the next subject, and is undetermined in
        the end unless it met a problem.
        """
        self.evidence.append(_evidence(subject, fact))
        if isinstance(fact, Unknown):
            self.gaps.append(describe_gap(subject, fact))
        return _known(subject, fact) if isinstance(fact, Known) else None

    def gap(self, reason: str) -> None:
        """Note that something could not be judged, and go on."""
        self.gaps.append(reason)

    def unstated(self, what: str) -> None:
        """Note that a source, such as a pasted text, does not state something, and go on."""
        self.gaps.append(unstated(what))

    def cite(self, row: str) -> None:
        """Record that a row of the matrix was used."""
        source = Source(kind=SourceKind.MATRIX, where=row)
        self.evidence.append(Evidence(key=row, state="known", source=source))

    def _read(self, key: Key[T]) -> Fact[T]:
        if key.name not in self.reads:
            raise AssertionError(f"the rule reads {key.name} without declaring it")
        fact = self.snapshot.get(key)
        self.evidence.append(_evidence(key.name, fact))
        return fact


def _known(name: str, fact: Fact[T]) -> T:
    if isinstance(fact, Known):
        value: T = fact.value
        return value
    raise UndeterminedError(describe_gap(name, fact))


def _evidence(name: str, fact: Fact[Any]) -> Evidence:
    if isinstance(fact, Unknown):
        return Evidence(key=name, state=f"unknown ({fact.reason.value})", source=fact.source)
    if isinstance(fact, Absent):
        return Evidence(key=name, state="absent", source=fact.source)
    assert isinstance(fact, Known)
    return Evidence(key=name, state="known", source=fact.source)


_UNSTATED = f"({Reason.NOT_STATED.value})"


def unstated(what: str) -> str:
    """The reason that nobody has stated something."""
    return f"{what}: not stated {_UNSTATED}"


def unstated_in(reason: str) -> str:
    """What a reason says that nobody has stated, or "" where it says something else."""
    return reason.partition(":")[0] if reason.endswith(_UNSTATED) else ""


def describe_gap(name: str, fact: Fact[Any]) -> str:
    """Say in one line what is not known and why."""
    if isinstance(fact, Unknown):
        return f"{name}: {fact.detail or 'no detail'} ({fact.reason.value})"
    return f"{name} is not known"


Check = Callable[[Env], Iterator[Problem]]


@frozen
class Rule:
    """One judgement. Its code and name are those of its file, its explanation is its docstring.

    `load` returns the function that judges. Of a rule that was built from the index (`doctor.engine.index`) it imports
    the file, and `first` is the fact that the function needs before it does anything else: where that is not known,
    the outcome is, without the file.
    """

    code: str
    name: str
    topic: str
    title: str
    severity: Severity
    cause: Cause
    since: str
    reads: tuple[Key[Any], ...]
    load: Callable[[], Check]
    first: Key[Any] | None = None

    @property
    def explanation(self) -> str:
        """What `doctor explain` prints of it, in Markdown."""
        return explanation_of(self.load())

    def env(self, snapshot: Snapshot, matrix: Matrix) -> Env:
        """Return the view of a snapshot that this rule is given."""
        return Env(snapshot=snapshot, matrix=matrix, reads=frozenset(key.name for key in self.reads))


RULE_MODULE = re.compile(r"(?P<topic>[a-z][a-z0-9]*?)(?P<number>\d{3})_(?P<name>[a-z0-9_]+)$")
"""The name of a rule's file, without its ending."""


def rule(*, severity: Severity, cause: Cause, since: str, reads: tuple[Key[Any], ...]) -> Callable[[Check], Rule]:
    """Turn a generator function into the rule of its file.

    The file is named ``<topic><number>_<name>.py``, for example
    ``pkg001_requirement_not_met.py`` for the rule PKG001 *requirement-not-met*; the function's
    docstring is the explanation: a title line and the headings *What it checks*, *Why it
    matters*, *How to fix it*, *Sources*.

    Raises:
        ValueError: the file's name or the docstring does not have that form.
    """

    def build(check: Check) -> Rule:
        return Rule(**card_of(check), severity=severity, cause=cause, since=since, reads=reads, load=lambda: check)

    return build


class Names(TypedDict):
    """What a rule is called by."""

    code: str
    name: str
    topic: str


class Card(Names):
    """What a rule says of itself by its file and its docstring."""

    title: str


def card_of(check: Callable[..., Any], *, optimize: int = sys.flags.optimize) -> Card:
    """What a rule's file and docstring say of it: code, name, topic and title.

    `optimize` is how often Python was told to optimise: from the second time on it drops docstrings.

    Raises:
        ValueError: they do not have the form that `rule` describes.
        ArgumentError: Python drops docstrings.
    """
    named = name_of(check.__module__)
    if optimize > 1:
        raise ArgumentError(
            "this Python was started without docstrings (-OO or PYTHONOPTIMIZE=2), which rules are explained by",
            hint="start it without; transformers does not work with it either",
        )
    # The first line of the explanation, which only `doctor explain` prints as a whole.
    title = (check.__doc__ or "").strip().partition("\n")[0]
    if not title:
        raise ValueError(f"{check.__module__}: a rule needs a docstring, it is what `doctor explain` prints")
    return {**named, "title": title.rstrip().rstrip(".")}


def name_of(module: str) -> Names:
    """What the name of a rule's module says of it: code, name and topic.

    Raises:
        ValueError: it is not that of a rule.
    """
    match = RULE_MODULE.match(module.rpartition(".")[2])
    if match is None:
        raise ValueError(f"{module}: the file of a rule is named <topic><number>_<name>.py")
    return {
        "code": f"{match['topic']}{match['number']}".upper(),
        "name": match["name"].replace("_", "-"),
        "topic": match["topic"].upper(),
    }


def explanation_of(check: Callable[..., Any]) -> str:
    """The docstring of a rule's function, "" where it has none."""
    return inspect.cleandoc(check.__doc__ or "")

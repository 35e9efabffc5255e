"""Fleet rules: pure functions of what the nodes of a fleet have, and the view that they are given.

A fleet rule declares the traits that it compares. It never sees a snapshot: each was read into those
traits when it arrived. What a node's snapshot does not tell is noted as a gap of that node by the view
itself, so that no rule can forget it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from doctor.core.fleet.members import HEAD, WORKER, Expectation, Node, Reference
from doctor.core.fleet.nodeset import brief
from doctor.core.fleet.report import Finding, Indexes, Share
from doctor.core.fleet.trait import ABSENT, Cell, Reading, Trait
from doctor.core.frozen import frozen
from doctor.core.matrix import Matrix
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, NotApplicableError, Rule, card_of, explanation_of
from doctor.core.serve import ServeCommand


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Who has what of one item: cells that are known, or known to be absent, with their nodes.

    `shares` is in the order of their size, the largest first.
    """

    item: str
    shares: tuple[tuple[Cell, Indexes], ...]

    @property
    def differs(self) -> bool:
        """Whether there are two values, or a value here and none there."""
        return len(self.shares) > 1

    @cached_property
    def nodes(self) -> Indexes:
        """All nodes of the spread."""
        return tuple(sorted(index for _, nodes in self.shares for index in nodes))

    @property
    def majority(self) -> Cell | None:
        """What more than half of the nodes have, or None: of two nodes neither is the majority."""
        value, nodes = self.shares[0]
        return value if 2 * len(nodes) > len(self.nodes) else None

    @property
    def outliers(self) -> Indexes:
        """The nodes that differ from the majority; all of them where there is none."""
        if self.majority is None:
            return self.nodes
        return tuple(sorted(index for _, nodes in self.shares[1:] for index in nodes))

    def as_shares(self) -> tuple[Share, ...]:
        """The values and their nodes, as a finding holds them."""
        return tuple(Share(text=str(value), nodes=nodes) for value, nodes in self.shares)


NAMES = 80
"""Characters of the names in a sentence; a finding holds its nodes all the same."""

Column = Mapping[Reading, Indexes]
"""The distinct readings of one trait, and the nodes that have each."""


@dataclass(kw_only=True)
class FleetEnv:
    """What a fleet rule may read, and where it notes what could not be judged.

    `nodes` holds all nodes, also those that did not answer; `columns` maps the names of the traits that
    the rule has declared to their readings.
    """

    nodes: tuple[Node, ...]
    columns: Mapping[str, Column]
    matrix: Matrix
    expectation: Expectation = field(default_factory=Expectation)
    reference: Reference | None = None
    serve: ServeCommand | None = None
    gaps: dict[str, set[int]] = field(default_factory=dict)

    @cached_property
    def answered(self) -> Indexes:
        """The nodes that sent a snapshot."""
        return tuple(index for index, node in enumerate(self.nodes) if node.answered)

    def gap(self, reason: str, *nodes: int) -> None:
        """Note that something could not be judged on these nodes, and go on."""
        self.gaps.setdefault(reason, set()).update(nodes)

    def name(self, *nodes: int) -> str:
        """Nodes in one line: ``node[1-3,7]``; of a long list the first."""
        return brief([self.nodes[index].name for index in nodes], NAMES)

    def several(self) -> Indexes:
        """The nodes that are compared.

        Raises:
            NotApplicableError: there are not two of them.
        """
        if len(self.answered) < 2:
            raise NotApplicableError("there is one node: nothing to compare it with")
        return self.answered

    def readings(self, trait: Trait) -> Iterator[tuple[Reading, Indexes]]:
        """The distinct readings of a trait; one that is unknown is noted as a gap and left out.

        Unknown cells inside a reading are noted too, and stay in it.
        """
        for reading, nodes in self.columns[trait.name].items():
            if reading.whole is not None and reading.whole.unknown:
                self.gap(reading.whole.text, *nodes)
                continue
            for _, value in reading.items:
                if value.unknown:
                    self.gap(value.text, *nodes)
            yield reading, nodes

    def spreads(self, trait: Trait, *, within_roles: bool = False) -> Iterator[Spread]:
        """Who has what, for each item of a trait, in the order of their names.

        Where roles differ, a role all of whose nodes lack an item is left out of its spread: a head node
        may do without vLLM, but where it has one it must be the workers'. With `within_roles` the nodes
        of each role are compared with each other only.

        Raises:
            NotApplicableError: there are not two nodes, or what is compared is on none of them.
        """
        self.several()
        table = [
            (dict(reading.items), role, members)
            for reading, nodes in self.readings(trait)
            for role, members in self._by_role(nodes)
        ]
        if table and not any(cells for cells, _, _ in table):
            raise NotApplicableError(f"no node has any: {trait.name}")
        for item in sorted({name for cells, _, _ in table for name in cells}):
            found: dict[str, dict[Cell, list[int]]] = {}
            for cells, role, members in table:
                value = cells.get(item, ABSENT)
                if not value.unknown:
                    found.setdefault(role, {}).setdefault(value, []).extend(members)
            groups = [values for values in found.values() if set(values) != {ABSENT}]
            for values in groups if within_roles else [_merge(groups)]:
                if values:
                    yield _spread(item, values)

    def _by_role(self, nodes: Indexes) -> list[tuple[str, list[int]]]:
        members: dict[str, list[int]] = {}
        for index in nodes:
            members.setdefault(self.roles[index], []).append(index)
        return list(members.items())

    @cached_property
    def roles(self) -> dict[int, str]:
        """The role in which each node that answered is compared.

        A head node serves like the others unless it shows no GPU where others do: launchers call the node
        where the cluster was started the head, and most often it works too.
        """
        gpus = any(self.nodes[index].has_gpu for index in self.answered)
        return {
            index: WORKER if node.role == HEAD and (node.has_gpu or not gpus) else node.role
            for index, node in enumerate(self.nodes)
            if node.answered
        }

    def workers(self, nodes: Indexes) -> Indexes:
        """Those of the nodes that serve: all but a head that only coordinates."""
        return tuple(index for index in nodes if self.roles[index] != HEAD)


def _merge(groups: list[dict[Cell, list[int]]]) -> dict[Cell, list[int]]:
    if len(groups) == 1:
        return groups[0]
    merged: dict[Cell, list[int]] = {}
    for values in groups:
        for value, nodes in values.items():
            merged.setdefault(value, []).extend(nodes)
    return merged


def _spread(item: str, values: dict[Cell, list[int]]) -> Spread:
    shares = sorted(values.items(), key=lambda share: (-len(share[1]), share[0]))
    return Spread(item=item, shares=tuple((value, tuple(sorted(nodes))) for value, nodes in shares))


FleetCheck = Callable[[FleetEnv], Iterator[Finding]]


@frozen
class FleetRule(Rule):
    """A judgement over the nodes of a fleet; over a single snapshot it is not applicable."""

    traits: tuple[Trait, ...]
    compare: FleetCheck

    @property
    def explanation(self) -> str:
        """What `doctor explain` prints of it, in Markdown."""
        return explanation_of(self.compare)


def fleet_rule(
    *, severity: Severity, cause: Cause, since: str, traits: tuple[Trait, ...] = ()
) -> Callable[[FleetCheck], FleetRule]:
    """Turn a generator function over a fleet into the rule of its file, as `doctor.core.rule.rule` does.

    Raises:
        ValueError: the file's name or the docstring does not have the form of a rule's.
    """

    def build(compare: FleetCheck) -> FleetRule:
        return FleetRule(
            **card_of(compare),
            severity=severity,
            cause=cause,
            since=since,
            reads=tuple(dict.fromkeys(key for trait in traits for key in trait.keys)),
            load=lambda: _of_one_node,
            traits=traits,
            compare=compare,
        )

    return build


def _of_one_node(env: Env) -> Iterator[Problem]:
    raise NotApplicableError("it compares the nodes of a fleet: `doctor fleet check` judges it")
    yield

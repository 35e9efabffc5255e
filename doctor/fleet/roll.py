"""The roll of a fleet: who has arrived, under which name and role, and who is missing."""

from __future__ import annotations

import fnmatch
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from doctor.core.errors import TargetError
from doctor.core.fact import Known
from doctor.core.fleet.members import WORKER, Arrival, Expectation, Node, NodeState
from doctor.core.fleet.node import HOST
from doctor.core.fleet.nodeset import Names, unfold
from doctor.core.frozen import frozen
from doctor.core.machine.gpu import NVML
from doctor.core.snapshot import Snapshot


@frozen
class Role:
    """A role and the names of its nodes; a name may hold ``*`` and ``?``."""

    name: str
    nodes: tuple[str, ...]


def read_role(text: str) -> Role:
    """Read ``head=node1`` or ``prefill=node[2-5]``.

    Raises:
        TargetError: it has another form.
    """
    name, equals, nodes = text.partition("=")
    if not (name.strip() and equals and nodes.strip()):
        raise TargetError(f"--role {text}: write ROLE=NODES, such as head=node1 or prefill=node[2-5]")
    try:
        return Role(name=name.strip(), nodes=tuple(unfold(nodes)))
    except ValueError as error:
        raise TargetError(f"--role {text}: {error}") from error


def _shows_gpu(snapshot: Snapshot) -> bool:
    """Whether a node has a GPU, be its driver broken or not."""
    nvml = snapshot.get(NVML)
    return isinstance(nvml, Known) and (not nvml.value.fault or bool(nvml.value.hardware))


class Roll:
    """Turns arrivals into nodes. A role that the user gives goes before one that the launcher knows."""

    def __init__(self, roles: Sequence[Role] = ()) -> None:
        self._roles = roles
        self._used: set[str] = set()
        self._names: Counter[str] = Counter()

    def node(self, arrival: Arrival, snapshot: Snapshot | None, *, unreadable: str = "") -> Node:
        """The node of an arrival, and of what its snapshot says of itself."""
        host = snapshot.get(HOST) if snapshot is not None else None
        own = host.value.name if isinstance(host, Known) else ""
        return Node(
            name=self._unique(arrival.node or own or arrival.key or arrival.origin),
            state=NodeState.UNREADABLE if unreadable else arrival.state,
            role=self._role(arrival.node, own) or arrival.role or WORKER,
            key=arrival.key,
            host=own,
            address=arrival.address,
            origin=arrival.origin,
            detail=unreadable or arrival.detail,
            taken_at=snapshot.taken_at if snapshot is not None else "",
            doctor_version=snapshot.doctor_version if snapshot is not None else "",
            has_gpu=snapshot is not None and _shows_gpu(snapshot),
        )

    def _unique(self, name: str) -> str:
        """A name that no other node of the report has: the second node1 is node1#2."""
        self._names[name] += 1
        return name if self._names[name] == 1 else f"{name}#{self._names[name]}"

    def _role(self, *names: str) -> str:
        for role in self._roles:
            for pattern in role.nodes:
                if any(matches(name, pattern) for name in names):
                    self._used.add(pattern)
                    return role.name
        return ""

    def missing(self, expectation: Expectation, nodes: Sequence[Node]) -> Iterator[Node]:
        """The nodes that were expected by name and of which nothing came; they have the role that the user gives."""
        known = Names(name for node in nodes for name in node.names())
        for name in expectation.names:
            if name not in known:
                yield Node(name=name, state=NodeState.MISSING, role=self._role(name) or WORKER)

    def check_roles(self, nodes: Iterable[Node]) -> None:
        """Refuse a role that no node has, be it missing: a slip in a name would change the verdict without a word.

        Raises:
            TargetError: there is one.
        """
        for role in self._roles:
            for pattern in role.nodes:
                if pattern not in self._used:
                    known = ", ".join(sorted({node.name for node in nodes})[:5])
                    hint = f"there are {known}, ..." if known else ""
                    raise TargetError(f"--role {role.name}={pattern}: there is no such node", hint=hint)


def matches(name: str, pattern: str) -> bool:
    """Whether a pattern names this node: as it is, by wildcards, or one of them with its domain and one without."""
    return bool(name) and (fnmatch.fnmatchcase(name, pattern) or pattern in Names([name]))

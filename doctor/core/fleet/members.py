"""A fleet: nodes whose snapshots arrive one by one, or do not arrive.

Whatever brings the snapshots (files, Ray, Slurm, ssh), it yields one `Arrival` a node, in any order
and as a stream: `Iterator[Arrival]` is all that the verdict is given. A launcher that was told of a
node yields an arrival for it in every case; silence is a state, never a missing line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import Enum

from doctor.core.frozen import frozen

WORKER = "worker"
"""The role of a node of which nothing else is said: it serves."""

HEAD = "head"
"""The role of a node that coordinates: it may serve too, but it needs no GPU."""


class NodeState(str, Enum):
    """What became of one node's report. Only an answered node is judged; no other is ever healthy."""

    ANSWERED = "answered"
    """It sent a snapshot."""

    PROBE_FAILED = "probe-failed"
    """The probe ran there and ended with an error; the detail is what it wrote to stderr."""

    NO_ANSWER = "no-answer"
    """No answer within the deadline, or before Ctrl-C, though the launcher still lists the node."""

    LOST = "lost"
    """The node went away during the check."""

    MISSING = "missing"
    """It was expected, and nothing came of it or is known of it."""

    UNREADABLE = "unreadable"
    """Something came of it that is no snapshot: cut short, empty, or of another schema."""


@frozen
class Arrival:
    """What a launcher brings of one node.

    `node` is its name in the user's words: the host name where there is one. `key` is what the
    launcher tells nodes apart by (a Ray NodeID), so that two of them on one machine are two nodes; it is ""
    where it has none. `content` is
    the JSON text of its snapshot in UTF-8, b"" unless the state is *answered*; the verdict decodes it,
    and calls the node *unreadable* where that fails. `detail` says in plain text why there is no
    snapshot. `origin` is where it came from, for people (``reports/node1.json``, ``ray 10.0.0.7:6379``),
    `address` the node's address as the launcher knows it, and `role` the role that it knows (Ray's head
    node is `HEAD`), "" where it knows none. `set_by` maps the variables that the launcher itself set
    for the probe to its name, as in ``{"OMP_NUM_THREADS": "ray"}``: they are not the node's own.
    """

    node: str
    state: NodeState = NodeState.ANSWERED
    key: str = ""
    content: bytes = b""
    detail: str = ""
    origin: str = ""
    address: str = ""
    role: str = ""
    set_by: Mapping[str, str] = field(default_factory=dict)


@frozen
class Node:
    """One node as the verdict keeps it, its snapshot let go.

    `name` is unique in a report: of two nodes that bear one name the second is ``node1#2``. `host` is
    what the node calls itself, "" where it does not say. `taken_at` and `doctor_version` are those of its
    snapshot. `has_gpu` says that it shows a GPU, whether that can be used or not.
    """

    name: str
    state: NodeState
    role: str = WORKER
    key: str = ""
    host: str = ""
    address: str = ""
    origin: str = ""
    detail: str = ""
    taken_at: str = ""
    doctor_version: str = ""
    has_gpu: bool = False

    @property
    def answered(self) -> bool:
        """Whether it sent a snapshot."""
        return self.state is NodeState.ANSWERED

    @property
    def silent(self) -> bool:
        """Whether nothing came of it."""
        return self.state not in (NodeState.ANSWERED, NodeState.UNREADABLE)

    def names(self) -> tuple[str, ...]:
        """The names that it goes by: what the launcher calls it, what it calls itself, its address."""
        return tuple(name for name in (self.name, self.host, self.address) if name)


@frozen
class Expectation:
    """Which nodes were to report: their names, or only how many (`count`); neither where nobody said."""

    names: tuple[str, ...] = ()
    count: int | None = None

    @property
    def stated(self) -> bool:
        """Whether anything was said."""
        return bool(self.names) or self.count is not None


@frozen
class Reference:
    """What every node is to have, beside being alike: the pins of a lock file or of a known-good set.

    `pins` maps normalised names to versions; `name` says whose they are.
    """

    name: str
    pins: Mapping[str, str]

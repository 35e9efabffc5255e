"""What the Ray driver sends: a line of JSON each, told apart by ``kind``."""

from __future__ import annotations

import base64
import zlib

import msgspec


class Record(msgspec.Struct, frozen=True, tag_field="kind"):
    """One line of the driver."""


class Driver(Record, frozen=True, tag="driver"):
    """The versions that the driver itself has."""

    ray: str
    python: str


class Versions(Record, frozen=True, tag="cluster"):
    """The versions that the GCS states of the cluster."""

    ray: str
    python: str


class Dead(Record, frozen=True, tag="dead"):
    """A node that the GCS remembers; `expected` if it was asked to go, `ended_at` in seconds since 1970."""

    key: str
    host: str
    address: str
    detail: str
    expected: bool
    ended_at: float


class Node(Record, frozen=True, tag="node"):
    """A node that is asked: its NodeID, names, and the resources that it offers to Ray."""

    key: str
    host: str
    address: str
    head: bool
    cpus: float
    gpus: float


class Asked(Record, frozen=True, tag="asked"):
    """All nodes are known now."""

    count: int


class Gcs(Record, frozen=True, tag="gcs"):
    """The GCS has stopped to answer, or answers again."""

    silent: bool


class Answer(Record, frozen=True, tag="answer"):
    """The program has ended on a node. `code` is None where it was not started, or took too long.

    `set_by` are the variables that Ray sets for its workers, `paths` the folders that it puts on their search path.
    """

    key: str
    code: int | None
    output: str
    errors: str
    interpreter: str
    python: str
    set_by: dict[str, str]
    paths: list[str]

    @property
    def content(self) -> bytes:
        """What the program wrote to stdout."""
        return zlib.decompress(base64.b64decode(self.output))


class Failed(Record, frozen=True, tag="failed"):
    """The task ended with an error of Ray or of its own."""

    key: str
    detail: str


class Lost(Record, frozen=True, tag="lost"):
    """Ray says that the node is dead."""

    key: str
    detail: str


class Refused(Record, frozen=True, tag="refused"):
    """The cluster cannot be asked: `reason` is no-ray, no-gcs, versions, not-a-node or failed."""

    reason: str
    detail: str


class Note(Record, frozen=True, tag="note"):
    """Something about the run that the log should hold."""

    text: str


class Done(Record, frozen=True, tag="done"):
    """Nothing more comes."""


AnyRecord = Driver | Versions | Dead | Node | Asked | Gcs | Answer | Failed | Lost | Refused | Note | Done
decode = msgspec.json.Decoder(AnyRecord).decode

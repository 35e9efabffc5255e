"""Asking the nodes of a Ray cluster for their snapshots: one arrival a node, whatever becomes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from doctor.core.fleet.members import HEAD, Arrival, NodeState
from doctor.core.signals import signal_name
from doctor.fleet.ray_address import look
from doctor.fleet.ray_process import DriverProcess, Question
from doctor.fleet.ray_records import (
    Answer,
    AnyRecord,
    Asked,
    Dead,
    Done,
    Driver,
    Failed,
    Gcs,
    Lost,
    Node,
    Note,
    Refused,
    Versions,
)
from doctor.fleet.ray_refusal import refusal, silence

Progress = Callable[[int, int], None]
"""It is told how many nodes have answered, and how many were asked."""


class RayFleet:
    """The nodes of a running cluster.

    `arrivals` asks them. Afterwards `versions`, `nodes`, `dead` and `answers` (the last by NodeID) hold what Ray
    itself told of the cluster, and what it sets on its nodes.
    """

    def __init__(
        self, question: Question, progress: Progress = lambda answered, asked: None, stop: int | None = None
    ) -> None:
        """`stop` is a descriptor that becomes readable where no more is to be waited for."""
        self.question = question
        self._stop = stop
        self.driver: Driver | None = None
        self.versions: Versions | None = None
        self.nodes: dict[str, Node] = {}
        self.dead: list[Dead] = []
        self.answers: dict[str, Answer] = {}
        self._progress = progress
        self._pending: set[str] = set()
        self._shared_names: frozenset[str] = frozenset()
        self._answered = 0
        self._asked = self._gcs_silent = False

    def arrivals(self) -> Iterator[Arrival]:
        """Ask every node that lives, and yield one arrival for each: as they answer, and at the end for the rest.

        Raises:
            RayError: no node can be asked: nothing listens, other versions, this machine is no node of the cluster.
            KeyboardInterrupt: it was stopped before there was a node to ask.
        """
        look(self.question.address)
        with DriverProcess(self.question) as process:
            for record in process.records(self._stop):
                if isinstance(record, Done):
                    return
                arrival = self._take(record)
                if arrival:
                    yield arrival
            yield from self._silent(process)

    def _silent(self, process: DriverProcess) -> Iterator[Arrival]:
        """The nodes that have not answered when no more comes."""
        if process.stopped:
            if not self._asked:
                raise KeyboardInterrupt
            why = "the check was interrupted before it answered"
        else:
            ending = "" if process.timed_out else process.ending()
            if not self._asked:
                raise silence(self.question, ending)
            why = self._why_silent(ending)
        for key in sorted(self._pending):
            yield self._arrival(key, NodeState.NO_ANSWER, detail=why)

    def _take(self, record: AnyRecord) -> Arrival | None:
        """Keep what a record tells; return the arrival that it makes of a node."""
        match record:
            case Answer() | Failed() | Lost():
                return self._settle(record)
            case Refused():
                raise refusal(record, self.question, self.driver, self.versions)
            case Node():
                self.nodes[record.key] = record
                self._pending.add(record.key)
            case Asked():
                self._asked = True
                hosts = Counter(node.host for node in self.nodes.values())
                # Containers, and nodes on one machine: they have addresses of their own.
                self._shared_names = frozenset(host for host, count in hosts.items() if count > 1)
                self._progress(0, len(self.nodes))
            case Driver():
                self.driver = record
            case Versions():
                self.versions = record
            case Dead():
                self.dead.append(record)
            case Gcs():
                self._gcs_silent = record.silent
            case Note() | Done():
                pass
        return None

    def _settle(self, record: Answer | Failed | Lost) -> Arrival:
        self._pending.discard(record.key)
        self._answered += not isinstance(record, Lost)
        self._progress(self._answered, len(self.nodes))
        match record:
            case Lost():
                why = record.detail or "it left while it was asked"
                return self._arrival(record.key, NodeState.LOST, detail=f"Ray says that the node is dead: {why}")
            case Failed():
                return self._arrival(record.key, NodeState.PROBE_FAILED, detail=record.detail)
        self.answers[record.key] = record
        set_by = dict.fromkeys(record.set_by, "ray")
        if record.code == 0:
            return self._arrival(record.key, NodeState.ANSWERED, content=record.content, set_by=set_by)
        return self._arrival(record.key, NodeState.PROBE_FAILED, detail=_how_it_failed(record), set_by=set_by)

    def _arrival(
        self,
        key: str,
        state: NodeState,
        *,
        content: bytes = b"",
        detail: str = "",
        set_by: dict[str, str] | None = None,
    ) -> Arrival:
        node = self.nodes[key]
        return Arrival(
            node=node.address if node.host in self._shared_names else node.host,
            key=key,
            state=state,
            content=content,
            detail=detail,
            origin=f"ray {self.question.address}",
            address=node.address,
            role=HEAD if node.head else "",
            set_by=set_by or {},
        )

    def _why_silent(self, ending: str) -> str:
        if ending:
            return f"the Ray driver went away before the node answered: {ending}"
        waited = f"no answer within {self.question.deadline:g} s"
        if self._gcs_silent:
            return f"{waited}, and whether the node lives is not known: the cluster's GCS has stopped to answer"
        return f"{waited}, though Ray lists the node as alive: it hangs, or cannot be reached"


def _how_it_failed(answer: Answer) -> str:
    if answer.code is None:
        return answer.errors
    how = f"was ended by {signal_name(-answer.code)}" if answer.code < 0 else f"ended with exit code {answer.code}"
    said = f": {answer.errors}" if answer.errors else ", and wrote nothing to stderr"
    return f"the probe {how}{said}"

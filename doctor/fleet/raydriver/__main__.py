"""The Ray driver: has every node of a running cluster run a program, and tells what each answered.

A folder of scripts for an interpreter that has the cluster's Ray; they use the standard library and Ray only. It
is a process of its own because Ray ends its driver from C++ when the cluster's GCS dies, blocks in ``ray.init`` when
there is none, never resolves the task of a frozen node, and prints messages of the raylet to stdout. Whoever
starts it owns the deadline and the report: what is known is sent at once, a line of JSON each, to the file
descriptor that the first argument names. The question is read from standard input as one JSON object:

``address`` (host:port of the GCS), ``program`` (a zipapp or a script, in base64), ``arguments`` (``{python}`` stands
for the interpreter that runs it there), ``python`` (that interpreter, "" for Ray's own) and ``limit`` (seconds for the
program).
"""

from __future__ import annotations

import base64
import ctypes
import json
import logging
import os
import platform
import signal
import sys
import threading

import ray_task
from ray_cluster import Roster, about_node, answers, describe, look_at_cluster

PIECE = 64 * 1024
"""Bytes of an argument. Ray takes up to 100 KiB along with a task; what is larger goes through the object store, and
a node whose store is full or cannot be reached would never start the task."""

POLL = 0.25
LOST = ("NodeDiedError", "TaskUnschedulableError", "NodePreemptedError")
DOUBTFUL = ("WorkerCrashedError", "LocalRayletDiedError", "RaySystemError")
"""Of a worker that ended with its node Ray tells these, or that the node is dead: whichever it notices first."""

FOREIGN = ("RAY_JOB_CONFIG_JSON_ENV_VAR", "RAY_RUNTIME_ENV_HOOK", "RAY_ADDRESS", "RAY_NAMESPACE")
"""What an outer ``ray job`` or a hook would make of the tasks' environment, which must be the node's own."""


def main() -> None:
    """Answer the question on standard input."""
    channel = Channel(int(sys.argv[1]))
    end_with_parent()
    # Ray puts the folder of the driver's script on the search path of its workers.
    del sys.path[0]
    question = json.load(sys.stdin)
    for name in FOREIGN:
        os.environ.pop(name, None)
    os.environ["RAY_ENABLE_UV_RUN_RUNTIME_ENV"] = "0"
    # Ray waits for half a minute where something else than a GCS takes the connection.
    os.environ.setdefault("RAY_py_gcs_connect_timeout_s", "10")
    try:
        import ray
    except ImportError as error:
        channel.send("refused", reason="no-ray", detail=str(error))
        return
    channel.send("driver", ray=ray.__version__, python=platform.python_version())
    if look_at_cluster(channel.send, question["address"], ray.__version__) and join(channel, question["address"]):
        ask(channel, question)
        channel.send("done")
        ray.shutdown()


class Channel:
    """The pipe to whoever asked."""

    def __init__(self, number: int) -> None:
        os.set_inheritable(number, False)
        self.pipe = os.fdopen(number, "wb", buffering=0)
        self.lock = threading.Lock()

    def send(self, kind: str, **content: object) -> None:
        """Send one record as a line."""
        line = memoryview(json.dumps({"kind": kind, **content}).encode() + b"\n")
        with self.lock:
            while line:
                line = line[self.pipe.write(line) :]


def end_with_parent() -> None:
    """Have the kernel end this process when the one that started it ends, however it does."""
    parent = os.getppid()
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:
        sys.exit("whoever asked is gone")


def join(channel: Channel, address: str) -> bool:
    """Join the cluster; where it does not let this driver in, tell why."""
    import ray

    try:
        # The address is always given: without one Ray would start a cluster of its own.
        ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
    except Exception as error:  # noqa: BLE001 - Ray raises RuntimeError, ConnectionError and others of its own
        versions = isinstance(error, RuntimeError) and "ersion mismatch" in str(error)
        channel.send("refused", reason="versions" if versions else "failed", detail=describe(error))
        return False
    return True


def ask(channel: Channel, question: dict) -> None:
    """Run the program once on each node, and tell of each node what became of it."""
    import ray

    nodes = [node for node in ray.nodes() if node["Alive"]]
    for node in nodes:
        channel.send("node", **about_node(node))
    channel.send("asked", count=len(nodes))
    start = starter(question)
    pending = {start(node["NodeID"]): node for node in nodes}
    roster = Roster(ray.nodes)
    roster.start()
    silent = False
    while pending:
        ready, _ = ray.wait(list(pending), num_returns=len(pending), timeout=POLL)
        for reference in ready:
            tell(channel, pending.pop(reference), reference)
        for reference in [reference for reference, node in pending.items() if node["NodeID"] in roster.dead]:
            key = pending.pop(reference)["NodeID"]
            channel.send("lost", key=key, detail=roster.dead[key])
        if roster.silent != silent:
            silent = roster.silent
            channel.send("gcs", silent=silent)


def starter(question: dict):
    """Make the function that has a node, given by its NodeID, run the program.

    No other node runs it, no free CPU or GPU is needed there, and it is not tried twice.
    """
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    ray.cloudpickle.register_pickle_by_value(ray_task)
    program = base64.b64decode(question["program"])
    pieces = [program[start : start + PIECE] for start in range(0, len(program), PIECE)]
    task = ray.remote(num_cpus=0, num_gpus=0, max_retries=0)(ray_task.run_program)

    def start(key: str):
        on_node = NodeAffinitySchedulingStrategy(key, soft=False)
        placed = task.options(name="doctor fleet check", scheduling_strategy=on_node)
        return placed.remote(question["arguments"], question["python"], question["limit"], *pieces)

    return start


def tell(channel: Channel, node: dict, reference: object) -> None:
    """Tell what became of a task that has ended."""
    import ray

    key = node["NodeID"]
    try:
        answer = ray.get(reference)
    except Exception as error:  # noqa: BLE001 - each error of Ray, and whatever the task raised, is an answer
        name = type(error).__name__
        lost = name in LOST or (name in DOUBTFUL and not answers(node["NodeManagerAddress"], node["NodeManagerPort"]))
        channel.send("lost" if lost else "failed", key=key, detail=describe(error))
        return
    channel.send("answer", key=key, **answer)


if __name__ == "__main__":
    main()

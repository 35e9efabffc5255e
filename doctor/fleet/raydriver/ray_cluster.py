"""What the GCS says of a cluster before it is joined, and of its nodes while they are waited for."""

from __future__ import annotations

import json
import re
import socket
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

GCS_TIMEOUT = 5.0
GCS_SILENT_AFTER = 5.0
ROSTER_EVERY = 1.0
EXPECTED_TERMINATION = 1
Send = Callable[..., None]


def look_at_cluster(send: Send, address: str, ray_version: str) -> bool:
    """Tell what the GCS says of the cluster; return whether this driver may try to join it.

    No release lets a driver of another one in, and some let it wait for 40 s and say nothing; a driver on a machine
    without a raylet of the cluster is aborted in C++. The GCS answers all of them. Its client is private to Ray: where
    a release has it in another form, joining decides.
    """
    try:
        from ray._raylet import GcsClient

        client = GcsClient(address=address)
        about = json.loads(client.internal_kv_get(b"CLUSTER_METADATA", namespace=b"cluster", timeout=GCS_TIMEOUT))
        send("cluster", ray=about["ray_version"], python=about["python_version"])
        if about["ray_version"] != ray_version:
            send("refused", reason="versions", detail="")
            return False
        return look_at_nodes(send, list(client.get_all_node_info(timeout=GCS_TIMEOUT).values()))
    except (ImportError, AttributeError, KeyError, TypeError) as error:
        send("note", text=f"this release of Ray reads the GCS in another way: {describe(error)}")
        return True
    except Exception as error:  # noqa: BLE001 - Ray's errors of a connection have no class in common
        send("refused", reason="no-gcs", detail=describe(error))
        return False


def look_at_nodes(send: Send, nodes: list[Any]) -> bool:
    """Tell which nodes are dead; return whether one that lives is this machine."""
    for node in nodes:
        if node.state:
            send("dead", **about_dead(node))
    alive = [node for node in nodes if not node.state]
    if alive and not any(is_socket(node.raylet_socket_name) for node in alive):
        hosts = sorted(f"{node.node_manager_hostname} ({node.node_manager_address})" for node in alive)
        send("refused", reason="not-a-node", detail=", ".join(hosts[:8]) + (", ..." if len(hosts) > 8 else ""))
        return False
    return True


def about_dead(node: Any) -> dict[str, object]:
    """A node that the GCS remembers as dead; `ended_at` is in seconds since 1970."""
    return {
        "key": node.node_id.hex(),
        "host": node.node_manager_hostname,
        "address": node.node_manager_address,
        "detail": plain(node.death_info.reason_message),
        "expected": node.death_info.reason == EXPECTED_TERMINATION,
        "ended_at": node.end_time_ms / 1000,
    }


def about_node(node: dict[str, Any]) -> dict[str, object]:
    """A node of which Ray says that it lives, with what it offers."""
    resources = node["Resources"]
    return {
        "key": node["NodeID"],
        "host": node["NodeManagerHostname"],
        "address": node["NodeManagerAddress"],
        "head": "node:__internal_head__" in resources,
        "cpus": resources.get("CPU", 0.0),
        "gpus": resources.get("GPU", 0.0),
    }


def is_socket(path: str) -> bool:
    """Whether the socket of a raylet is on this machine."""
    try:
        return stat.S_ISSOCK(Path(path).stat().st_mode)
    except OSError:
        return False


def answers(address: str, port: int) -> bool:
    """Whether the raylet of a node takes a connection."""
    try:
        socket.create_connection((address, port), timeout=1.0).close()
    except OSError:
        return False
    return True


class Roster(threading.Thread):
    """Asks the GCS again and again which nodes are dead. It blocks while the GCS is silent, so it is a thread."""

    def __init__(self, nodes: Callable[[], list[dict[str, Any]]]) -> None:
        super().__init__(daemon=True)
        self.nodes = nodes
        self.heard_at = time.monotonic()
        self.dead: dict[str, str] = {}

    def run(self) -> None:
        """Keep the table of the dead, NodeID to reason, up to date until the process ends."""
        while True:
            for node in self.nodes():
                if not node["Alive"]:
                    self.dead[node["NodeID"]] = plain(node.get("DeathReasonMessage") or "")
            self.heard_at = time.monotonic()
            time.sleep(ROSTER_EVERY)

    @property
    def silent(self) -> bool:
        """Whether the GCS has not answered for a while."""
        return time.monotonic() - self.heard_at > GCS_SILENT_AFTER


def describe(error: BaseException) -> str:
    """An error of Ray as plain text."""
    return plain(str(error)) or type(error).__name__


def plain(text: str) -> str:
    """Text without the colours that Ray puts into its messages."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text).strip()

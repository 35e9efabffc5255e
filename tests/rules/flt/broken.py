"""A fleet that has every fault that a rule of fleets tells of."""

from __future__ import annotations

import dataclasses
from typing import Any

from doctor.core.fleet.members import Arrival, NodeState, Reference
from doctor.core.fleet.node import COMMUNICATION_LIBRARY, FOLDER_DIGESTS, HOST, FolderContent, FolderDigest
from doctor.core.interpreter import INTERPRETER, PLATFORM
from doctor.core.machine.gpu import DRIVER, GPUS
from doctor.core.machine.system import LIMITS, VARIABLES, Limits
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import TORCH_BUILD
from doctor.intake.serve import parse_command
from tests.facts import absent, distribution, driver, gpu, host, interpreter, known, nccl, platform, torch_build
from tests.fleets import Facts, arrive, expect, silent


def folder(digest: str = "a", role: str = "model", path: str = "/models/m") -> FolderDigest:
    return FolderDigest(role=role, path=path, content=known(FolderContent(sha256=digest * 64, files=())))


DRIFTED: Facts = {
    INTERPRETER: interpreter("3.11.2"),
    PLATFORM: platform(distribution="Ubuntu 22.04"),
    DISTRIBUTIONS: (distribution("vllm", "0.5.4"), distribution("numpy", "2.0.0")),
    TORCH_BUILD: torch_build(cuda="11.8"),
    COMMUNICATION_LIBRARY: nccl(sha256="b" * 64),
    DRIVER: driver("535.104.05"),
    GPUS: (gpu(name="NVIDIA A100-SXM4-80GB"),),
    FOLDER_DIGESTS: (folder("b"),),
    VARIABLES: {"NCCL_DEBUG": "WARN", "NCCL_SOCKET_IFNAME": "ib0", "VLLM_HOST_IP": "10.0.0.2"},
    LIMITS: Limits(open_files=1024, open_files_hard=1024, locked_memory=64),
}


def fleet_with_every_fault() -> tuple[list[Arrival], dict[str, Any]]:
    """The arrivals, and the terms that make every rule apply."""
    sound = {FOLDER_DIGESTS: (folder(),), VARIABLES: {"NCCL_DEBUG": "INFO"}}
    unresolved = host("node4", "10.0.0.5", resolves_to=absent("the name does not resolve"))
    twice = arrive("again", 1, facts={**sound, HOST: host("node1", "10.0.0.2")})
    arrivals = [
        arrive("node1", 1, facts=sound),
        arrive("node2", 2, facts=sound),
        arrive("node3", 3, facts=DRIFTED),
        arrive("stranger", 9, facts=sound),
        arrive("node4", 4, facts={**sound, HOST: unresolved}),
        dataclasses.replace(twice, content=twice.content.replace(b"2026-01-01", b"2025-12-24")),
        silent("node5", NodeState.LOST, "its heartbeat stopped"),
        Arrival(node="node6", content=b'{"schema_version": 1,'),
    ]
    terms = {
        "expectation": expect("node1", "node2", "node3", "node4", "node5", "node6", "node7"),
        "reference": Reference(name="pylock.toml", pins={"vllm": "0.5.5"}),
        "serve": parse_command("vllm serve /models/m --tensor-parallel-size 16"),
    }
    return arrivals, terms

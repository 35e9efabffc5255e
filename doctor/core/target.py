"""What is examined, as probes are given it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import Any

from doctor.core.artifact.folder import Artifacts
from doctor.core.fact import Fact
from doctor.core.frozen import frozen
from doctor.core.interpreter import Interpreter
from doctor.core.snapshot import Key

Facts = Iterable[tuple[Key[Any], Fact[Any]]]


@frozen
class Target:
    """A live interpreter on this machine.

    `environ` are the variables that the target would be started with; `deep` asks for hashes
    where sizes are compared otherwise. `artifacts` are the model folders that it is to serve.
    `earlier` are the facts, by name, that other probes of the same group have found before.
    """

    interpreter: Interpreter
    environ: Mapping[str, str] = field(default_factory=dict)
    deep: bool = False
    artifacts: Artifacts = field(default_factory=Artifacts)
    earlier: Mapping[str, Fact[Any]] = field(default_factory=dict)


@frozen
class Probe:
    """A function that finds the facts of `keys`, and the seconds that it may take.

    Probes of one `group` are run in one process, one after the other: to start one takes as long as most of them.
    A probe without group has a process of its own.
    """

    name: str
    keys: tuple[Key[Any], ...]
    find: Callable[[Target], Facts]
    deadline: float = 20.0
    group: str = ""

"""Breakages: what goes wrong with which versions on which machine, and the words that it fails with."""

from __future__ import annotations

from dataclasses import field

from doctor.core.basis import Basis
from doctor.core.frozen import frozen
from doctor.core.report import Cause, Severity

ABSENT = "absent"
"""In place of versions or a value: the package is not installed, the variable not set."""


@frozen
class Circumstance:
    """What is so when a breakage happens, all of it at once; what is left empty may be anything.

    `packages` maps distribution names to specifiers: ``""`` is any version, ``absent`` none,
    ``>=2.4 +cpu`` those with that label, and ``!={other}`` compares with the version of another
    distribution; ``vllm`` stands for each of its builds, of which those for CPUs are labelled
    ``+cpu``. `python`, `glibc`, `driver`, `driver_cuda` (the CUDA version that the driver
    supports), `torch_cuda` (the one that torch is built for) and `capability` (of one visible
    GPU at least) are specifiers, `gpus` is one for the number of visible GPUs. `machines` are
    processors (``aarch64``). `variables` maps names of environment variables to regular
    expressions for the whole value, ``""`` being any, or to ``absent``.
    """

    packages: dict[str, str] = field(default_factory=dict)
    python: str = ""
    glibc: str = ""
    machines: tuple[str, ...] = ()
    wsl: bool | None = None
    driver: str = ""
    driver_cuda: str = ""
    torch_cuda: str = ""
    capability: str = ""
    gpus: str = ""
    variables: dict[str, str] = field(default_factory=dict)


@frozen
class Breakage:
    """One way in which the stack is known to fail.

    `when` holds the circumstances in which it can happen, one of which suffices; without any it
    can happen everywhere. With `predictable` they also bring it about, so that PIN009 reports it
    before anything is run; that takes packages, Python, glibc, GPUs and variables, for drivers, torch
    builds and other platforms have rules of their own.

    `pairs` names pairs of the matrix and `rules` codes of rules that judge the same in an
    environment: what they know is not written here again. `signs` are codes of rules whose problems
    confirm it, too, but whose silence says nothing: memory that was taken may be free again, a
    variable may be set where the server runs only, the text may be from another model.

    `symptoms` are regular expressions for the text it fails with, read as described in
    `doctor.engine.symptom`: case matters, and any run of blanks and line breaks is one space.
    With `general` other breakages, too, fail with that text: one that says more goes first.

    `fix` is a sentence; `install` and `uninstall` are requirements and names, `commands` argument
    vectors. `since` and `until` are days (``2025-09-25``) where the index or a service decides,
    not a version. `supply_chain` says that the package is not from those whose name it bears.
    """

    name: str
    cause: Cause
    reason: str
    fix: str
    basis: Basis
    sources: tuple[str, ...]
    severity: str = Severity.ERROR.label
    when: tuple[Circumstance, ...] = ()
    predictable: bool = False
    pairs: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    symptoms: tuple[str, ...] = ()
    general: bool = False
    install: tuple[str, ...] = ()
    uninstall: tuple[str, ...] = ()
    commands: tuple[tuple[str, ...], ...] = ()
    since: str = ""
    until: str = ""
    supply_chain: bool = False

    @property
    def gravity(self) -> Severity:
        """The severity as reports have it."""
        return Severity[self.severity.upper()]

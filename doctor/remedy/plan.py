"""The plan of a mend: a value that says what moves, what must hold, and what is left to a person."""

from __future__ import annotations

from dataclasses import field

from doctor.core.frozen import frozen
from doctor.core.matrix import KnownGoodSet


@frozen
class Move:
    """One distribution that changes: removed without `after`, added without `before`.

    The two are the same where the files are installed again. `codes` are the rules whose
    problems it mends, none where it only follows from other moves; `why` says it in words.
    """

    name: str
    before: str
    after: str
    why: str
    codes: tuple[str, ...] = ()


@frozen
class Step:
    """What only a person can do about a problem; `commands` are shown, never executed."""

    code: str
    subject: str
    severity: str
    text: str
    commands: tuple[tuple[str, ...], ...] = ()


@frozen
class Wishes:
    """What the user asks of a plan: a set by name, a version of vLLM, distributions that stay as they are."""

    set_name: str = ""
    vllm: str = ""
    keep: tuple[str, ...] = ()

    @property
    def any(self) -> bool:
        """Whether anything is asked."""
        return bool(self.set_name or self.vllm or self.keep)


@frozen
class Plan:
    """What mends an environment.

    `pins` maps names to requirements that must hold afterwards, and `removals`, `reinstalls`
    and `moving` (any other version that fits) name distributions; `codes` maps a name to the
    rules that ask for it. `leftovers` are paths to delete, `dropped` are declared requirements
    that stay unmet on purpose; `steps` are for a person, and `unknown` could not be judged. `anew`
    says that the `chosen` set comes in with all versions that it was proven with.
    """

    chosen: KnownGoodSet | None = None
    anew: bool = False
    why: str = ""
    pins: dict[str, str] = field(default_factory=dict)
    removals: tuple[str, ...] = ()
    reinstalls: tuple[str, ...] = ()
    moving: tuple[str, ...] = ()
    codes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    leftovers: tuple[tuple[str, str], ...] = ()
    dropped: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing that a program could do."""
        return not (self.pins or self.removals or self.reinstalls or self.moving or self.leftovers)

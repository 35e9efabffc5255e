"""What the rules of this topic advise."""

from __future__ import annotations

from doctor.core.artifact.model import ModelFolder
from doctor.core.fact import Source, SourceKind
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity


def tell(
    folder: ModelFolder,
    name: str,
    message: str,
    *remedies: Remedy,
    severity: Severity | None = None,
    cause: Cause | None = None,
) -> Problem:
    """A problem of one file of a model folder."""
    return Problem(
        subject=name,
        message=message,
        location=Source(kind=SourceKind.CONFIG, where=f"{folder.path}/{name}"),
        remedies=remedies,
        severity=severity,
        cause=cause,
    )


def by_hand(text: str) -> Remedy:
    """What only a person can do."""
    return Remedy(text=text, safety=Safety.MANUAL)


def from_base(folder: ModelFolder, text: str) -> Remedy:
    """What a person does, or `doctor fix` where the base's config proves to fit the tensors and what is stated."""
    return by_hand(f"{text}; `doctor fix --model {folder.path} --base BASE` does it where the tensors prove it right")


def mend(folder: ModelFolder, text: str) -> Remedy:
    """What `doctor fix` does where the weights prove that it is right, and a person otherwise."""
    return Remedy(text=text, commands=(("doctor", "fix", "--model", folder.path, "--apply"),))


def copy(base: ModelFolder | None, folder: ModelFolder, *names: str, otherwise: str) -> Remedy:
    """Copy files from the base model's folder where that has them, or what to do otherwise."""
    there = [name for name in names if base is not None and base.has(name)]
    if base is None or not there:
        return by_hand(otherwise)
    # What lies there already is kept beside it.
    keep = ("cp", "--backup=simple", "--suffix=.doctor-bak")
    commands = tuple((*keep, f"{base.path}/{name}", f"{folder.path}/{name}") for name in there)
    return Remedy(text=f"Copy {' and '.join(there)} from the base model", commands=commands)


def set_aside(folder: ModelFolder, *names: str, text: str) -> Remedy:
    """Move files out of the way, beside where they lie."""
    commands = tuple(("mv", "-n", f"{folder.path}/{name}", f"{folder.path}/{name}.unused") for name in names)
    return Remedy(text=text, commands=commands)

"""Reading the Dockerfile of a test."""

from __future__ import annotations

from pathlib import Path

from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.reading import READING
from doctor.core.snapshot import Snapshot
from doctor.intake.dockerfile import read_dockerfile
from doctor.intake.target import target_of


class Build:
    """A build context in which a Dockerfile is read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, text: str, *, arguments: tuple[str, ...] = (), **files: str) -> Snapshot:
        for name, content in files.items():
            (self.folder / f"{name}.txt").write_text(content)
        path = self.folder / "Dockerfile"
        path.write_text(text)
        return read_dockerfile(path, target_of(arguments=arguments))


def pins(snapshot: Snapshot) -> dict[str, str]:
    return {item.name: item.version for item in snapshot.get(DISTRIBUTIONS).value}


def unread(snapshot: Snapshot) -> str:
    return " | ".join(snapshot.get(READING).value.unread)

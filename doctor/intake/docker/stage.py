"""The state of one stage of a build: its environments, and what instructions do to it."""

from __future__ import annotations

import copy
import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from doctor.core.errors import TargetError
from doctor.intake.docker.context import Context
from doctor.intake.docker.images import SYSTEMS, TaggedImage
from doctor.intake.docker.installs import Install, Made
from doctor.intake.docker.projects import Sync, list_project
from doctor.intake.docker.shell import expand
from doctor.intake.pins import Listing
from doctor.intake.requirements import LABELLED, Statement, list_requirements, take_requirement
from doctor.intake.stated import StatedPackage
from doctor.intake.stated_platform import Said
from doctor.intake.target import StatedTarget

_SHARED = ("/usr", "/usr/local")
"""What is installed there is the image's own."""

_SITES = ("site-packages", "dist-packages", "/usr/local", "/usr")


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of an instruction: all of the file, and the first and the last of its own, 1-based."""

    text: list[str]
    first: int
    last: int

    def of(self, word: str) -> int:
        """The line that a word stands in; the first where it is written otherwise than it reads."""
        numbers = range(self.first, min(self.last, len(self.text)) + 1)
        # torch==2.4.0 may be written torch==${TORCH}.
        wanted = (word, f"{word.partition('==')[0]}==")
        return next((number for text in wanted for number in numbers if text in self.text[number - 1]), self.first)


@dataclass(slots=True)
class Environment:
    """What is installed in one place; `unread` has the entry and a sentence for what states no version.

    `untold` says that a project was installed of whose lock nothing could be taken.
    """

    packages: dict[str, StatedPackage] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)
    python: Said | None = None
    untold: bool = False

    def satisfies(self, entry: str) -> bool:
        """Whether what is there is what a requirement asks for, so that an installer leaves it."""
        try:
            requirement = Requirement(entry)
            there = self.packages.get(str(canonicalize_name(requirement.name)))
            return there is not None and requirement.specifier.contains(Version(there.version), prereleases=True)
        except (InvalidRequirement, InvalidVersion):
            return False


def entry_name(entry: str) -> str:
    """The name that an entry asks for, "" where it is none of a distribution."""
    try:
        return str(canonicalize_name(Requirement(entry).name))
    except InvalidRequirement:
        return ""


@dataclass(slots=True)
class Stage:
    """A stage while its instructions are followed.

    `environments` stand under their folders, that of the image's own Python under ""; `variables`
    are those of ENV, `arguments` those of ARG; `entry` and `command` are the words that start it,
    with their line; `machine` the platform that FROM names.
    """

    image: TaggedImage
    line: int
    context: Context
    file: str
    target: StatedTarget
    variables: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    environments: dict[str, Environment] = field(default_factory=lambda: {"": Environment()})
    machine: str = ""
    entry: tuple[tuple[str, ...], int] = ((), 0)
    command: tuple[tuple[str, ...], int] = ((), 0)

    @classmethod
    def of(cls, image: TaggedImage, line: int, context: Context, file: str, target: StatedTarget) -> Stage:
        """A stage that begins with a base image."""
        stage = cls(image, line, context, file, target)
        own = stage.environments[""]
        own.python = Said(image.python, line) if image.python else None
        for name, version in image.packages:
            own.packages[name] = StatedPackage(name=name, version=version, line=line, file=file)
        stage.entry = (image.starts, line)
        if not image.known:
            own.unread[image.name] = f"what is installed in the base image {image.name} is not stated"
        return stage

    def continued(self) -> Stage:
        """A stage that begins with what this one ends with."""
        return replace(
            self,
            context=self.context.copied(),
            variables=dict(self.variables),
            arguments={},
            environments=copy.deepcopy(self.environments),
        )

    @property
    def values(self) -> dict[str, str]:
        """What variables stand for: ENV wins over ARG."""
        return {**self.arguments, **self.variables}

    def make(self, made: Made, line: int) -> None:
        """Take a virtual environment, or a Python for all."""
        place = self._place(made.place) if made.place else ""
        own = SYSTEMS.get(self.image.system, ("", "", ""))[2]
        python = own if made.python == "3" else made.python
        if made.unclear and python != own:
            return  # python3-pip belongs to the system's Python, and which one is called is not told
        environment = self.environments.setdefault(place, Environment())
        if made.python == "3" and environment.python is not None:
            return  # what the system brings besides the interpreter of the image is not the one in use
        if python:
            environment.python = Said(python, line)
        elif environment.python is None:
            environment.python = self.environments[""].python

    def active(self, activated: str = "") -> str:
        """The folder of the environment that a plain pip or uv works on, "" for the image's own."""
        if activated:
            return self._place(activated)
        named = self.values.get("VIRTUAL_ENV", "")
        if named:
            return self._place(expand(named, self.values))
        first = expand(self.values.get("PATH", ""), self.values).split(":")[0]
        place = first.removesuffix("/bin")
        return place if place in self.environments and first.endswith("/bin") else ""

    def install(self, install: Install, lines: Lines, activated: str = "", *, conditional: bool = False) -> None:
        """Take what a command installs; `lines` are those of its instruction.

        Of one that is run under a condition only nothing is known but that it may be.

        Raises:
            TargetError: a requirement or a file is none.
        """
        environment = self._environment(self._place(install.place) if install.place else self.active(activated))
        if install.python:
            environment.python = Said(install.python, lines.first)
        if conditional:
            for text in (*install.requirements, *install.files):
                environment.packages.pop(entry_name(text), None)
                environment.unread[text] = (
                    f"whether {text} is installed in line {lines.of(text)} depends on a condition"
                )
            return
        if install.removes:
            for name in install.requirements:
                environment.packages.pop(name, None)
            return
        listing = Listing(target=self._target(environment))
        self._list(install, listing, lines)
        self._merge(environment, listing, install)

    def sync(self, sync: Sync, lines: Lines, variables: Mapping[str, str], *, conditional: bool = False) -> None:
        """Take what a command installs from a project's lock; what of it is not told is named."""
        folder = self._place(sync.project) if sync.project else self.workdir
        place = sync.place(variables, folder)
        environment = self._environment(self.active() if place is None else self._place(place))
        if sync.python:
            environment.python = Said(sync.python, lines.first)
        if sync.exact:
            environment.packages.clear()
            environment.unread.clear()
        path = self.context.find(sync.lock, folder)
        listing = Listing(target=self._target(environment))
        try:
            if conditional:
                raise TargetError("it depends on a condition")
            if sync.unclear:
                raise TargetError(f"{sync.unclear} is not followed")
            if path is None:
                raise TargetError(f"{sync.lock} is not in the build context")
            list_project(sync, path, self.context.find("pyproject.toml", folder), listing)
        except TargetError as error:
            said = f"what `{sync.what}` installs in line {lines.of(sync.what)} is not stated: {error.message}"
            environment.unread[sync.what], environment.untold = said, True
            return
        environment.untold = False
        self._merge(environment, listing, Install())

    def _environment(self, place: str) -> Environment:
        """The environment in a folder, with the Python of the image where it has none of its own."""
        environment = self.environments.setdefault(place, Environment())
        if environment.python is None:
            environment.python = self.environments[""].python
        return environment

    def _target(self, environment: Environment) -> StatedTarget:
        known = self.target.python or environment.python
        return replace(self.target, python=known)

    def _list(self, install: Install, listing: Listing, lines: Lines) -> None:
        for constraint, names in ((True, install.constraints), (False, install.files)):
            for name in names:
                path = self.context.find(name, self.workdir)
                if path is None:
                    listing.leave(
                        name, f"{name}, which line {lines.of(name)} installs from, is not in the build context"
                    )
                else:
                    list_requirements(path, listing, constraint=constraint, label=install.label)
        for text in install.requirements:
            if "$" in text or "*" in text or (install.open_index and entry_name(text) in LABELLED):
                listing.leave(
                    text, f"{text} in line {lines.of(text)} depends on what is only known when the image is built"
                )
                continue
            statement = Statement(text=text, line=lines.of(text), path=Path(self.file))
            take_requirement(statement, listing, label=install.label)

    def _merge(self, environment: Environment, listing: Listing, install: Install) -> None:
        """Later commands replace what earlier ones have installed; what is there already satisfies a bare name."""
        found = {package.name: package for package in listing.settled()}
        self._let_torch_move(environment, found, install)
        environment.packages.update(found)
        for why, entry in listing.unread.items():
            if not environment.satisfies(entry):
                # What it asks for replaces what is there, by a version that nobody states.
                environment.packages.pop(entry_name(entry), None)
                environment.unread[entry] = why

    def _let_torch_move(self, environment: Environment, found: dict[str, StatedPackage], install: Install) -> None:
        """The torch of a base image gives way to the one that something pins that is installed on top."""
        torch = environment.packages.get("torch")
        own = dict(self.image.packages).get("torch")
        if torch is None or torch.version != own or install.alone or "torch" in found or not (found or install.files):
            return
        del environment.packages["torch"]
        environment.unread["torch"] = (
            f"the torch {own} of {self.image.name} may be replaced by what is installed on top of it"
        )

    def receive(self, other: Stage, sources: list[str], target: str) -> None:
        """Take the environments that ``COPY --from`` brings along."""
        for source in sources:
            for place, environment in other.environments.items():
                moved = _moved(place, source, posixpath.join(self.workdir, target))
                if moved is not None and (environment.packages or environment.unread):
                    own = self.environments.setdefault(moved, Environment())
                    own.packages.update(environment.packages)
                    own.unread.update(environment.unread)
                    own.untold = own.untold or environment.untold
                    own.python = environment.python or own.python

    def _place(self, folder: str) -> str:
        if folder in _SHARED:
            return ""
        return posixpath.normpath(posixpath.join(self.workdir, expand(folder, self.values)))


def _moved(place: str, source: str, target: str) -> str | None:
    """Where an environment is after a copy, None where the copy does not hold it."""
    source = source.rstrip("/") or "/"
    if not place:
        holds = source == "/" or source.endswith(_SITES) or any(f"{site}/" in f"{source}/" for site in _SITES[:2])
        return "" if holds else None
    if place == source or source == "/" or place.startswith(f"{source}/"):
        return posixpath.normpath(target + place[len(source) :]) if source != "/" else place
    return place if source.startswith(f"{place}/") else None

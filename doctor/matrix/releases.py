"""The releases that ship with doctor: files that a script derived, read when something of them is asked for.

A value stands with the release that it holds from, until the next one: ``{"0.4.0": 16, "0.8.5": 32}``. What
is only there or not is a list of the releases at which it comes, goes, comes again. Which releases
there are says the file of the package.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

import msgspec

from doctor.core.errors import MatrixError
from doctor.core.packages.flash_wheel import FlashFit, FlashWheel
from doctor.core.packages.release import (
    ConfigAttribute,
    LoraSupport,
    NameHistory,
    Reading,
    Release,
    ServedArchitecture,
    TransformersRelease,
    VllmRelease,
)
from doctor.matrix.derived_files import (
    ArchitecturesFile,
    FlashWheelsFile,
    OptionsFile,
    PackageFile,
    TransformersFile,
)
from doctor.matrix.names import SAMPLING, Histories, option_in
from doctor.matrix.position import Position
from doctor.matrix.shipped import shipped_file, shipped_packages

SCHEMA = 1
ARCHITECTURES = "vllm/architectures.json"
OPTIONS = "vllm/options.json"
LORA = "lora.toml"
TRANSFORMERS = "transformers/models.json"
FLASH_ATTENTION = "flash-attention.json"

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

Read = Callable[[str], bytes | None]
T = TypeVar("T")


class ShippedReleases:
    """The releases of the files in ``matrices/``; `read` returns a file by its name there.

    `packages` returns the names of the packages that there are files of.
    """

    def __init__(self, read: Read = shipped_file, packages: Callable[[], tuple[str, ...]] = shipped_packages) -> None:
        self._read = read
        self._packages = packages
        self._package = cache(self._decode_package)
        self._vllm = cache(self._describe_vllm)
        self._transformers = cache(self._describe_transformers)
        self._wheels = cache(self._read_wheels)
        self._histories = Histories(self._decode_if_there)
        self._options = cache(lambda: self._decode(OPTIONS, OptionsFile))
        self._architectures = cache(lambda: self._decode(ARCHITECTURES, ArchitecturesFile))
        self._lora_tables = cache(self._read_lora)

    def packages(self) -> tuple[str, ...]:
        """The packages whose releases are known, sorted."""
        return self._packages()

    def versions(self, package: str) -> tuple[str, ...]:
        """The releases of a package that are known, oldest first."""
        found = self._package(package)
        return tuple(found.releases) if found else ()

    def package(self, name: str) -> str:
        """The package that the file of this name speaks of, "" where there is none."""
        found = self._package(name)
        return found.package if found else ""

    def release(self, package: str, version: str) -> Release | None:
        """What the package index states of one release.

        Raises:
            MatrixError: the file of the package cannot be read.
        """
        found = self._package(package)
        version = public(version)
        stated = found.releases.get(version) if found else None
        if stated is None:
            return None
        return Release(
            package=package,
            version=version,
            uploaded=stated.uploaded,
            requires_python=stated.python,
            requires=stated.requires,
            wheels=stated.wheels,
            yanked=stated.yanked,
        )

    def vllm_release(self, version: str) -> VllmRelease | None:
        """What is known of one release of vLLM.

        Raises:
            MatrixError: a file of vLLM's releases cannot be read.
        """
        return self._vllm(public(version))

    def readers_of(self, variable: str) -> tuple[str, ...]:
        """The releases of vLLM that read an environment variable, oldest first.

        Raises:
            MatrixError: a file of vLLM's releases cannot be read.
        """
        versions = self.versions("vllm")
        changes = self._options().variables.get(variable, []) if versions else []
        order = {known: number for number, known in enumerate(versions)}
        return tuple(version for version in versions if Position(order, version).is_on(changes)) if changes else ()

    def transformers_release(self, version: str) -> TransformersRelease | None:
        """What is known of one release of transformers; raises MatrixError where a file cannot be read."""
        return self._transformers(public(version))

    def flash_wheels(self, fit: FlashFit) -> tuple[FlashWheel, ...]:
        """The prebuilt wheels of flash-attn that fit, the newest release first.

        Raises:
            MatrixError: the file of the wheels cannot be read.
        """
        return tuple(wheel for wheel in self._wheels() if fit.takes(wheel))

    def flash_releases(self) -> frozenset[str]:
        """The releases of flash-attn whose prebuilt wheels are known.

        Raises:
            MatrixError: the file of the wheels cannot be read.
        """
        return frozenset(wheel.version for wheel in self._wheels())

    def name_history(self, module: str, name: str) -> NameHistory | None:
        """When a name of a module, or with "" the module itself, came and went; None where nothing is told of it.

        Raises:
            MatrixError: the file of the package cannot be read.
        """
        return self._histories.of_name(module, name)

    def call_histories(self, owner: str, name: str) -> tuple[NameHistory, ...]:
        """When an argument of a callable, or a member of a class, came and went, in each package that has it.

        Raises:
            MatrixError: the file of a package cannot be read.
        """
        return self._histories.of_call(owner, name)

    def config_attribute(self, owner: str, name: str) -> ConfigAttribute | None:
        """What is told of an attribute of a configuration class; None where transformers has no such class.

        Raises:
            MatrixError: the file of the configurations cannot be read.
        """
        return self._histories.of_config(owner, name)

    def first_serving(self, model: str) -> str:
        """The first release of vLLM with a class for a model (``Gemma3``), "" where it is the oldest, or none.

        Raises:
            MatrixError: a file of vLLM's releases cannot be read.
        """
        versions = self.versions("vllm")
        tables = self._architectures().architectures.items() if versions else ()
        classes = (f"{model}For", f"{model}LMHead")
        since = {next(iter(table)) for name, table in tables if name.startswith(classes)}
        first = next((version for version in versions if version in since), "")
        return first if first not in versions[:1] else ""

    def option_history(self, option: str) -> NameHistory | None:
        """When an option of ``vllm serve`` (``--swap-space``), or a field of EngineArgs, came and went.

        So did ``SamplingParams.best_of``. None where no release has it.

        Raises:
            MatrixError: the file of vLLM's options cannot be read.
        """
        versions = self.versions("vllm")
        if not versions:
            return None
        options = self._options()
        if option.startswith(SAMPLING):
            return option_in(options.sampling, option.removeprefix(SAMPLING), versions[0], "SamplingParams")
        table, module = (options.flags, "vllm serve") if option.startswith("--") else (options.arguments, "EngineArgs")
        return option_in(table, option, versions[0], module)

    def _read_wheels(self) -> tuple[FlashWheel, ...]:
        # A tag whose release never came to the index is one whose workflow failed.
        released = frozenset(self.versions("flash-attn"))
        releases = self._decode(FLASH_ATTENTION, FlashWheelsFile).wheels
        return tuple(
            FlashWheel(version=version, cuda=cuda, torch=torch, cxx11_abi=abi, python=python, machine=machine)
            for version, rows in reversed(releases.items())
            if version in released
            for cuda, torch, abis, pythons, machine in rows
            for abi in abis
            for python in pythons
        )

    def _describe_vllm(self, version: str) -> VllmRelease | None:
        at = self._position("vllm", version)
        return self._describe(version, at) if at else None

    def _describe_transformers(self, version: str) -> TransformersRelease | None:
        at = self._position("transformers", version)
        if at is None:
            return None
        found = self._decode(TRANSFORMERS, TransformersFile)
        return TransformersRelease(
            version=version,
            model_types=at.names(found.model_types),
            architectures=at.names(found.architectures),
            tokenizers=at.names(found.tokenizers),
        )

    def _position(self, package: str, version: str) -> Position | None:
        order = {known: number for number, known in enumerate(self.versions(package))}
        return Position(order, version) if version in order else None

    def _describe(self, version: str, at: Position) -> VllmRelease:
        architectures, options = self._architectures(), self._options()
        return VllmRelease(
            version=version,
            lora=self._lora(at),
            architectures={
                name: ServedArchitecture(
                    lora=served.lora, modules=served.modules, embeddings=served.embeddings, packed=served.packed
                )
                for name, table in architectures.architectures.items()
                if (served := at.value(table)) is not None
            },
            serves_unknown=at.is_on(architectures.serves_unknown),
            removed=at.values(architectures.removed),
            arguments=at.names(options.arguments),
            flags=at.names(options.flags),
            variables=at.names(options.variables),
            readings={
                name: Reading(kind=stated.kind, words=stated.words)
                for name, stated in at.values(options.readings).items()
            },
            quantization=at.values(options.quantization),
        )

    def _lora(self, at: Position) -> LoraSupport:
        values = {name: at.value(table) for name, table in self._lora_tables().items()}
        try:
            return msgspec.convert(values, LoraSupport)
        except ValueError as error:
            raise _unreadable(LORA, error) from error

    def _read_lora(self) -> dict[str, dict[str, Any]]:
        # Late: few checks ask for it, and the import of a reader of TOML compiles large patterns.
        from doctor.matrix.document import parse_tables

        try:
            tables = parse_tables(self._content(LORA).decode())
        except ValueError as error:
            raise _unreadable(LORA, error) from error
        return {name: table for name, table in tables.items() if isinstance(table, dict)}

    def _decode_package(self, package: str) -> PackageFile | None:
        # A snapshot may hold any name, and the name becomes one of a file.
        return self._decode_if_there(f"releases/{package}.json", PackageFile) if _NAME.fullmatch(package) else None

    def _decode_if_there(self, name: str, kind: type[T]) -> T | None:
        return self._decode(name, kind) if self._read(name) is not None else None

    def _decode(self, name: str, kind: type[T]) -> T:
        try:
            found = msgspec.json.decode(self._content(name), type=kind)
        except msgspec.DecodeError as error:
            raise _unreadable(name, error) from error
        return found

    def _content(self, name: str) -> bytes:
        content = self._read(name)
        if content is None:
            raise MatrixError(f"{name}, which ships with doctor, is missing", hint="install doctor again")
        return content


def public(version: str) -> str:
    """A version without its local part: ``0.8.5.post1+cu118`` is a build of the release 0.8.5.post1."""
    return version.partition("+")[0]


def _unreadable(name: str, error: Exception) -> MatrixError:
    return MatrixError(f"{name}, which ships with doctor, cannot be read: {error}")

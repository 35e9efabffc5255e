"""What every release of vLLM accepts, read from its sources, as the files of the matrix."""

from __future__ import annotations

import ast
import dataclasses
import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from packaging.version import Version

from scripts.derivation import architectures, lora, options, quantization, readings, sampling, sources
from scripts.derivation.files import json_file, since_file
from scripts.derivation.index import Index, IndexFile, tell
from scripts.derivation.since import changes_of, table_of, tables_of
from scripts.derivation.sources import Sources

FIRST = Version("0.4.0")
READERS: dict[ModuleType, dict[str, Callable[[Sources], Any]]] = {
    lora: {"lora": lora.read_lora},
    architectures: {
        "architectures": architectures.read_architectures,
        "removed": architectures.read_removed,
        "serves_unknown": architectures.serves_unknown,
    },
    options: {
        "arguments": options.read_arguments,
        "flags": options.read_flags,
        "variables": options.read_variables,
    },
    quantization: {"quantization": quantization.read_quantization},
    readings: {"readings": readings.read_readings},
    sampling: {"sampling": sampling.read_sampling},
}
"""What is read of each release, by the module that reads it."""

Read = list[tuple[str, dict[str, Any]]]
"""Each release, oldest first, with what was read of it."""


def read_releases(index: Index, files: Sequence[IndexFile], kept: Path) -> Read:
    """Read the sources of every release, each once as long as the readers do not change."""
    return [(str(file.version), _read(index, file, kept)) for file in source_files(files)]


def write_releases(read: Read) -> dict[str, str]:
    """The files of the matrix, by name."""
    return {
        "lora.toml": _lora(read),
        "vllm/architectures.json": _architectures(read),
        "vllm/options.json": _options(read),
    }


def source_files(files: Sequence[IndexFile]) -> list[IndexFile]:
    """The sdist of each release, or one of its wheels for Linux where it has none."""
    best: dict[Version, IndexFile] = {}
    for file in files:
        usable = not file.is_wheel or "linux" in file.tags
        if file.version >= FIRST and not file.version.is_prerelease and usable:
            other = best.get(file.version)
            if other is None or (other.is_wheel and not file.is_wheel):
                best[file.version] = file
    return [best[version] for version in sorted(best)]


def _read(index: Index, file: IndexFile, kept: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for module, readers in READERS.items():
        path = kept / f"{_digest(file, sources, module)}.json"
        if not path.exists():
            tell(f"reading {file.filename}: {', '.join(readers)}")
            with index.members(file, is_source) as archive:
                release = Sources(str(file.version), archive)
                content = json.dumps({name: read(release) for name, read in readers.items()}, default=_plain)
            kept.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        found |= json.loads(path.read_text())
    return found


def _digest(file: IndexFile, *modules: ModuleType) -> str:
    """What the answer depends on: the release, and the code that reads it."""
    digest = hashlib.sha256(file.sha256.encode())
    for module in modules:
        # As a tree, so that a comment or a line break more does not make all releases be read again.
        digest.update(ast.dump(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))).encode())
    return digest.hexdigest()


def _plain(value: Any) -> Any:
    """A dataclass without what is empty in it."""
    return {key: item for key, item in dataclasses.asdict(value).items() if item}


def is_source(name: str) -> bool:
    """Whether a file of a release is read."""
    return name.endswith(".py") and name.startswith("vllm/") and not name.startswith("vllm/third_party/")


def _lora(read: Read) -> str:
    tables = {}
    for detector in lora.DETECTORS:
        name = detector.__name__
        meaning = " ".join((detector.__doc__ or "").split()).rstrip(".")
        tables[name] = (meaning, table_of([(version, found["lora"][name]) for version, found in read]))
    return since_file("What each release of vLLM accepts of LoRA.", "from the sources of the releases", tables)


def _architectures(read: Read) -> str:
    known = [(version, ["yes"] if found["serves_unknown"] else []) for version, found in read]
    return json_file(
        {
            "serves_unknown": changes_of(known).get("yes", []),
            "architectures": tables_of([(version, found["architectures"]) for version, found in read]),
            "removed": tables_of([(version, found["removed"]) for version, found in read]),
        }
    )


def _options(read: Read) -> str:
    return json_file(
        {
            **{
                name: changes_of([(version, found[name]) for version, found in read])
                for name in ("arguments", "flags", "sampling", "variables")
            },
            **{
                name: tables_of([(version, found[name]) for version, found in read])
                for name in ("quantization", "readings")
            },
        }
    )

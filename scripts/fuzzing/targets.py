"""What is fuzzed: for each reader of foreign text a function of its bytes, and sound examples to start from.

A function returns or raises what the reader promises to raise; whatever else it raises is a finding.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from doctor.core.errors import DoctorError
from scripts.fuzzing import seeds
from scripts.fuzzing.entries import with_wrong_entries
from scripts.fuzzing.fleets import fleet, fleet_stream, hosts
from scripts.fuzzing.shared import judge_by, round_trip, scratch, shipped
from tests.facts import distribution, known
from tests.facts import snapshot as snapshot_with


@dataclass(frozen=True, slots=True)
class Target:
    """`run` is given bytes; `seeds` are sound inputs, from which the words of a dictionary are taken as well."""

    run: Callable[[bytes], None]
    seeds: Callable[[], Iterable[bytes]]


def matrix(content: bytes) -> None:
    """A matrix file: its faults have places."""
    from doctor.matrix.document import parse
    from doctor.matrix.row import decode_rows

    document = parse("matrix.toml", content)
    decode_rows(document)
    assert all(fault.line >= 1 and fault.column >= 1 for fault in document.faults)


def snapshot(content: bytes) -> None:
    """A snapshot: written again it is the same, and every rule comes to a verdict."""
    from doctor.intake.snapshot import decode_snapshot

    try:
        found = decode_snapshot(content, "fuzz")
    except DoctorError:
        return
    round_trip(found)
    judge_by(found)


def collect_env(content: bytes) -> None:
    """A pasted text of collect_env."""
    from doctor.intake.collect_env import decode_collect_env

    try:
        round_trip(decode_collect_env(content, "fuzz"))
    except DoctorError:
        return


def dockerfile(content: bytes) -> None:
    """A Dockerfile."""
    from doctor.intake.dockerfile import read_dockerfile
    from doctor.intake.target import StatedTarget

    path = scratch() / "Dockerfile"
    path.write_bytes(content)
    try:
        round_trip(read_dockerfile(path, StatedTarget()))
    except DoctorError:
        return


def _listed(name: str) -> Callable[[bytes], None]:
    """A list of packages, in the form that its name tells."""

    def run(content: bytes) -> None:
        from doctor.intake.listed import read_listed
        from doctor.intake.target import StatedTarget

        path = scratch() / name
        path.write_bytes(content)
        try:
            round_trip(read_listed(path, StatedTarget()))
        except DoctorError:
            return

    return run


def metadata(content: bytes) -> None:
    """The METADATA of a distribution, and what is made of its requirements."""
    from doctor.core.packages.distribution import DISTRIBUTIONS
    from doctor.probes.packages.metadata import parse_headers, parse_requires_txt

    parse_requires_txt(content)
    headers = parse_headers(content)
    found = distribution(headers.name or "x", headers.version or "1", *headers.requires)
    taken = snapshot_with({DISTRIBUTIONS: known((found,))})
    judge_by(taken, ("PKG001", "PKG002", "PIN"))


def elf(content: bytes) -> None:
    """A compiled extension."""
    from doctor.probes.elf.dynamic import Dynamic
    from doctor.probes.elf.elf import ElfError, ElfFile
    from doctor.probes.elf.fatbin import architectures
    from doctor.probes.elf.symbols import SymbolTable

    path = scratch() / "library.so"
    path.write_bytes(content)
    try:
        with ElfFile(str(path)) as file:
            file.check_extent()
            architectures(file)
            dynamic = Dynamic(file)
            assert (
                dynamic.needed is not None
                and dynamic.search_path is not None
                and dynamic.newest("GLIBC_", "GLIBCXX_")
                and list(dynamic.defined_versions()) is not None
            )
            table = SymbolTable(dynamic)
            table.defines(b"malloc")
            table.undefined(re.compile(rb"_ZN2at"))
    except (ElfError, OSError):
        return


def safetensors(content: bytes) -> None:
    """The header of a safetensors file."""
    from doctor.probes.artifact.safetensors import read_safetensors
    from doctor.probes.artifact.values import scan_values

    (scratch() / "model.safetensors").write_bytes(content)
    read_safetensors(str(scratch()), "model.safetensors")
    scan_values(str(scratch()), "model.safetensors")


def config(content: bytes) -> None:
    """The config.json of a model whose other files are sound."""
    from doctor.core.artifact.model import MODEL
    from doctor.probes.model.folder import read_folder

    folder = seeds.model_folder(scratch())
    (folder / "config.json").write_bytes(content)
    judge_by(snapshot_with({MODEL: known(read_folder(str(folder))), **seeds.STACK}), ("MODEL", "SERVE", "LORA"))


def adapter_config(content: bytes) -> None:
    """The adapter_config.json of an adapter whose weights are sound."""
    from doctor.core.artifact.adapter import ADAPTERS
    from doctor.probes.adapter.folder import read_adapter

    folder = seeds.adapter_folder(scratch())
    (folder / "adapter_config.json").write_bytes(content)
    judge_by(snapshot_with({ADAPTERS: known((read_adapter(str(folder)),)), **seeds.STACK}), ("LORA",))


def config_entries(content: bytes) -> None:
    """A config.json in which entries are wrong."""
    every = [json.loads(seed) for seed in seeds.configs()]
    config(with_wrong_entries(every[content[0] % len(every)] if content else every[0], content[1:]))


def adapter_entries(content: bytes) -> None:
    """An adapter_config.json in which entries are wrong."""
    every = [json.loads(seed) for seed in seeds.adapter_configs()]
    adapter_config(with_wrong_entries(every[content[0] % len(every)] if content else every[0], content[1:]))


def snapshot_entries(content: bytes) -> None:
    """A snapshot in which entries are wrong; what can still be read is judged."""
    snapshot(with_wrong_entries(_sound_snapshot(), content))


def fleet_entries(content: bytes) -> None:
    """The report of a node in which entries are wrong."""
    fleet(with_wrong_entries(_sound_snapshot(), content))


@cache
def _sound_snapshot() -> Any:
    return json.loads(next(iter(seeds.snapshots())))


def serve(content: bytes) -> None:
    """A command that starts vLLM."""
    from doctor.core.serve import SERVE
    from doctor.intake.serve import parse_command

    try:
        command = parse_command(content.decode("utf-8", "surrogateescape"))
    except DoctorError:
        return
    judge_by(snapshot_with({SERVE: known(command), **seeds.STACK}), ("SERVE",))


def serve_file(content: bytes) -> None:
    """A YAML file of a server's arguments."""
    from doctor.core.serve import SERVE
    from doctor.intake.serve import read_serve

    path = scratch() / "args.yaml"
    path.write_bytes(content)
    try:
        command = read_serve(f"@{path}")
    except DoctorError:
        return
    judge_by(snapshot_with({SERVE: known(command), **seeds.STACK}), ("SERVE",))


def explain(content: bytes) -> None:
    """An error text."""
    from doctor.engine.diagnose import diagnose

    diagnose(content.decode("utf-8", "replace"), None, shipped())


TARGETS: dict[str, Target] = {
    "matrix": Target(matrix, seeds.matrices),
    "snapshot": Target(snapshot, seeds.snapshots),
    "collect_env": Target(collect_env, seeds.collect_envs),
    "requirements": Target(_listed("requirements.txt"), seeds.requirements),
    "pylock": Target(_listed("pylock.toml"), seeds.pylocks),
    "uv_lock": Target(_listed("uv.lock"), seeds.uv_locks),
    "poetry_lock": Target(_listed("poetry.lock"), seeds.poetry_locks),
    "pdm_lock": Target(_listed("pdm.lock"), seeds.pdm_locks),
    "conda_file": Target(_listed("environment.yml"), seeds.conda_files),
    "conda_list": Target(_listed("conda.txt"), seeds.conda_lists),
    "dockerfile": Target(dockerfile, seeds.dockerfiles),
    "metadata": Target(metadata, seeds.metadata),
    "elf": Target(elf, seeds.libraries),
    "safetensors": Target(safetensors, seeds.safetensors),
    "config": Target(config, seeds.configs),
    "adapter_config": Target(adapter_config, seeds.adapter_configs),
    "serve": Target(serve, seeds.commands),
    "serve_file": Target(serve_file, seeds.argument_files),
    "hosts": Target(hosts, seeds.host_lists),
    "explain": Target(explain, seeds.logs),
    "fleet": Target(fleet, seeds.snapshots),
    "fleet_stream": Target(fleet_stream, seeds.snapshots),
    "config_entries": Target(config_entries, seeds.choices),
    "adapter_entries": Target(adapter_entries, seeds.choices),
    "snapshot_entries": Target(snapshot_entries, seeds.choices),
    "fleet_entries": Target(fleet_entries, seeds.choices),
}

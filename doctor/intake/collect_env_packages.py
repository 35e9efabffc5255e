"""The lists of packages in a text of collect_env."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from packaging.utils import canonicalize_name

from doctor.intake.collect_env_grammar import Entry
from doctor.intake.stated import StatedPackage
from doctor.intake.stated_platform import Said

_NAME = r"(?P<name>[A-Za-z0-9][\w.-]{0,100})"
# pip freeze; pip list of pip 9 and the columns of later ones; a direct reference.
_FROZEN = re.compile(rf"{_NAME}(?:==|\s+\(|\s{{1,60}})(?P<version>\d[\w.+!-]{{0,80}})\)?")
_REFERENCE = re.compile(rf"{_NAME}\s*@\s*(?P<address>\S{{1,400}})")
_CONDA = re.compile(
    rf"{_NAME}\s+(?P<version>\d\S{{0,80}})(?:\s+(?P<build>\S{{1,100}}))?(?:\s+(?P<channel>\S{{1,60}}))?"
)
_FROM_PIP = frozenset({"pypi", "<pip>", "<develop>"})
_VLLM = re.compile(r"v?(?P<version>\d+\.[\w.+]{1,80})")

# The names that conda gives to distributions that have another one.
_CONDA_NAMES = {"pytorch": "torch", "pytorch-cpu": "torch", "pytorch-gpu": "torch"}
# Of conda's list only those are distributions for certain; the others are libraries.
_DISTRIBUTIONS = frozenset(
    {"accelerate", "bitsandbytes", "flash-attn", "numpy", "peft", "torch", "torchaudio", "torchvision", "transformers"}
    | {"triton", "trl", "vllm", "xformers"}
)


def listed_packages(entries: Iterable[Entry]) -> tuple[StatedPackage, ...]:
    """The packages that the text lists.

    pip's list is that of the interpreter; conda's stands in where pip has none, and says which
    of them conda has installed.
    """
    lists = [entry for entry in entries if entry.kind == "list"]
    pip = list(_once(item for entry in lists if entry.name != "conda" for item in _pip(entry)))
    conda = list(_once(item for entry in lists if entry.name == "conda" for item in _conda(entry)))
    by_conda = {(item.name, item.version) for item in conda if item.origin == "conda"}
    names = {item.name for item in pip}
    more = (item for item in conda if item.name not in names and _is_distribution(item))
    return (*(_with_origin(item, by_conda) for item in pip), *more)


def with_named(listed: Iterable[StatedPackage], torch: Said | None, vllm: Said | None) -> tuple[StatedPackage, ...]:
    """The packages with torch and vLLM, which the text names apart from the list."""
    found = {item.name: item for item in listed}
    if torch is not None:
        found.setdefault("torch", StatedPackage(name="torch", version=torch.value, line=torch.line))
    version = _VLLM.match(vllm.value) if vllm else None
    if vllm is not None and version is not None:
        found.setdefault("vllm", StatedPackage(name="vllm", version=version["version"], line=vllm.line))
    return tuple(found.values())


def _is_distribution(item: StatedPackage) -> bool:
    return item.origin == "index" or item.name in _DISTRIBUTIONS


def conda_of(entries: Iterable[Entry], variables: Mapping[str, str]) -> str:
    """The prefix of the conda environment, or what stands for it where conda has packages in it."""
    listed = any(entry.kind == "list" and entry.name == "conda" and _CONDA.match(entry.value) for entry in entries)
    return variables.get("CONDA_PREFIX", "") or ("conda" if listed else "")


def _pip(entry: Entry) -> Iterator[StatedPackage]:
    value = entry.value
    reference = _REFERENCE.match(value)
    if reference is not None:
        # The version is in the name of a wheel, or nowhere.
        wheel = re.search(r"/[\w.]{1,100}-(\d[\w.+!]{0,80})-[^/]{1,200}\.whl", reference["address"].replace("%2B", "+"))
        if wheel is not None:
            yield StatedPackage(name=reference["name"], version=wheel[1], line=entry.line, origin="url")
        return
    match = _FROZEN.match(value)
    if match is not None:
        yield StatedPackage(name=str(canonicalize_name(match["name"])), version=match["version"], line=entry.line)


def _conda(entry: Entry) -> Iterator[StatedPackage]:
    match = _CONDA.match(entry.value)
    if match is None:
        return
    name = str(canonicalize_name(match["name"]))
    from_pip = bool(_FROM_PIP.intersection((match["build"], match["channel"])))
    yield StatedPackage(
        name=name if from_pip else _CONDA_NAMES.get(name, name),
        version=match["version"],
        line=entry.line,
        origin="index" if from_pip else "conda",
    )


def _once(packages: Iterable[StatedPackage]) -> Iterator[StatedPackage]:
    """Leave repeated lines out; of several versions of one name the first is imported."""
    seen: dict[str, set[str]] = {}
    for item in packages:
        versions = seen.setdefault(item.name, set())
        if not versions:
            yield item
        versions.add(item.version)


def _with_origin(item: StatedPackage, by_conda: set[tuple[str, str]]) -> StatedPackage:
    if (item.name, item.version) not in by_conda:
        return item
    return StatedPackage(name=item.name, version=item.version, line=item.line, origin="conda")

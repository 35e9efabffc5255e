"""Commands that install packages or make environments: pip, uv, venv, and the system's own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from doctor.core.frozen import frozen
from doctor.intake.docker.projects import Sync, read_sync

_PIP = re.compile(r"(?:(?P<prefix>/\S*)/bin/)?pip(?P<python>3(?:\.\d+)?)?")
_PYTHON = re.compile(r"(?:(?P<prefix>/\S*)/bin/)?python(?P<python>3(?:\.\d+)?)?")
_VERSION = re.compile(r"3\.\d+")
_VALUES = frozenset(
    [
        "-i",
        "--index-url",
        "--extra-index-url",
        "--index",
        "--default-index",
        "-f",
        "--find-links",
        "-c",
        "--constraint",
        "-r",
        "--requirement",
        "-e",
        "--editable",
        "-p",
        "--python",
        "-t",
        "--target",
        "--prefix",
        "--root",
        "--platform",
        "--python-version",
        "--timeout",
        "--retries",
        "--proxy",
        "--cache-dir",
        "--progress-bar",
        "--upgrade-strategy",
        "--no-binary",
        "--only-binary",
        "-C",
        "--config-settings",
        "--config-setting",
        "--index-strategy",
        "--torch-backend",
        "--exclude-newer",
        "--prerelease",
        "--resolution",
        "--link-mode",
        "--extra",
        "--group",
        "--src",
        "--report",
        "--trusted-host",
        "--cert",
        "--client-cert",
        "--override",
        "--overrides",
        "--keyring-provider",
        "--refresh-package",
        "--upgrade-package",
        "-P",
        "--reinstall-package",
        "--abi",
        "--implementation",
        "--no-build-isolation-package",
        "--log",
    ]
)
"""Options of `pip install` and `uv pip install` that a value follows."""

_INDEXES = frozenset({"-i", "--index-url", "--extra-index-url", "--index", "--default-index", "-f", "--find-links"})
_LABEL = re.compile(r"download\.pytorch\.org/whl/(?:nightly/)?(?P<label>cpu|xpu|cu\d{2,3}|rocm[\d.]+)(?:/|$)")
_INDEX_VARIABLES = (
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
    "UV_INDEX",
    "UV_DEFAULT_INDEX",
)


@dataclass(slots=True)
class Install:
    """One command that installs: requirements, files of them, constraints.

    `place` is the folder of the environment (``/opt/venv``), "" the one that is in use; `python`
    the version that the command names, `label` that of torch's index (``cu121``), which is not told where
    `open_index` says so. `alone` is without requirements.
    """

    place: str = ""
    python: str = ""
    label: str = ""
    requirements: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)
    removes: bool = False
    alone: bool = False
    open_index: bool = False


@frozen
class Made:
    """A virtual environment that a command makes, or ("") the Python that it installs for all.

    `unclear` says that it installs that of the system as well.
    """

    place: str
    python: str
    unclear: bool = False


@frozen
class Other:
    """A command of another installer, of which nothing is read."""

    what: str


@frozen
class Setting:
    """A variable that a command sets for what follows: a tool's own configuration."""

    name: str
    value: str


def read_command(words: list[str], variables: Mapping[str, str]) -> Install | Made | Other | Sync | Setting | None:
    """What a command does to packages; None where it does nothing of that kind."""
    program, rest = words[0].rpartition("/")[2], words[1:]
    if program == "uv" and rest[:2] in (["pip", "install"], ["pip", "sync"], ["pip", "uninstall"]):
        return _install(rest[1], rest[2:], variables)
    if program == "uv" and rest[:1] == ["venv"]:
        return _uv_venv(rest[1:])
    if program == "uv" and rest[:2] == ["python", "install"]:
        return Made(place="", python=next(iter(_versions(rest[2:])), ""))
    if sync := read_sync(words, variables):
        return sync
    if program == "poetry" and rest[:1] == ["config"] and "virtualenvs.create" in rest[:-1]:
        return Setting(name="POETRY_VIRTUALENVS_CREATE", value=rest[rest.index("virtualenvs.create") + 1])
    if program in ("pipenv", "pixi") and rest[:1] in (["sync"], ["install"]):
        return Other(what=f"{program} {rest[0]}")
    if program in ("conda", "mamba", "micromamba") and rest[:1] in (["install"], ["create"], ["env"]):
        return Other(what=f"{program} {rest[0]}")
    if program in ("apt-get", "apt", "dnf", "yum", "microdnf") and "install" in rest:
        return _of_system(rest)
    return _python_or_pip(words, variables)


def _python_or_pip(words: list[str], variables: Mapping[str, str]) -> Install | Made | None:
    pip, python = _PIP.fullmatch(words[0]), _PYTHON.fullmatch(words[0])
    if pip:
        # pip --no-cache-dir install ...
        general = next((place for place, word in enumerate(words[1:], 1) if not word.startswith("-")), len(words))
        words = [words[0], *words[general:]]
    if pip and words[1:2] and words[1] in ("install", "uninstall"):
        found = _install(words[1], words[2:], variables)
        named = pip
    elif python and words[1:3] == ["-m", "venv"]:
        places = [word for word in words[3:] if not word.startswith("-")]
        return Made(place=places[0] if places else "", python=_minor(python))
    elif python and words[1:3] == ["-m", "pip"] and words[3:4] and words[3] in ("install", "uninstall"):
        found = _install(words[3], words[4:], variables)
        named = python
    else:
        return None
    prefix = named["prefix"] or ""
    found.place = found.place or ("" if prefix in ("/usr", "/usr/local") else prefix)
    found.python = found.python or _minor(named)
    return found


def _minor(match: re.Match[str]) -> str:
    version = match["python"] or ""
    return version if "." in version else ""


def _install(verb: str, words: list[str], variables: Mapping[str, str]) -> Install:
    found = Install(removes=verb == "uninstall")
    urls = [variables[name] for name in _INDEX_VARIABLES if variables.get(name)]
    backend = variables.get("UV_TORCH_BACKEND", "")
    for option, value in _pairs(words):
        if not option:
            (found.files if verb == "sync" else found.requirements).append(value)
        elif option in ("-r", "--requirement"):
            found.files.append(value)
        elif option in ("-c", "--constraint"):
            found.constraints.append(value)
        elif option in ("-e", "--editable"):
            found.requirements.append(f"-e {value}")
        elif option in _INDEXES:
            urls.append(value)
        elif option == "--torch-backend":
            backend = value
        elif option == "--no-deps":
            found.alone = True
        elif option in ("-p", "--python"):
            found.place, found.python = _of_option(value)
    labels = [match["label"] for url in urls if (match := _LABEL.search(url))]
    found.open_index = not labels and any("$" in url and "download.pytorch.org" in url for url in urls)
    found.label = next(iter(labels), "") or ("" if backend == "auto" else backend)
    return found


def _pairs(words: list[str]) -> Iterator[tuple[str, str]]:
    """Options with their values, and ("", word) for each word that is none."""
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("-") or word == "-":
            yield "", word
            continue
        option, equals, value = word.partition("=")
        if option in _VALUES and not equals:
            value = rest.pop(0) if rest else ""
        elif not word.startswith("--") and word[:2] in ("-r", "-c", "-i", "-e") and len(word) > 2:
            option, value = word[:2], word[2:]
        yield option, value


def _of_option(value: str) -> tuple[str, str]:
    """The environment and the version that ``--python`` names: a folder, an interpreter, or a version."""
    if value.startswith("/"):
        return re.sub(r"/bin/python[\d.]*$", "", value).rstrip("/"), ""
    return "", next(iter(_versions([value])), "")


def _uv_venv(words: list[str]) -> Made:
    python, places = "", []
    for option, value in _pairs(words):
        if option in ("-p", "--python"):
            python = _of_option(value)[1]
        elif not option:
            places.append(value)
    return Made(place=places[0] if places else ".venv", python=python)


def _of_system(words: list[str]) -> Made | None:
    """The Python that the packages of a system bring: ``python3.12-venv``; "3" is the system's own."""
    names = [word for word in words if word.startswith("python3")]
    versions = _versions(names)
    unclear = bool(versions) and any(name in ("python3", "python3-pip") for name in names)
    return Made(place="", python=versions[0] if versions else "3", unclear=unclear) if names else None


def _versions(words: list[str]) -> list[str]:
    return [match[0] for word in words if (match := _VERSION.search(word))]

"""Commands that change an environment, in the form that works for the given one."""

from __future__ import annotations

import re
from collections.abc import Iterable

from doctor.core.interpreter import Interpreter
from doctor.core.packages.distribution import Distribution
from doctor.core.report import Remedy, Safety

PYTORCH_INDEX = "https://download.pytorch.org/whl"
"""Where the builds of torch and its companions are whose versions carry a label
(https://pytorch.org/get-started/locally/)."""

# pip would put its own files among theirs, and the next upgrade would trip over them.
_OTHER_INSTALLERS = {
    "conda": "with conda, which has installed it",
    "system": "with the package manager of the operating system, which has installed it",
}

_OPTIONS = ("--force-reinstall", "--no-binary=", "--no-build-isolation", "--no-cache-dir", "--no-deps", "--upgrade")
"""How what a rule asks of an installer begins. Anything else with a dash is the name in a METADATA or a snapshot,
whose author would have the command fetch from elsewhere (``-ihttp://...``)."""

_LABELLED = re.compile(r"==[^\s,;]*\+(cpu|xpu|cu\d{2,3}|rocm[\d.]+)$")


def install(interpreter: Interpreter, distributions: Iterable[Distribution], *arguments: str) -> tuple[str, ...]:
    """The command that installs `arguments` (requirements and options) into an environment.

    Environments made by uv hold no pip; for them it is `uv pip install --python`. Builds with a
    label (``torch==2.13.0+cpu``) are not on the package index: theirs is named too. An
    interpreter that the operating system manages takes no package unless it is told to
    (https://peps.python.org/pep-0668/): what is there came in that way.
    """
    safe = tuple(word if word.startswith(_OPTIONS) else word.lstrip("-") for word in arguments)
    return (*_installer(interpreter, distributions, "install"), *index_options(*safe), *safe)


def index_options(*requirements: str) -> tuple[str, ...]:
    """The options with which an installer finds exactly pinned builds with a label."""
    labels = dict.fromkeys(match[1] for item in requirements if (match := _LABELLED.search(item)))
    return tuple(word for label in labels for word in ("--extra-index-url", f"{PYTORCH_INDEX}/{label}"))


def reinstall(
    interpreter: Interpreter, distributions: Iterable[Distribution], *broken: Distribution
) -> tuple[str, ...]:
    """The command that installs distributions again, as they are, without their requirements."""
    wanted = [requirement_of(item) for item in broken]
    return install(interpreter, distributions, "--force-reinstall", "--no-deps", *wanted)


def mend(
    interpreter: Interpreter,
    distributions: Iterable[Distribution],
    item: Distribution,
    text: str,
    *,
    fresh: bool = False,
) -> Remedy:
    """The remedy that installs a distribution again with what it was installed with; `text` says so.

    `fresh` ones are downloaded again. uv links files from its cache, so that what was cut or edited
    in place is cut there too (https://docs.astral.sh/uv/concepts/cache/).
    """
    if item.origin in _OTHER_INSTALLERS:
        return Remedy(text=f"{text}, {_OTHER_INSTALLERS[item.origin]}", safety=Safety.MANUAL)
    if item.origin == "editable":
        return Remedy(text=f"{text}, from its sources in {item.origin_detail}", safety=Safety.MANUAL)
    options = ("--force-reinstall", "--no-deps", *(("--no-cache-dir",) if fresh else ()))
    return Remedy(text=text, commands=(install(interpreter, distributions, *options, requirement_of(item)),))


def requirement_of(item: Distribution) -> str:
    """The requirement that means exactly an installed distribution."""
    if item.origin in ("url", "vcs", "local") and item.origin_detail:
        return f"{item.name} @ {item.origin_detail}"
    return f"{item.name}=={item.version}" if item.version else item.name


def uninstall(interpreter: Interpreter, distributions: Iterable[Distribution], *names: str) -> tuple[str, ...]:
    """The command that removes the distributions `names` from an environment."""
    command = _installer(interpreter, distributions, "uninstall")
    agree = () if command[0] == "uv" else ("--yes",)
    return (*command, *agree, *(name.lstrip("-") for name in names))


def _installer(interpreter: Interpreter, distributions: Iterable[Distribution], verb: str) -> tuple[str, ...]:
    force = ("--break-system-packages",) if interpreter.system_managed else ()
    if any(item.name == "pip" for item in distributions):
        return (interpreter.executable, "-m", "pip", verb, *force)
    return ("uv", "pip", verb, "--python", interpreter.executable, *force)

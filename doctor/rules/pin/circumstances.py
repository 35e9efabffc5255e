"""Whether the circumstances of a breakage are met: yes, no, or not known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from doctor.core.breakage import ABSENT, Circumstance
from doctor.core.fact import Reason, Unknown
from doctor.core.frozen import light_dataclass
from doctor.core.interpreter import INTERPRETER, PLATFORM
from doctor.core.machine.gpu import DRIVER
from doctor.core.machine.system import VARIABLES, VARIABLES_LISTED
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.packages.stack import is_cpu_vllm, vllm_of
from doctor.core.rule import Env, NotApplicableError, UndeterminedError, unstated
from doctor.rules.gpu.devices import models, visible_gpus

_RANGE = re.compile(r"(?P<versions>[^+]*?(?:==[^ ,]*)?) ?(?P<label>(?<!\S)\+[a-z0-9.]+)?$")
_OTHER = re.compile(r"\{([a-z0-9-]+)\}")


@light_dataclass(frozen=True)
class Meeting:
    """How circumstances and an environment meet.

    `met` is None where something is not known that decides; `seen` says what was found, each in
    a few words (``vllm 0.9.2``), `packages` names the distributions among that, and `gaps` says
    what would have to be known.
    """

    met: bool | None
    seen: tuple[str, ...] = ()
    packages: tuple[Distribution, ...] = ()
    gaps: tuple[str, ...] = ()


@light_dataclass()
class _Reading:
    """What was found while the conditions of one circumstance are gone through."""

    seen: list[str] = field(default_factory=list)
    packages: list[Distribution] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    unstated: bool = False


class _FailsError(Exception):
    """A condition is known not to be met: the others need not be looked at."""


def meet(circumstance: Circumstance, env: Env, *, thorough: bool = False) -> Meeting:
    """Compare a circumstance with the facts of a snapshot.

    The first condition that is not known to be met decides; `thorough` looks beyond one that is
    not known for one that is known not to be met.
    """
    reading = _Reading()
    try:
        for condition in _conditions(circumstance):
            _judge(condition, env, reading)
            if reading.gaps and not thorough:
                break
    except _FailsError as error:
        return Meeting(False, seen=(str(error),))
    met = None if reading.gaps or reading.unstated else True
    return Meeting(met, tuple(reading.seen), tuple(reading.packages), tuple(dict.fromkeys(reading.gaps)))


Condition = Callable[[Env, _Reading], None]


def _conditions(circumstance: Circumstance) -> Iterator[Condition]:
    """The conditions of a circumstance, what decides most often first."""
    if circumstance.packages:
        yield lambda env, reading: _packages(circumstance.packages, env, reading)
    if circumstance.python:
        yield lambda env, reading: _within("Python", env.need(INTERPRETER).version, circumstance.python, reading)
    if circumstance.machines or circumstance.glibc or circumstance.wsl is not None:
        yield lambda env, reading: _platform(circumstance, env, reading)
    if circumstance.torch_cuda:
        yield lambda env, reading: _torch_cuda(circumstance.torch_cuda, env, reading)
    if circumstance.variables:
        yield lambda env, reading: _variables(circumstance.variables, env, reading)
    if circumstance.capability or circumstance.gpus:
        yield lambda env, reading: _gpus(circumstance, env, reading)
    if circumstance.driver or circumstance.driver_cuda:
        yield lambda env, reading: _driver(circumstance, env, reading)


def _judge(condition: Condition, env: Env, reading: _Reading) -> None:
    # Gaps are noted only where no other condition is known to fail: the caller decides.
    view = Env(snapshot=env.snapshot, matrix=env.matrix, reads=env.reads, evidence=env.evidence)
    try:
        condition(view, reading)
    except NotApplicableError as error:
        raise _FailsError(str(error)) from error
    except UndeterminedError as error:
        reading.gaps.append(str(error))
    reading.gaps.extend(view.gaps)


def _packages(wanted: Mapping[str, str], env: Env, reading: _Reading) -> None:
    distributions = env.need(DISTRIBUTIONS)
    installed = {item.name: item for item in distributions if not item.shadowed}
    vllm = vllm_of(distributions)
    if vllm is not None:
        installed["vllm"] = vllm
    partial = any(_is_listed_only(item) for item in installed.values())
    for name, versions in wanted.items():
        _package(name, versions, installed, partial, reading)
    untold = [name for name, versions in wanted.items() if partial and versions == ABSENT]
    if untold:
        reading.gaps.append(unstated(f"whether {' or '.join(untold)} is installed"))


def _is_listed_only(item: Distribution) -> bool:
    """Whether all that is known of it is that somebody listed it, so that others may not be listed."""
    return isinstance(item.requires, Unknown) and item.requires.reason is Reason.NOT_STATED


def _package(name: str, versions: str, installed: Mapping[str, Distribution], partial: bool, reading: _Reading) -> None:
    item = installed.get(name)
    if item is None and partial:
        # Nobody said that it is installed, or that it is not: of what must be there that is no gap.
        reading.unstated = True
        return
    if item is None or versions == ABSENT:
        if (item is None) != (versions == ABSENT):
            raise _FailsError(f"{name} {item.version} {item.presence}" if item else f"{name} is not installed")
        reading.seen.append(f"no {name}")
        return
    if partial and any(other not in installed for other in _OTHER.findall(versions)):
        reading.unstated = True
        return
    _version(item, versions, installed, reading)
    reading.seen.append(f"{item.name} {item.version}")
    reading.packages.append(item)


def _version(item: Distribution, versions: str, installed: Mapping[str, Distribution], reading: _Reading) -> None:
    wanted, label = split_label(_with_others(versions, installed))
    try:
        version = Version(item.version)
    except InvalidVersion:
        reading.gaps.append(f"{item.name} has the version {item.version!r}, which cannot be compared")
        return
    if label and label != _label_of(item, version):
        raise _FailsError(f"{item.name} {item.version} {item.presence}")
    specifier = SpecifierSet(wanted)
    inside = specifier.contains(version, prereleases=True)
    # A torch of NVIDIA's images is 2.4.0a0+...: it has most of what 2.4.0 has.
    if version.is_prerelease and inside is not specifier.contains(version.base_version):
        reading.gaps.append(f"{item.name} {item.version} is a build of its own, of neither side of {wanted}")
    elif not inside:
        raise _FailsError(f"{item.name} {item.version} {item.presence}")


def _with_others(versions: str, installed: Mapping[str, Distribution]) -> str:
    """Put the versions of other distributions in the place of their names in braces."""

    def version(match: re.Match[str]) -> str:
        other = installed.get(match[1])
        try:
            return Version(other.version).public if other else ""
        except InvalidVersion as error:
            raise UndeterminedError(f"{match[1]} has a version that cannot be compared: {error}") from error

    filled = _OTHER.sub(version, versions)
    if filled.rstrip().endswith(("=", "<", ">")):
        raise NotApplicableError("what it would be compared with is not installed")
    return filled


def split_label(versions: str) -> tuple[str, str]:
    """Split ``>=2.4 +cpu`` into the specifier and the label, which is "" for any."""
    match = _RANGE.fullmatch(versions.strip())
    return (match["versions"].strip(), (match["label"] or "")[1:]) if match else (versions, "")


def _label_of(item: Distribution, version: Version) -> str | None:
    return "cpu" if is_cpu_vllm(item) else version.local


def _within(what: str, version: str, specifier: str, reading: _Reading) -> None:
    try:
        inside = SpecifierSet(specifier).contains(Version(version), prereleases=True)
    except InvalidVersion:
        reading.gaps.append(f"{what} has the version {version!r}, which cannot be compared")
        return
    if not inside:
        raise _FailsError(f"{what} is {version}")
    reading.seen.append(f"{what} {version}")


def _platform(circumstance: Circumstance, env: Env, reading: _Reading) -> None:
    platform = env.need(PLATFORM)
    if circumstance.machines and not platform.machine:
        reading.gaps.append(unstated("processor"))
    elif circumstance.machines and platform.machine not in circumstance.machines:
        raise _FailsError(f"the processor is {platform.machine}")
    elif circumstance.machines:
        reading.seen.append(f"a processor of type {platform.machine}")
    if circumstance.wsl is not None and not platform.wsl and not platform.release:
        # Only the name of the kernel tells WSL apart, and a text may leave it out.
        reading.gaps.append(unstated("kernel"))
    elif circumstance.wsl is not None:
        if bool(platform.wsl) is not circumstance.wsl:
            raise _FailsError("the system runs in WSL" if platform.wsl else "the system does not run in WSL")
        reading.seen.append(f"WSL {platform.wsl}" if platform.wsl else "no WSL")
    if circumstance.glibc and platform.system == "Linux" and not platform.libc:
        reading.gaps.append(unstated("C library"))
    elif circumstance.glibc:
        if platform.libc != "glibc":
            raise _FailsError("the C library is not glibc")
        _within("glibc", platform.libc_version, circumstance.glibc, reading)


def _torch_cuda(specifier: str, env: Env, reading: _Reading) -> None:
    build = env.need(TORCH_BUILD)
    if not build.cuda:
        raise _FailsError(f"torch {build.version} is not built for CUDA")
    _within(f"torch {build.version} for CUDA", build.cuda, specifier, reading)


def _variables(wanted: Mapping[str, str], env: Env, reading: _Reading) -> None:
    variables = env.need(VARIABLES)
    for name, pattern in wanted.items():
        value = variables.get(name)
        if value is None and _may_be_left_out(name, env):
            env.unstated(f"variable {name}")
            continue
        if value is None or pattern == ABSENT:
            if (value is None) != (pattern == ABSENT):
                raise _FailsError(f"{name} is not set" if value is None else f"{name} is set")
            continue
        if pattern and not re.fullmatch(pattern, value):
            raise _FailsError(f"{name} is {value!r}")
        reading.seen.append(f"{name}={value}")


def _may_be_left_out(name: str, env: Env) -> bool:
    """Whether a variable may be set though it is not listed: a pasted text lists those that begin so and so."""
    listed = env.look(VARIABLES_LISTED)
    return listed is not None and not name.startswith(listed)


def _driver(circumstance: Circumstance, env: Env, reading: _Reading) -> None:
    driver = env.need(DRIVER)
    wanted = (
        ("driver", driver.version, circumstance.driver),
        ("CUDA of the driver", driver.cuda, circumstance.driver_cuda),
    )
    for what, fact, specifier in wanted:
        version = env.note(what, fact) if specifier else None
        if version is not None:
            _within(what, version, specifier, reading)


def _gpus(circumstance: Circumstance, env: Env, reading: _Reading) -> None:
    gpus = visible_gpus(env)
    if circumstance.gpus:
        _within("the number of visible GPUs", str(len(gpus)), circumstance.gpus, reading)
    if not circumstance.capability:
        return
    wanted = SpecifierSet(circumstance.capability)
    found = models(env, gpus)
    fitting = [model for model in found if wanted.contains(model.number)]
    if fitting:
        env.gaps.clear()  # one GPU suffices, whatever the others are
        reading.seen.append(fitting[0].title)
    elif not env.gaps:
        raise _FailsError(f"the GPU is {', '.join(model.title for model in found)}")

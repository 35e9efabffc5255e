"""Choosing the known-good set that an environment can reach with the fewest and smallest moves."""

from __future__ import annotations

import difflib

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from doctor.core.errors import DoctorError
from doctor.core.fact import Known, value_or
from doctor.core.interpreter import INTERPRETER, PLATFORM
from doctor.core.machine.architecture import Architecture, parse_capability
from doctor.core.machine.gpu import DRIVER, GPUS
from doctor.core.matrix import ENGINES, KnownGoodSet, Matrix
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.snapshot import Snapshot
from doctor.remedy.plan import Wishes
from doctor.rules.pin.known_good import version_of


class PlanError(DoctorError):
    """What was asked of the plan does not exist, or the facts that it needs are not known."""


def choose(matrix: Matrix, snapshot: Snapshot, wishes: Wishes, needed: bool) -> tuple[KnownGoodSet | None, str]:
    """The set that the plan goes to, and why; None where none is asked for or suits.

    The set of the installed vLLM is taken where there is one. Only where versions are wrong
    (`needed`) and it has no set, or one that cannot work here, is another one looked for.

    Raises:
        PlanError: the set or the version of vLLM that the user names is not in the matrix.
    """
    installed = tuple(item for item in value_or(snapshot.get(DISTRIBUTIONS), ()) if not item.shadowed)
    if wishes.set_name or wishes.vllm:
        return _named(matrix, snapshot, wishes, installed), "asked for"
    engines = [item for item in installed if item.name in ENGINES]
    own = [row for row in matrix.sets for item in engines if _is_of(row, item)]
    fitting = [row for row in own if not obstacles(row, snapshot)]
    if len(engines) == 1 and own and (fitting or not needed):
        best = (fitting or own)[0]
        return best, f"the set of the installed {best.engine} {best.pins[best.engine]}"
    if not engines or not needed:
        return None, ""
    candidates = [row for row in matrix.sets if row.engine and not obstacles(row, snapshot)]
    if not candidates:
        return None, ""
    nearest = min(candidates, key=lambda row: (*distance(row, installed), row.name))
    return (
        nearest,
        f"of those that can work on this machine the nearest, {distance(nearest, installed)[0]} of its versions differ",
    )


def _is_of(row: KnownGoodSet, item: Distribution) -> bool:
    return row.engine == item.name and version_of(item.version) == Version(row.pins[row.engine])


def _named(matrix: Matrix, snapshot: Snapshot, wishes: Wishes, installed: tuple[Distribution, ...]) -> KnownGoodSet:
    rows = _asked_for(matrix, wishes)
    nearest = min(rows, key=lambda row: (bool(obstacles(row, snapshot)), *distance(row, installed), row.name))
    wrong = obstacles(nearest, snapshot)
    if wrong:
        raise PlanError(f"the set {nearest.name} cannot work here: {'; '.join(wrong)}")
    return nearest


def _asked_for(matrix: Matrix, wishes: Wishes) -> list[KnownGoodSet]:
    """The sets of the name and the version that the user gives."""
    rows = list(matrix.sets)
    if wishes.set_name:
        rows = [row for row in rows if row.name == wishes.set_name]
        if not rows:
            names = [row.name for row in matrix.sets]
            raise PlanError(f"there is no known-good set {wishes.set_name}", hint=_near(wishes.set_name, names))
    if not wishes.vllm:
        return rows
    versions = {row.name: row.pins[row.engine] for row in rows if row.engine}
    of_version = [row for row in rows if versions.get(row.name) == wishes.vllm]
    if not of_version and wishes.set_name:
        message = f"--set {wishes.set_name} and --vllm {wishes.vllm} contradict each other"
        raise PlanError(
            message, hint=f"the set holds vLLM {versions.get(wishes.set_name, 'not at all')}: give one of both"
        )
    if not of_version:
        known = sorted({row.pins[row.engine] for row in rows if row.engine}, key=Version)
        raise PlanError(f"there is no known-good set for vLLM {wishes.vllm}", hint=_near(wishes.vllm, known))
    return of_version


def _near(word: str, names: list[str]) -> str:
    """The names that may have been meant, before all there are."""
    near = difflib.get_close_matches(word, names, n=3)
    meant = f"did you mean {' or '.join(near)}? " if near else ""
    return f"{meant}there are {', '.join(names)}"


def distance(row: KnownGoodSet, installed: tuple[Distribution, ...]) -> tuple[int, int]:
    """How many distributions differ from a set, and how far in all (100 a major version, 10 a minor)."""
    found = {item.name: version_of(item.version) for item in installed}
    moves = size = 0
    for name, pin in row.pins.items():
        wanted, version = Version(pin), found.get(name)
        if version is not None and (version == wanted or (not wanted.local and version.public == wanted.public)):
            continue
        moves += 1
        size += _gap(wanted, version)
    return moves, size


def _gap(wanted: Version, found: Version | None) -> int:
    if found is None:
        return 100
    if found.major != wanted.major:
        return 100 * abs(found.major - wanted.major)
    return 10 * abs(found.minor - wanted.minor) or 1


def obstacles(row: KnownGoodSet, snapshot: Snapshot) -> list[str]:
    """Why a set cannot work here; what is not known is no obstacle."""
    interpreter, platform = snapshot.get(INTERPRETER), snapshot.get(PLATFORM)
    found = []
    if isinstance(interpreter, Known):
        version = interpreter.value.version
        if version and not SpecifierSet(row.python).contains(version, prereleases=True):
            found.append(f"it needs Python {row.python}, and this is {version}")
    if isinstance(platform, Known):
        here = platform.value
        if row.machines and here.machine and here.machine not in row.machines:
            found.append(f"it is for {', '.join(row.machines)}, and this is {here.machine}")
        if row.glibc and here.libc == "musl":
            found.append("it needs glibc, and this is musl")
        elif row.glibc and here.libc_version and not SpecifierSet(row.glibc).contains(here.libc_version):
            found.append(f"it needs glibc {row.glibc}, and this is {here.libc_version}")
    return [*found, *(_of_the_gpu(row, snapshot) if row.cuda else _for_the_cpu(row, snapshot))]


def _of_the_gpu(row: KnownGoodSet, snapshot: Snapshot) -> list[str]:
    found = []
    driver = snapshot.get(DRIVER)
    version = value_or(driver.value.version, "") if isinstance(driver, Known) else ""
    parsed = version_of(version)
    if parsed is not None and row.minimum_driver and parsed < Version(row.minimum_driver):
        found.append(f"it needs driver {row.minimum_driver} or newer, and this is {version}")
    built = [code for text in row.capabilities if (code := parse_capability(text))]
    for gpu in value_or(snapshot.get(GPUS), ()):
        capability = parse_capability(value_or(gpu.capability, ""))
        if built and capability and not any(Architecture(*code).runs_on(capability) for code in built):
            found.append(f"it has no kernels for GPU {gpu.index} ({value_or(gpu.capability, '')})")
    if not value_or(snapshot.get(GPUS), ()) and _has_cpu_torch(snapshot):
        found.append("it is for CUDA, and here are a torch for the CPU and no GPU")
    return found


def _for_the_cpu(row: KnownGoodSet, snapshot: Snapshot) -> list[str]:
    return ["it is for the CPU, and here is a GPU"] if row.engine and value_or(snapshot.get(GPUS), ()) else []


def _has_cpu_torch(snapshot: Snapshot) -> bool:
    found = value_or(snapshot.get(DISTRIBUTIONS), ())
    return any(item.name == "torch" and not item.shadowed and item.version.endswith("+cpu") for item in found)

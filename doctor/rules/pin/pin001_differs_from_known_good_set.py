"""PIN001."""

from __future__ import annotations

from collections.abc import Iterator

from packaging.requirements import Requirement
from packaging.version import Version

from doctor.core.fact import Known
from doctor.core.install import uninstall
from doctor.core.interpreter import INTERPRETER, Interpreter
from doctor.core.matrix import KnownGoodSet
from doctor.core.packages.declared import states_versions_only, with_declared
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.packages.extension import EXTENSIONS
from doctor.core.packages.stack import refuses
from doctor.core.report import Cause, Problem, Remedy, Severity
from doctor.core.rule import Env, UndeterminedError, rule
from doctor.rules.pin.difference import Difference, commands, difference
from doctor.rules.pin.known_good import anchor_of, nearest_set, set_of, suits, version_of
from doctor.rules.pin.partners import misfits


@rule(severity=Severity.WARNING, cause=Cause.OTHER, since="0.1.0", reads=(INTERPRETER, DISTRIBUTIONS, EXTENSIONS))
def differs_from_known_good_set(env: Env) -> Iterator[Problem]:
    """The versions are those of the known-good set of this vLLM.

    ## What it checks
    A known-good set is recognised by its build and version of vLLM, one for training by its
    release of Unsloth. Each of its pins is compared
    with what is installed, including the build label of torch (`+cpu`, `+cu121`), which metadata
    does not compare. A partner that is bound by compiled code (torch, xformers,
    vllm-flash-attn, ...) and differs is an error; another minor version of anything else is a
    warning; another patch version is only mentioned, and so is what another rule reports anyway
    (PKG001, PKG002, PIN006, ABI003) and what only follows from another difference. Without a set
    for this vLLM on this processor the rule is undetermined: nobody has proven these versions together.

    ## Why it matters
    Old releases of vLLM leave most of their requirements open above, so an installer takes
    versions that were made years later. Metadata allows them, and the import or the answers fail.

    ## How to fix it
    Install the versions of the set, or accept that the combination is not proven and run
    `doctor check --end-to-end`.

    ## Sources
    - `doctor matrix show NAME` prints the set with the runs that prove it.
    - https://packaging.python.org/en/latest/specifications/version-specifiers/#local-version-identifiers
    """
    interpreter = env.need(INTERPRETER)
    distributions = [item for item in with_declared(env, env.need(DISTRIBUTIONS)) if not item.shadowed]
    engine = anchor_of(env.matrix, distributions)
    machine = interpreter.markers.get("platform_machine", "")
    row = set_of(env.matrix, engine)
    if row is None:
        env.gap(f"no proven set for {engine.name} {engine.version}{_instead(env, engine, distributions, machine)}")
        return
    env.cite(f"set {row.name}")
    if not suits(row, machine):
        proven = " and ".join(row.machines)
        env.gap(f"no proven set for {engine.name} {engine.version} on {machine}: {row.name} is one for {proven}")
        return
    differences = list(_differences(env, row, distributions))
    told = _told(env, interpreter, differences, distributions)
    on_cpu = any(item.name == "torch" and item.found and item.found.local == "cpu" for item in differences)
    if on_cpu and row.cuda and _is_built_for_cuda(env):
        told.add("torch")
    for item in differences:
        alike = [other for other in differences if other.bound == item.bound]
        severity = Severity.INFO if item.name in told else item.severity
        yield _problem(item, severity, alike, row, interpreter, distributions)


def _instead(env: Env, engine: Distribution, distributions: list[Distribution], machine: str) -> str:
    """What there is in place of a set; of a release that came after the matrix none is near."""
    newest, version = version_of(env.matrix.newest.get(engine.name, "")), version_of(engine.version)
    if newest and version and version > newest:
        return f": it is newer than the newest that the matrix {env.matrix.version} knows ({newest})"
    near = nearest_set(env.matrix, distributions, machine)
    return f"; the nearest is {near.name} (`doctor matrix show {near.name}`)" if near else ""


def _differences(env: Env, row: KnownGoodSet, distributions: list[Distribution]) -> Iterator[Difference]:
    installed = {item.name: item.version for item in distributions}
    # What is bound comes with torch from one of PyTorch's indexes: torchvision 0.25.0+cu128 with torch 2.10.0+cu128.
    build = env.matrix.wheel_build("torch", row.pins.get("torch", ""))
    for name, pin in {**row.alternatives, **row.pins}.items():
        if name in row.alternatives and name not in installed:
            continue
        if name not in installed and any(map(states_versions_only, distributions)):
            # A list of versions that somebody stated may leave out what is installed.
            env.unstated(f"whether {name} is installed")
            continue
        found = version_of(installed[name]) if name in installed else None
        if name in installed and found is None:
            env.gap(f"{name} has the version {installed[name]!r}, which cannot be compared")
            continue
        item = difference(row, name, pin, found, build.cuda if build else "")
        if item is not None:
            yield item


def _told(
    env: Env, interpreter: Interpreter, differences: list[Difference], distributions: list[Distribution]
) -> set[str]:
    """The names of the differences that PKG001, PKG002 or PIN006 report, or that follow from another one.

    torch 2.5 takes another triton along than torch 2.4; what is bound to torch is mended with it.
    """
    markers, installed = interpreter.markers, {item.name: item for item in distributions}
    told: set[str] = set()
    for pair, _ in misfits(env.matrix.pairs, installed, markers, lambda gap: None):
        told.update((pair.partner, *(Requirement(line).name for line in pair.install)))
    moved = [installed[item.name] for item in differences if item.name in installed]
    torch_differs = any(item.name == "torch" for item in differences)
    for item in differences:
        refused = any(refuses(other, item.name, item.found, markers) for other in distributions)
        taken_along = any(refuses(other, item.name, item.pin, markers) for other in moved)
        bound_to_it = torch_differs and item.bound and item.name != "torch"
        if refused or taken_along or bound_to_it or _states_other_torch(item, installed, markers):
            told.add(item.name)
    return told


def _is_built_for_cuda(env: Env) -> bool:
    """Whether an extension needs a torch with CUDA: ABI003 reports one without, from the files."""
    try:
        facts = env.look(EXTENSIONS) or ()
    except UndeterminedError:
        return False  # ABI003 could not judge then
    return any(isinstance(fact, Known) and fact.value.needs_cuda_torch for fact in facts)


def _states_other_torch(item: Difference, installed: dict[str, Distribution], markers: dict[str, str]) -> bool:
    package, torch = installed.get(item.name), installed.get("torch")
    if package is None or torch is None:
        return False
    return refuses(package, "torch", version_of(torch.version), markers)


def _problem(
    item: Difference,
    severity: Severity,
    alike: list[Difference],
    row: KnownGoodSet,
    interpreter: Interpreter,
    distributions: list[Distribution],
) -> Problem:
    found = next((known for known in distributions if known.name == item.name), None)
    seen = f"{item.name} {item.found} {found.presence}" if found else f"{item.name} is not installed"
    note = ", another build of the same version" if item.other_build else ""
    return Problem(
        subject=item.name,
        message=f"{seen}{note}; the known-good set {row.name} has {item.name} {item.pin}",
        location=found.seen_in if found else None,
        severity=severity,
        cause=item.cause,
        remedies=tuple(_remedies(item, alike, row, interpreter, distributions)),
    )


def _remedies(
    item: Difference,
    alike: list[Difference],
    row: KnownGoodSet,
    interpreter: Interpreter,
    distributions: list[Distribution],
) -> Iterator[Remedy]:
    pins = _pins(alike, row)
    yield Remedy(
        text=f"Install what the set {row.name} has",
        commands=tuple(commands(interpreter, distributions, pins)),
        pins=tuple(f"{name}=={version}" for name, version in pins),
    )
    for deviation in row.deviations:
        if item.name in row.alternatives and Requirement(deviation.requirement).name == item.name:
            yield Remedy(
                text=f"Remove {item.name}, as the set was proven: {deviation.reason}",
                commands=(uninstall(interpreter, distributions, item.name),),
            )


def _pins(alike: list[Difference], row: KnownGoodSet) -> list[tuple[str, str]]:
    """What to install: a bound distribution fits only together with the others that are bound."""
    versions = {**row.alternatives, **row.pins}
    names = [item.name for item in alike]
    if any(item.bound and item.name in row.pins for item in alike):
        names = [*(name for name in row.bound if name in row.pins), *names]
    relabelled = any(item.name == "torch" and item.other_build and row.cuda for item in alike)
    # The installer takes 2.4.0+cpu for 2.4.0 and would leave it: the label has to be named.
    label = f"+cu{row.cuda.replace('.', '')}" if relabelled else ""
    return [
        (name, versions[name] + label if name == "torch" and not Version(versions[name]).local else versions[name])
        for name in dict.fromkeys(names)
    ]

"""PKG001."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from doctor.core.frozen import light_dataclass
from doctor.core.install import install, uninstall
from doctor.core.interpreter import INTERPRETER, Interpreter
from doctor.core.matrix import Matrix
from doctor.core.packages.declared import with_declared
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.packages.stack import FLASH_ATTENTION, OF_ONE_TORCH
from doctor.core.report import Cause, Problem, Remedy, Safety, Severity
from doctor.core.rule import Env, rule
from doctor.rules.pkg.requirements import (
    Demand,
    combine,
    contains,
    requirements_of,
    satisfiable,
    source_of,
    too_old,
    weigh_outside,
)
from doctor.rules.pkg.stack import FRAMEWORKS, LEADERS, STACK, anchor_rank, listing, rank

# No release of it goes with a torch after 2.4: vLLM holds these kernels itself since 0.6
# (https://pypi.org/project/vllm-flash-attn/).
_ENDED = frozenset({"vllm-flash-attn"})


@light_dataclass(frozen=True)
class _Clash:
    """An installed distribution that does not satisfy some of the demands on it."""

    name: str
    found: str
    unmet: tuple[Demand, ...]
    met: tuple[Demand, ...]
    severity: Severity
    follows: str = ""


@rule(severity=Severity.ERROR, cause=Cause.OTHER, since="0.1.0", reads=(INTERPRETER, DISTRIBUTIONS))
def requirement_not_met(env: Env) -> Iterator[Problem]:
    """The installed versions satisfy every requirement on them.

    ## What it checks
    Each Requires-Dist of each installed distribution whose marker holds for this interpreter,
    with every extra that another installed distribution asks for, is compared with the version
    that is installed, as pip does it: prereleases count, and `2.4.0+cu121` satisfies
    `==2.4.0`. All requirements on one distribution make one finding. It is an error where the
    distribution that requires belongs to the training and serving stack or is required by it,
    else a warning, as is another patch release of the torch that is pinned. What only follows
    from another finding here, and a requirement that a known-good set breaks on purpose, are
    only mentioned. Of a list that states versions only, the requirements are those that the
    package index states of the releases that doctor knows.

    ## Why it matters
    Packages with compiled parts are built against exact versions of each other: with another
    torch they do not load, or they load and compute something else.

    ## How to fix it
    Install a version that satisfies all of the requirements. Where there is none, the command
    keeps to what the most important distribution asks for and lets the others move.

    ## Sources
    - https://packaging.python.org/en/latest/specifications/dependency-specifiers/
    - https://pip.pypa.io/en/stable/cli/pip_check/
    """
    interpreter = env.need(INTERPRETER)
    distributions = with_declared(env, env.need(DISTRIBUTIONS))
    clashes = _follow(sorted(_clashes(env, interpreter, distributions), key=lambda clash: rank(clash.name)))
    clashes.sort(key=lambda clash: -clash.severity)
    required = frozenset(demand.name for demand in requirements_of(env, interpreter, distributions).demands)
    alone = [clash for clash in clashes if clash.name in STACK]
    others = [clash for clash in clashes if clash.name not in STACK]
    for clash in alone if len(others) > 3 else clashes:
        yield _problem(clash, interpreter, distributions, required)
    if len(others) > 3:
        yield _fold(others, interpreter, distributions)


def _clashes(env: Env, interpreter: Interpreter, distributions: tuple[Distribution, ...]) -> Iterator[_Clash]:
    requirements = requirements_of(env, interpreter, distributions)
    by_name: dict[str, list[Demand]] = {}
    for demand in requirements.demands:
        if demand.name in requirements.versions:
            by_name.setdefault(demand.name, []).append(demand)
    for name, demands in by_name.items():
        found = requirements.versions[name]
        demands.sort(key=lambda demand: anchor_rank(demand.by.name))
        try:
            met = tuple(demand for demand in demands if contains(demand.specifier, found))
        except InvalidVersion:
            env.gap(f"the version of {name}, {found!r}, cannot be compared with what others need")
            continue
        unmet = tuple(demand for demand in demands if demand not in met)
        if unmet:
            yield _Clash(name, found, unmet, met, _severity(env, unmet, found, requirements.job))


def _follow(clashes: list[_Clash]) -> list[_Clash]:
    """Mark what only distributions require that have to be replaced themselves: it is only mentioned."""
    first: set[str] = set()
    marked = []
    for clash in clashes:
        by = {demand.by.name for demand in clash.unmet}
        if clash.severity is Severity.ERROR and by <= first:
            clash = dataclasses.replace(clash, severity=Severity.INFO, follows=listing(sorted(by)))
        elif clash.severity is Severity.ERROR:
            first.add(clash.name)
        marked.append(clash)
    return marked


def _severity(env: Env, unmet: tuple[Demand, ...], found: str, job: frozenset[str]) -> Severity:
    grave = [demand for demand in unmet if demand.by.name in job]
    if not grave:
        return weigh_outside(unmet)
    if all(_is_intended(env, env.matrix, demand, found) for demand in grave):
        return Severity.INFO
    return Severity.WARNING if all(_is_patch(demand, found) for demand in grave) else Severity.ERROR


def _is_patch(demand: Demand, found: str) -> bool:
    """Whether torch is only a patch release off: within a minor release it keeps what is compiled against it.

    vLLM 0.6.3, which pins torch 2.4.0, was run on 2.4.1 (https://github.com/hiyouga/LLaMA-Factory/issues/6047).
    """
    pins = [Version(item.version) for item in demand.specifier if item.operator == "==" and "*" not in item.version]
    if demand.name != "torch" or len(pins) != 1:
        return False
    wanted, present = pins[0].release, Version(found).release
    return wanted != present and wanted[:2] == present[:2]


def _is_intended(env: Env, matrix: Matrix, demand: Demand, found: str) -> bool:
    """Whether a known-good set breaks this requirement on purpose with these versions."""
    for known in matrix.sets:
        if (
            known.pins.get(demand.name) != found
            or known.pins.get(demand.by.name, demand.by.version) != demand.by.version
        ):
            continue
        for deviation in known.deviations:
            broken = Requirement(deviation.requirement)
            if deviation.distribution == demand.by.name and canonicalize_name(broken.name) == demand.name:
                env.cite(known.name)
                return True
    return False


def _cause(clash: _Clash) -> Cause:
    if clash.name == "torch":
        return _torch_cause({demand.by.name for demand in clash.unmet})
    if clash.name == "numpy" and Version(clash.found).major >= 2 and not too_old(clash.unmet[0].specifier, clash.found):
        return Cause.NUMPY_2
    if clash.name == "transformers":
        old = too_old(clash.unmet[0].specifier, clash.found)
        return Cause.TRANSFORMERS_TOO_OLD if old else Cause.TRANSFORMERS_TOO_NEW
    # What others share and ask for in versions that do not go together; that what one trains or serves with is not
    # the release that another was made for has no name of its own.
    return Cause.OTHER if clash.name in FRAMEWORKS else Cause.DUPLICATE_OR_CONFLICTING_PACKAGES


def _torch_cause(by: set[str]) -> Cause:
    """Where only what is compiled against torch asks for another one, that is what does not load."""
    if by <= {*FLASH_ATTENTION}:
        return Cause.ABI_MISMATCH_FLASH_ATTN
    return Cause.ABI_MISMATCH_OTHER if by <= {*FLASH_ATTENTION, *OF_ONE_TORCH} else Cause.TORCH_PIN_VIOLATED


def _problem(
    clash: _Clash, interpreter: Interpreter, distributions: tuple[Distribution, ...], required: frozenset[str]
) -> Problem:
    there = _presence(clash, distributions)
    outside = _outside(clash.name, interpreter, distributions)
    message = f"{listing((str(demand) for demand in clash.unmet), 3)}; {clash.found} {there}"
    message += f" in {outside}, which comes first on the search path" if outside else ""
    if clash.follows:
        message += f"; this follows from the {clash.follows} that {there}, which has to be replaced as well"
    if not satisfiable(combine((*clash.unmet, *clash.met))):
        message += f"; no version of {clash.name} satisfies all that require it"
        against = [demand for demand in clash.met if not satisfiable(combine((clash.unmet[0], demand)))]
        content = [f"{demand.by.name} needs {demand.specifier}" for demand in against]
        message += f" ({listing(content)})" if content else ""
    return Problem(
        subject=clash.name,
        message=message,
        location=source_of(clash.unmet[0].by),
        severity=clash.severity,
        cause=_cause(clash),
        remedies=tuple(_remedies(clash, interpreter, distributions, required)),
    )


def _presence(clash: _Clash, distributions: tuple[Distribution, ...]) -> str:
    return next((item.presence for item in distributions if item.name == clash.name), "is installed")


def _remedies(
    clash: _Clash, interpreter: Interpreter, distributions: tuple[Distribution, ...], required: frozenset[str]
) -> Iterator[Remedy]:
    together = combine((*clash.unmet, *clash.met))
    if outside := _outside(clash.name, interpreter, distributions):
        yield _leave_out(outside, clash.name, interpreter)
    if satisfiable(together):
        wanted = f"{clash.name}{together}"
        text = f"Install the {clash.name} that suits all that require it"
        yield Remedy(text=text, commands=(install(interpreter, distributions, wanted),), pins=(wanted,))
        return
    wanted, moving, text = _choose(clash)
    spare = [name for name in moving if name not in required and name not in LEADERS]
    if not set(moving) <= _ENDED.intersection(spare):
        command = install(interpreter, distributions, wanted, *moving)
        yield Remedy(text=text, commands=(command,), pins=(wanted,))
    if spare:
        text = f"Remove {listing(spare)}, which no other distribution requires"
        yield Remedy(text=text, commands=(uninstall(interpreter, distributions, *spare),))


def _outside(name: str, interpreter: Interpreter, distributions: tuple[Distribution, ...]) -> str:
    """The folder before the environment's own packages that a distribution is imported from, "" for none.

    What is installed into the environment is hidden by it.
    """
    paths = [item.path for item in distributions if item.name == name and not item.shadowed]
    folder = paths[0].rpartition("/")[0] if paths else ""
    if folder in interpreter.site_packages:
        return ""
    first = (*interpreter.python_path, *(entry for line in interpreter.start_code for entry in line.first))
    return folder if folder in {entry.rstrip("/") for entry in first} else ""


def _leave_out(folder: str, name: str, interpreter: Interpreter) -> Remedy:
    for line in interpreter.start_code:
        if folder in {entry.rstrip("/") for entry in line.first}:
            text = f"Delete the file that puts {folder} first: what is installed into the environment is hidden by it"
            return Remedy(text=text, commands=(("rm", line.file),), safety=Safety.MANUAL)
    text = f"Take {folder} out of PYTHONPATH: it hides the {name} that is installed into the environment"
    return Remedy(text=text, commands=(("unset", "PYTHONPATH"),), safety=Safety.MANUAL)


def _choose(clash: _Clash) -> tuple[str, tuple[str, ...], str]:
    """Keep to the requirement of the distribution that others have to follow; the rest moves.

    Returns the requirement, the distributions that move, and what is done in words.
    """
    anchor = min((*clash.met, *clash.unmet), key=lambda demand: (anchor_rank(demand.by.name), demand in clash.unmet))
    if anchor in clash.met:
        moving = tuple(dict.fromkeys(demand.by.name for demand in clash.unmet))
        text = f"Keep {clash.name} {clash.found}, which {anchor.by.name} needs, and let {listing(moving)} move"
        return f"{clash.name}=={clash.found}", moving, text
    kept = [demand for demand in (*clash.unmet, *clash.met) if satisfiable(combine((anchor, demand)))]
    moving = tuple(dict.fromkeys(demand.by.name for demand in (*clash.unmet, *clash.met) if demand not in kept))
    text = f"Install the {clash.name} that {anchor.by.name} {anchor.by.version} needs, and let {listing(moving)} move"
    return f"{clash.name}{anchor.specifier}", moving, text


def _fold(clashes: list[_Clash], interpreter: Interpreter, distributions: tuple[Distribution, ...]) -> Problem:
    wanted: list[str] = []
    for clash in clashes:
        together = combine((*clash.unmet, *clash.met))
        first = combine(clash.unmet[:1])
        wanted.append(f"{clash.name}{together if satisfiable(together) else first}")
    seen = listing((f"{clash.unmet[0]} ({clash.found} {_presence(clash, distributions)})" for clash in clashes), 5)
    return Problem(
        subject=f"{len(clashes)} further distributions",
        message=seen,
        location=source_of(clashes[0].unmet[0].by),
        severity=max(clash.severity for clash in clashes),
        cause=Cause.DUPLICATE_OR_CONFLICTING_PACKAGES,
        remedies=(
            Remedy(
                text="Install versions that suit what requires them",
                commands=(install(interpreter, distributions, *wanted),),
                pins=tuple(wanted),
            ),
        ),
    )

"""Finding the rules: each is a file in `doctor/rules/<topic>/`, and its name is its code."""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

import doctor.rules
from doctor.core.errors import SelectionError
from doctor.core.rule import RULE_MODULE, Rule
from doctor.engine.index import import_rule, installed_index

if TYPE_CHECKING:
    from doctor.core.fleet.rule import FleetRule

FLEET_TOPIC = "FLT"
"""The topic of the rules that compare nodes: `doctor fleet check` judges by them, `doctor check` does not."""

_LIST_HINT = "`doctor explain --list` shows them all"


@cache
def module_names() -> dict[str, str]:
    """Map each rule's code to its module, without importing any."""
    return names_in(doctor.rules.__path__)


def names_in(folders: Iterable[str]) -> dict[str, str]:
    """Map the codes of the rules in folders of topics to their modules.

    Raises:
        AssertionError: two files have the same code.
    """
    folders, names = tuple(folders), dict[str, str]()
    for topic in pkgutil.iter_modules(folders):
        package = f"{doctor.rules.__name__}.{topic.name}"
        folder = [f"{entry}/{topic.name}" for entry in folders]
        for module in pkgutil.iter_modules(folder):
            match = RULE_MODULE.match(module.name)
            if match:
                code = f"{match['topic']}{match['number']}".upper()
                if code in names:
                    raise AssertionError(f"{names[code]} and {package}.{module.name} have the same code")
                names[code] = f"{package}.{module.name}"
    return dict(sorted(names.items()))


def load(code: str) -> Rule:
    """Return the rule of a code.

    Raises:
        SelectionError: there is no such rule; the hint names the ones that are near.
    """
    module = module_names().get(code.upper())
    if module is None:
        raise SelectionError(f"there is no rule {code}", hint=_near(code))
    return import_rule(module)


def described(code: str, package: str = doctor.rules.__name__) -> Rule:
    """Return the rule of a code as the index in a package describes it, or the rule itself where that does not."""
    return _index(package).get(code) or load(code)


@cache
def _index(package: str) -> Mapping[str, Rule]:
    """The rules of single environments that an installation describes, by their codes."""
    return {rule.code: rule for rule in installed_index(package).values()}


def find(word: str) -> Rule:
    """Return the rule of a code (``PKG001``) or of a name (``requirement-not-met``).

    Raises:
        SelectionError: there is no such rule; the hint names the ones that are near.
    """
    return load(_codes_by_name().get(word.lower().replace("_", "-"), word))


def select(wanted: tuple[str, ...] = (), ignored: tuple[str, ...] = ()) -> tuple[tuple[Rule, ...], tuple[str, ...]]:
    """Return the selected rules of single environments and the codes of those that were not selected.

    A selector is a code (``PKG001``) or the beginning of one (``PKG``, ``GPU0``); without
    selectors every rule is wanted.

    Raises:
        SelectionError: a selector matches no rule, or none is left.
    """
    for selector in wanted:
        if selector.upper().startswith(FLEET_TOPIC):
            hint = f"`doctor fleet check --select {selector}` compares them"
            raise SelectionError(f"{selector} is about the nodes of a fleet, not about one environment", hint=hint)
    codes = node_codes()
    chosen = _choose(codes, wanted, ignored)
    return tuple(described(code) for code in chosen), tuple(code for code in codes if code not in chosen)


def select_for_fleet(
    wanted: tuple[str, ...] = (), ignored: tuple[str, ...] = ()
) -> tuple[tuple[Rule, ...], tuple[FleetRule, ...], tuple[str, ...]]:
    """Return the selected rules of each node, those that compare nodes, and the codes that were not selected.

    Raises:
        SelectionError: a selector matches no rule, or none is left.
    """
    from doctor.core.fleet.rule import FleetRule  # late: a single environment has no use for it

    chosen = _choose(tuple(module_names()), wanted, ignored)
    rules = [described(code) for code in chosen]
    of_fleets = tuple(item for item in rules if isinstance(item, FleetRule))
    of_nodes = tuple(item for item in rules if not isinstance(item, FleetRule))
    return of_nodes, of_fleets, tuple(code for code in module_names() if code not in chosen)


def node_codes(package: str = doctor.rules.__name__) -> tuple[str, ...]:
    """The codes of the rules that judge one environment, sorted; of an installation those in its package's index."""
    # The folders of an installation need not be listed: that takes as long as reading the index.
    return tuple(_index(package)) or tuple(code for code in module_names() if not code.startswith(FLEET_TOPIC))


def fleet_codes() -> tuple[str, ...]:
    """The codes of the rules that compare nodes."""
    return tuple(code for code in module_names() if code.startswith(FLEET_TOPIC))


def _choose(codes: tuple[str, ...], wanted: tuple[str, ...], ignored: tuple[str, ...]) -> list[str]:
    for selector in (*wanted, *ignored):
        if not any(code.startswith(selector.upper()) for code in (*codes, *fleet_codes())):
            raise SelectionError(f"no rule matches {selector!r}", hint=_near(selector))
    beginnings, without = (tuple(item.upper() for item in selectors) for selectors in (wanted or ("",), ignored))
    chosen = [code for code in codes if code.startswith(beginnings) and not code.startswith(without)]
    if not chosen:
        raise SelectionError("every rule is ignored: nothing would be judged")
    return chosen


def _codes_by_name() -> dict[str, str]:
    return {_name_of(module): code for code, module in module_names().items()}


def _name_of(module: str) -> str:
    # The folder of a topic is one word: the first underscore stands after the code.
    return module.partition("_")[2].replace("_", "-")


def _near(word: str) -> str:
    """Name up to three rules whose code or name resembles a word."""
    # Late: only a word that matches nothing needs it.
    import difflib

    names = _codes_by_name()
    codes = {code: name for name, code in names.items()}
    near = (
        [code for code in codes if _plain(code) == _plain(word)]
        or difflib.get_close_matches(word.upper(), codes)
        or [names[name] for name in difflib.get_close_matches(word.lower(), names)]
    )
    if not near:
        return _LIST_HINT
    return f"near it are {', '.join(f'{code} ({codes[code]})' for code in near)}; {_LIST_HINT}"


def _plain(code: str) -> str:
    """A code without the leading zeros of its number, and without a hyphen: ``PKG-1`` is near ``PKG001``."""
    return re.sub(r"[-_ ]*0*(\d+)$", r"\1", code.upper())

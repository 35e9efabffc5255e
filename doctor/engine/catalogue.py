"""Finding the rules: each is a file in `doctor/rules/<topic>/`, and its name is its code."""

from __future__ import annotations

import importlib
import pkgutil
import re
from functools import cache

import doctor.rules
from doctor.core.errors import SelectionError
from doctor.core.rule import Rule

_RULE_MODULE = re.compile(r"^[a-z]+\d{3}_")


@cache
def module_names() -> dict[str, str]:
    """Map each rule's code to its module, without importing any."""
    names: dict[str, str] = {}
    for topic in pkgutil.iter_modules(doctor.rules.__path__):
        if not topic.ispkg:
            continue
        package = f"{doctor.rules.__name__}.{topic.name}"
        folder = [f"{entry}/{topic.name}" for entry in doctor.rules.__path__]
        for module in pkgutil.iter_modules(folder):
            if _RULE_MODULE.match(module.name):
                names[module.name.split("_")[0].upper()] = f"{package}.{module.name}"
    return dict(sorted(names.items()))


def load(code: str) -> Rule:
    """Return the rule of a code.

    Raises:
        SelectionError: there is no such rule.
    """
    module = module_names().get(code.upper())
    if module is None:
        raise SelectionError(f"there is no rule {code}", hint="`doctor explain --list` shows them all")
    found = [value for value in vars(importlib.import_module(module)).values() if isinstance(value, Rule)]
    if len(found) != 1:
        raise AssertionError(f"{module} holds {len(found)} rules instead of one")
    return found[0]


def select(wanted: tuple[str, ...] = (), ignored: tuple[str, ...] = ()) -> tuple[tuple[Rule, ...], tuple[str, ...]]:
    """Return the selected rules and the codes that were not selected.

    A selector is a code (``PKG001``) or the beginning of one (``PKG``, ``GPU0``); without
    selectors every rule is wanted.

    Raises:
        SelectionError: a selector matches no rule, or none is left.
    """
    codes = tuple(module_names())
    for selector in (*wanted, *ignored):
        if not any(code.startswith(selector.upper()) for code in codes):
            raise SelectionError(f"no rule matches {selector!r}", hint="`doctor explain --list` shows them all")
    chosen = [code for code in codes if not wanted or code.startswith(tuple(item.upper() for item in wanted))]
    chosen = [code for code in chosen if not (ignored and code.startswith(tuple(item.upper() for item in ignored)))]
    if not chosen:
        raise SelectionError("every rule is ignored: nothing would be judged")
    left_out = tuple(code for code in codes if code not in chosen)
    return tuple(load(code) for code in chosen), left_out

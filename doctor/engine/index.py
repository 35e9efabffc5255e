"""The index of the rules: what is said of each, and the fact that it needs before anything else.

Most rules judge a model, an adapter, a command line or a GPU, and a plain `doctor check` of many a machine has none
of these: importing their 190 files takes longer than judging by the others, and what each concludes follows from the
fact that it needs first. A build of the wheel makes the index out of the rules; a checkout has none and imports them.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache, partial
from types import ModuleType
from typing import Any, NoReturn, cast

import msgspec

from doctor.core.errors import DoctorError
from doctor.core.keys import KEYS
from doctor.core.report import Cause, Severity
from doctor.core.rule import Check, Env, Rule, name_of
from doctor.core.snapshot import Key

INDEX = "index.json"
"""The name of the file, which lies beside the topics in `doctor/rules`."""


class _Entry(msgspec.Struct):
    """What the index says of one rule; `first` is "" where it does anything before it needs a fact."""

    module: str
    title: str
    severity: Severity
    cause: Cause
    since: str
    reads: tuple[str, ...]
    first: str


def compile_index(modules: Iterable[str]) -> bytes:
    """The index of the rules in these modules: the same rules give the same bytes."""
    return msgspec.json.encode([_describe(module) for module in modules])


def read_index(content: bytes) -> dict[str, Rule]:
    """The rules of an index by their modules, each of which is imported when the rule is asked to judge.

    Raises:
        DoctorError: this is none.
    """
    try:
        return {entry.module: _rule(entry) for entry in msgspec.json.decode(content, type=list[_Entry])}
    except (msgspec.DecodeError, KeyError, ValueError) as error:
        message = f"the index of the rules that ships with doctor is damaged: {error}"
        raise DoctorError(message, hint="install doctor again") from error


def installed_index(package: str) -> dict[str, Rule]:
    """The rules that an installation describes in a package, by their modules: none in a checkout.

    Raises:
        DoctorError: its index is damaged.
    """
    try:
        content = pkgutil.get_data(package, INDEX)
    except OSError:
        return {}
    return read_index(content) if content else {}


def import_rule(module: str) -> Rule:
    """The rule in a module."""
    return rule_in(importlib.import_module(module))


def rule_in(module: ModuleType) -> Rule:
    """The rule of a module.

    Raises:
        AssertionError: it holds none, or several.
    """
    found = [value for value in vars(module).values() if isinstance(value, Rule)]
    if len(found) != 1:
        raise AssertionError(f"{module.__name__} holds {len(found)} rules instead of one")
    return found[0]


def first_need(rule: Rule) -> str:
    """The name of the fact that a rule needs before it does anything else, "" where there is no such fact.

    It is found by letting the rule judge nothing, so that it cannot have looked at a snapshot or a matrix before.
    """
    nothing = cast("Any", None)
    env = _Listening(snapshot=nothing, matrix=nothing, reads=frozenset())
    try:
        next(rule.load()(env), None)
    except _NeededError as needed:
        return "" if env.evidence or env.gaps else str(needed)
    except Exception:  # noqa: BLE001 - it looked at something in another way, and there is nothing
        return ""
    return ""


class _NeededError(BaseException):
    """Ends a rule at the first fact that it needs; no rule handles it."""


class _Listening(Env):
    def need(self, key: Key[Any]) -> NoReturn:
        raise _NeededError(key.name)


def _describe(module: str) -> _Entry:
    rule = import_rule(module)
    return _Entry(
        module=module,
        title=rule.title,
        severity=rule.severity,
        cause=rule.cause,
        since=rule.since,
        reads=tuple(key.name for key in rule.reads),
        first=first_need(rule),
    )


def _rule(entry: _Entry) -> Rule:
    return Rule(
        **name_of(entry.module),
        title=entry.title,
        severity=entry.severity,
        cause=entry.cause,
        since=entry.since,
        reads=tuple(KEYS[name] for name in entry.reads),
        load=partial(_check_in, entry.module),
        first=KEYS[entry.first] if entry.first else None,
    )


@cache
def _check_in(module: str) -> Check:
    return import_rule(module).load()

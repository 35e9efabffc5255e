"""A plan as text."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from doctor.core.packages.distribution import Distribution
from doctor.remedy.plan import Move, Plan

SHOWN = 3
"""How many of the things that could not be judged are shown: the check tells them all."""


def intended_moves(plan: Plan, distributions: Iterable[Distribution]) -> tuple[Move, ...]:
    """What the plan itself moves. What follows from that, only a resolver can say."""
    before = {item.name: item.version for item in distributions if not item.shadowed}
    names = sorted({*plan.pins, *plan.removals, *plan.reinstalls, *plan.moving})
    moves = []
    for name in names:
        after = _after(name, plan, before)
        if after != before.get(name, "") or name in plan.reinstalls:
            codes = plan.codes.get(name, ())
            moves.append(Move(name=name, before=before.get(name, ""), after=after, why=why_of(name, plan), codes=codes))
    return tuple(moves)


def _after(name: str, plan: Plan, before: dict[str, str]) -> str:
    if name in plan.removals:
        return ""
    if name in plan.pins:
        return plan.pins[name].removeprefix(name).removeprefix("==")
    return before.get(name, "") if name in plan.reinstalls else "another version that fits"


def why_of(name: str, plan: Plan) -> str:
    """The reason for the move of a distribution that the plan names."""
    codes = ", ".join(plan.codes.get(name, ()))
    if codes:
        return codes
    return f"the set {plan.chosen.name}" if plan.chosen else "asked for"


def say_move(move: Move) -> str:
    """A move in words, for a list that keeps only the beginning of a long reason."""
    if not move.before:
        what = f"{move.name} {move.after} is added"
    elif not move.after:
        what = f"{move.name} {move.before} goes"
    elif move.before == move.after:
        what = f"{move.name} {move.after} is installed again"
    else:
        what = f"{move.name} {move.before} becomes {move.after}"
    # A long reason of the resolver is told on the terminal, not here.
    return f"{what}: {move.why.partition(':')[0]}"


def render_plan(plan: Plan, moves: Iterable[Move], *, nothing: str = "nothing to mend") -> str:
    """The plan for a reader: the set, the moves, and what is left to a person."""
    lines = []
    rows = list(moves)
    if plan.chosen is not None and rows:
        lines += [f"Known-good set: {plan.chosen.name} ({plan.why})", ""]
    if rows:
        lines += [_heading("change", len(rows)), *_table(rows), ""]
    if plan.leftovers:
        lines += ["Leftovers to delete:", *(f"  {path}  ({code})" for path, code in plan.leftovers), ""]
    if plan.steps:
        lines += ["For a person, not done by doctor:", *_steps(plan), ""]
    if plan.unknown:
        lines += ["Could not be judged:", *_unknown(plan), ""]
    if not (rows or plan.leftovers or plan.steps):
        lines = [f"{nothing[0].upper()}{nothing[1:]}.", "", *lines]
    return "\n".join(lines).rstrip() + "\n"


def _heading(word: str, number: int) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}:"


def _table(rows: list[Move]) -> list[str]:
    cells = [(move.name, move.before or "-", _last(move), move.why) for move in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return [
        f"  {name:<{widths[0]}}  {before:>{widths[1]}} -> {after:<{widths[2]}}  {why}"
        for name, before, after, why in cells
    ]


def _last(move: Move) -> str:
    if not move.after:
        return "removed"
    return f"{move.after} again" if move.after == move.before else move.after


def _unknown(plan: Plan) -> list[str]:
    more = len(plan.unknown) - SHOWN
    lines = [f"  {item}" for item in plan.unknown[:SHOWN]]
    return [*lines, *([f"  and {more} more, which `doctor check` shows"] if more > 0 else [])]


def _steps(plan: Plan) -> list[str]:
    lines = []
    for step in plan.steps:
        lines.append(f"  {step.code} {step.subject}: {step.text}")
        lines += [f"    {shlex.join(command)}" for command in step.commands]
    return lines

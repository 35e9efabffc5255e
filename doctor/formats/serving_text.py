"""A server's plan for people: the memory of a GPU as a bar, what fits, and the command line with its reasons."""

from __future__ import annotations

from doctor.core.serving import ServingPlan
from doctor.core.size import say_bytes
from doctor.formats.capacity import tell_capacity
from doctor.formats.clean import quote
from doctor.formats.page import Page

_STYLES = {
    "weights": ("█", "#", "blue"),
    "LoRA buffers": ("▓", "%", "magenta"),
    "activations": ("▒", "+", "yellow"),
    "CUDA context": ("▚", "o", "cyan"),
    "CUDA graphs": ("▞", "@", "cyan"),
    "KV cache": ("▄", "=", "green"),
    "in use": ("▌", "x", "red"),
    "free": ("░", ".", "dim"),
}
"""How each segment is drawn: no two alike, with and without colour, and beyond ASCII or not."""


def write_plan(page: Page, plan: ServingPlan) -> str:
    """Write a plan as text."""
    page.line(("doctor plan ", "dim"), (plan.model, "bold"), f" on {plan.machine}")
    page.blank()
    _write_bar(page, plan)
    _write_segments(page, plan)
    page.blank()
    if plan.capacity is None:
        page.line((f"{page.look.mark('✗', 'x')} {plan.shortage}", "bold red"), hang=2)
    else:
        _write_capacity(page, plan)
        _write_command(page, plan)
    for note in plan.notes:
        page.line((f"- {note}", "dim"), hang=2)
    return page.text()


WIDE = 64
"""Columns from which on the words about a part stand beside its size, and below it on fewer."""


def _write_bar(page: Page, plan: ServingPlan) -> None:
    width = page.width - 4
    parts: list[tuple[str, str] | str] = []
    drawn, reached = 0, 0
    for segment in plan.segments:
        reached += segment.size
        until = min(width, round(width * reached / plan.memory))
        character, style = _style(page, segment.name)
        if until > drawn:
            parts.append((character * (until - drawn), style))
        drawn = max(drawn, until)
    page.line(*parts, indent=2)


def _write_segments(page: Page, plan: ServingPlan) -> None:
    for segment in plan.segments:
        character, style = _style(page, segment.name)
        size = f"{'' if segment.exact else 'about '}{say_bytes(segment.size)}"
        lead, detail = ((character, style), f" {segment.name:<14}{size:>16}"), (segment.detail, "dim")
        if page.width >= WIDE:
            page.line(*lead, "  ", detail, indent=2, hang=34)
        else:
            page.line(*lead, indent=2)
            page.line(detail, indent=4)


def _write_capacity(page: Page, plan: ServingPlan) -> None:
    lead, rest = tell_capacity(plan)
    page.line((f"{page.look.mark('✓', '+')} {lead}", "bold green"), f", {rest}", hang=2)
    page.blank()


def _write_command(page: Page, plan: ServingPlan) -> None:
    page.line(("Serve it with", "bold"))
    page.verbatim(quote(plan.command), "cyan", indent=6)
    page.blank()
    for item in plan.arguments:
        lead = " ".join((item.name, *item.values))
        page.line((lead, "bold"), (f"  {item.reason}", "dim"), indent=2, hang=4)
    page.blank()


def _style(page: Page, name: str) -> tuple[str, str]:
    character, plain, style = _STYLES[name]
    return page.look.mark(character, plain), style

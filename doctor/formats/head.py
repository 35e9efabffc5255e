"""The head of a text report: what was examined and the stack that was seen."""

from __future__ import annotations

from collections import Counter

from doctor.core.report import Report
from doctor.formats.page import Page
from doctor.formats.stack import Device, Stack


def write_head(page: Page, report: Report, stack: Stack, why: str) -> None:
    """Write what was examined and why, then the stack; what was not looked at is left out."""
    examined = stack.executable or report.target
    reason = f"({why})" if why else ""
    beside = page.fits(f"doctor {examined}  {reason}")
    page.line(("doctor ", "dim"), (examined, "bold"), (f"  {reason}" if reason and beside else "", "dim"))
    if reason and not beside:
        page.line((reason, "dim"), indent=2)
    for label, items in _rows(stack):
        page.items(label, items)
    for label, told in stack.origins():
        if label == "Not read":
            # Sentences of a reader's length, one a line: joined they cannot be told apart.
            for number, line in enumerate(told):
                page.items("" if number else label, [line])
        else:
            page.items(label, list(told))
    if " " in report.matrix_version:
        # Not the one that ships with doctor: what it finds may differ from what others are told.
        page.items("Matrix", [report.matrix_version])
    page.blank()


def _rows(stack: Stack) -> list[tuple[str, list[str]]]:
    rows = [
        ("Python", [part for part in (stack.python, stack.environment, stack.platform) if part]),
        ("Stack", _versions(stack)),
        ("GPU", _gpus(stack)),
    ]
    return [(label, items) for label, items in rows if items]


def _versions(stack: Stack) -> list[str]:
    named = []
    for name, version in stack.versions.items():
        build = stack.torch_build if name == "torch" and stack.torch_build else ""
        # The version of a CPU build says so itself: 2.4.0+cpu.
        named.append(
            f"{name} {version} ({build})" if build and f"+{build.lower()}" not in version else f"{name} {version}"
        )
    return named


def _gpus(stack: Stack) -> list[str]:
    items = []
    if stack.devices is not None:
        kinds = Counter(_device(device) for device in stack.devices)
        items = [kind if count == 1 else f"{count} x {kind}" for kind, count in kinds.items()] or ["none"]
    if stack.driver:
        items.append(f"driver {stack.driver}" + (f" (CUDA {stack.driver_cuda})" if stack.driver_cuda else ""))
    return items


def _device(device: Device) -> str:
    details = []
    if device.memory:
        details.append(f"{device.memory / 1024:.0f} GiB")
    if device.capability:
        details.append(f"capability {device.capability}")
    return (device.name or "a GPU") + (f" ({', '.join(details)})" if details else "")

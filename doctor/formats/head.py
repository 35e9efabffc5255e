"""The head of a text report: what was examined and the stack that was seen."""

from __future__ import annotations

from collections import Counter

from doctor.core.report import Report
from doctor.formats.page import Page
from doctor.formats.stack import Device, Stack

LABEL = 9
"""Columns of the labels."""


def write_head(page: Page, report: Report, stack: Stack, why: str) -> None:
    """Write what was examined and why, then the stack; what was not looked at is left out."""
    examined = stack.executable or report.target
    page.line(("doctor ", "dim"), (examined, "bold"), (f"  ({why})" if why else "", "dim"))
    for label, text in _rows(stack):
        page.line((f"{label:<{LABEL}}", "dim"), text, indent=2, hang=LABEL)
    page.blank()


def _rows(stack: Stack) -> list[tuple[str, str]]:
    rows = [("Python", ", ".join(part for part in (stack.python, stack.environment, stack.platform) if part))]
    rows.append(("Stack", ", ".join(_versions(stack))))
    rows.append(("GPU", _gpus(stack)))
    return [(label, text) for label, text in rows if text]


def _versions(stack: Stack) -> list[str]:
    named = []
    for name, version in stack.versions.items():
        build = f" ({stack.torch_build})" if name == "torch" and stack.torch_build else ""
        named.append(f"{name} {version}{build}")
    return named


def _gpus(stack: Stack) -> str:
    driver = f"driver {stack.driver}" if stack.driver else ""
    if driver and stack.driver_cuda:
        driver += f" (CUDA {stack.driver_cuda})"
    if stack.devices is None:
        return driver
    kinds = Counter(_device(device) for device in stack.devices)
    named = [kind if count == 1 else f"{count} x {kind}" for kind, count in kinds.items()]
    return ", ".join([*(named or ["none"]), driver] if driver else named or ["none"])


def _device(device: Device) -> str:
    details = []
    if device.memory:
        details.append(f"{device.memory / 1024:.0f} GiB")
    if device.capability:
        details.append(f"capability {device.capability}")
    return (device.name or "a GPU") + (f" ({', '.join(details)})" if details else "")

"""Reports of every kind, for the tests of the formats."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from doctor.core.fact import Source, SourceKind
from doctor.core.interpreter import INTERPRETER
from doctor.core.report import Cause, Evidence, Outcome, Problem, Remedy, Report, Safety, Severity, Verdict
from doctor.engine.catalogue import load, module_names
from doctor.formats.rendering import Rendering
from doctor.formats.stack import Device, Stack
from tests.facts import interpreter, snapshot

METADATA = Source(kind=SourceKind.DIST_INFO, where="/env/lib/vllm-0.5.5.dist-info/METADATA", line=12)

INSTALL = Remedy(
    text="Install the torch that vllm takes",
    commands=(("/env/bin/python", "-m", "pip", "install", "torch<2.5"),),
    pins=("torch<2.5",),
)
BY_HAND = Remedy(text="Ask who runs the machine to load the driver", safety=Safety.MANUAL)

STACK = Stack(
    executable="/env/bin/python",
    python="3.11.7",
    environment="virtual environment",
    platform="Debian GNU/Linux 12, x86_64",
    versions={"vllm": "0.5.5", "torch": "2.5.1"},
    torch_build="CUDA 12.4",
    driver="550.54.14",
    driver_cuda="12.4",
    devices=(Device(name="NVIDIA H100 80GB HBM3", capability="9.0", memory=81559),) * 2,
)


def problem(subject: str = "torch", message: str = "2.5.1 is installed, 2.4.0 is needed", **changes: Any) -> Problem:
    return Problem(subject=subject, message=message, **{"remedies": (INSTALL,), "location": METADATA, **changes})


def outcome(code: str = "PKG001", verdict: Verdict = Verdict.HEALTHY, *problems: Problem, **changes: Any) -> Outcome:
    values: dict[str, Any] = {
        "code": code,
        "name": f"name-of-{code.lower()}",
        "topic": code[:3],
        "title": f"The title of {code}",
        "severity": Severity.ERROR,
        "cause": Cause.OTHER,
        "evidence": (Evidence(key="distributions", state="known", source=METADATA),),
    }
    return Outcome(verdict=verdict, problems=problems, **{**values, **changes})


def report(*outcomes: Outcome, not_selected: tuple[str, ...] = ()) -> Report:
    return Report(
        target="/env/bin/python",
        taken_at="2026-01-01T00:00:00+00:00",
        doctor_version="0.1.0",
        matrix_version="2026-01-01",
        outcomes=outcomes,
        not_selected=not_selected,
    )


HEALTHY = report(outcome("PKG001"), outcome("GPU001", Verdict.NOT_APPLICABLE, reasons=("there is no GPU",)))
BROKEN = report(
    outcome("GPU001", Verdict.PROBLEM, problem("GPU 0", "it is hot", severity=Severity.WARNING, remedies=(BY_HAND,))),
    outcome("PKG001", Verdict.PROBLEM, problem(), reasons=("requirements of peft: not readable (malformed)",)),
    outcome("SYS001"),
    not_selected=("ENV001",),
)
UNDETERMINED = report(
    outcome("GPU001", Verdict.UNKNOWN, reasons=("driver: NVML timed out (timed-out)",)),
    outcome("GPU002", Verdict.UNKNOWN, reasons=("driver: NVML timed out (timed-out)",)),
    outcome("PKG001"),
)
NOTHING = report(outcome("GPU001", Verdict.NOT_APPLICABLE, reasons=("there is no GPU",)))

KINDS = {"healthy": HEALTHY, "broken": BROKEN, "undetermined": UNDETERMINED, "nothing": NOTHING}


def rendering(judged: Report, stack: Stack = STACK, fail_on: Severity = Severity.ERROR, **changes: Any) -> Rendering:
    """A report with what a format is given beside it; its rules are the real ones, where there are such."""
    rules = {item.code: load(item.code) for item in judged.outcomes if item.code in module_names()}
    facts = snapshot({INTERPRETER: interpreter()})
    return Rendering(report=judged, stack=stack, snapshot=facts, fail_on=fail_on, rules=rules, **changes)


TOLD = replace(
    STACK,
    executable=None,
    text="requirements.txt",
    stated=("8 x H100 (--target-gpu)", "driver 550.54 (--target-driver)"),
    assumed=("a new Linux",),
    unread=("line 5 of requirements.txt installs from a folder: ./mine", "numpy pins no version in line 6"),
)
"""What a list states, what options said beside it, what nobody did, and what could not be made out."""

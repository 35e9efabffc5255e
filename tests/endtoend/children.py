"""Children for the driver: payloads that a test writes, and runs of them."""

from __future__ import annotations

import os
import sys
import textwrap
from pathlib import Path
from typing import Any

from doctor.core.endtoend import EndToEnd, PhaseName
from doctor.core.fact import Known, Reason, Unknown
from doctor.endtoend.driver import run_end_to_end

PRELUDE = """
import argparse, ctypes, json, os, signal, subprocess, sys, time
parser = argparse.ArgumentParser()
parser.add_argument("--report", type=int)
parser.add_argument("--folder")
options = parser.parse_known_args()[0]

def write(data):
    while data:
        data = data[os.write(options.report, data):]

def send(**message):
    write(json.dumps(message).encode() + b"\\n")

def start(phase):
    send(kind="start", phase=phase)

def end(phase, ending="agrees", message="fine", **more):
    send(kind="end", phase=phase, seconds=0.5, ending=ending, message=message, **more)

def passes(*phases):
    for phase in phases:
        start(phase)
        end(phase)
"""
ALL = [name.value for name in PhaseName]


class Child:
    """A payload that is written in the test, and the run of it."""

    def __init__(self, folder: Path) -> None:
        self.script = folder / "payload.py"
        self.parent = folder / "scratch"
        self.parent.mkdir()
        self.lines: list[str] = []

    def write(self, body: str) -> Path:
        self.script.write_text(PRELUDE + textwrap.dedent(body))
        return self.script

    def run(self, body: str, **limits: Any) -> EndToEnd:
        fact = run_end_to_end(
            Path(sys.executable),
            environ=os.environ,
            progress=self.lines.append,
            payload=self.write(body),
            parent=self.parent,
            **limits,
        )
        assert isinstance(fact, Known)
        assert list(self.parent.iterdir()) == [], "files were left behind"
        assert [phase.name for phase in fact.value.phases] == list(PhaseName)
        return fact.value


def unknown(run: EndToEnd, name: PhaseName) -> Unknown:
    finding = run.finding(name)
    assert isinstance(finding, Unknown), finding
    return finding


def assert_rest_did_not_run(run: EndToEnd, stopped: PhaseName) -> None:
    names = list(PhaseName)
    for name in names[names.index(stopped) + 1 :]:
        assert unknown(run, name).reason is Reason.NOT_RUN
        assert stopped.value in unknown(run, name).detail

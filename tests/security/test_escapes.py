"""What an environment is called and says moves no cursor, forges no line and becomes no markup, in any format."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import unicodedata
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from doctor.cli.fleet.reports import FLEET_FORMATS
from doctor.cli.reports import FORMATS
from doctor.core.fleet.node import HOST
from doctor.core.machine.gpu import NVML
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.snapshot import Snapshot
from doctor.formats.snapshot import render_snapshot
from tests.adapters import lora
from tests.bases import base
from tests.facts import distribution, host, known, unknown
from tests.models import llama

NASTY = (
    "\x1b[2J\x1b]0;owned\x07\x1b]8;;http://evil.example\x1b\\x\r\n::error::forged\n%0A##[error]forged\x00\u202e\u2028"
    " ##vso[task.setvariable variable=PATH]forged ##[add-matcher]forged ::stop-commands::forged "
    "<script>alert(1)</script><img src=x onerror=alert(1)>]]>--> | `rm -rf /` [x](javascript:alert(1))</details>"
)
ALLOWED = {"\n"}


def hostile() -> Snapshot:
    """A distribution that is not met, and a GPU that cannot be read, each with such a text for its every word."""
    installed = (distribution("vllm", "0.5.5", f"lib{NASTY}"), distribution(f"pack{NASTY}", f"1{NASTY}"))
    found = base("sound_cpu").replace(DISTRIBUTIONS, known((*installed, distribution("torch", "2.5.1", "vllm>9"))))
    found = found.replace(NVML, unknown(detail=NASTY))
    return found.replace(HOST, known(host(f"node{NASTY}", "10.0.0.1")))


@pytest.fixture(scope="module")
def reports(tmp_path_factory) -> dict[str, str]:
    """The reports of a check and of a fleet in every format, and what went to standard output."""
    folder = tmp_path_factory.mktemp("hostile")
    for name in ("one", "two"):
        (folder / f"{name}.json").write_text(render_snapshot(hostile()))
    check = [option for form in FORMATS for option in ("--output", f"{form}={folder / form}")]
    fleet = [option for form in FLEET_FORMATS for option in ("--output", f"{form}={folder / f'fleet-{form}'}")]
    said = run(folder, "check", "--snapshot", "one.json", "-v", *check)
    said += run(folder, "fleet", "check", "one.json", "two.json", *fleet)
    said += run(folder, "explain", "--no-environment", "-v", text=f"ImportError: cannot import name 'x{NASTY}'\n")
    said += run(folder, "check", "--select", NASTY.replace("\x00", "")) + run(folder, NASTY.replace("\x00", ""))
    said += run(folder, *folders(folder, "fix", "--adapter"), "--dry-run")
    said += run(folder, *folders(folder, "fix", "--model"), "--dry-run")
    said += run(folder, *folders(folder, "plan", "--model"), "--gpu-memory", "24")
    names = [*FORMATS, *(f"fleet-{form}" for form in FLEET_FORMATS)]
    return {"said": said, **{name: (folder / name).read_text() for name in names}}


def folders(place: Path, command: str, option: str) -> tuple[str, ...]:
    """A command on a folder with such a name, and such texts in its config."""
    name = place / f"{option}{NASTY}".replace("/", "").replace("\x00", "")[:220]
    (lora if option == "--adapter" else llama)().write(name)
    for path in name.glob("*config.json"):
        path.write_text(json.dumps({**json.loads(path.read_text()), "model_type": NASTY, "task_type": NASTY}))
    return command, option, str(name)


def run(folder: Path, *arguments: str, text: str = "") -> str:
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "FORCE_COLOR": ""}
    command = [sys.executable, "-m", "doctor", *arguments]
    done = subprocess.run(command, input=text, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1, 2, 3), done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


EVERY = ("said", *FORMATS, *(f"fleet-{form}" for form in FLEET_FORMATS))


@pytest.mark.parametrize("form", EVERY)
def test_no_character_is_a_control(reports, form):
    text = reports[form]
    assert form == "github" or "owned" in text, "the hostile text is shown"
    found = {character for character in text if unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp")} - ALLOWED
    assert not found - ({"\t"} if form.endswith("html") else set())


@pytest.mark.parametrize("form", [form for form in EVERY if not form.endswith("html")])
def test_no_line_begins_with_what_it_forged(reports, form):
    assert not re.search(r"^\s*(::(error|stop-commands)::forged|##\[error\]forged)", reports[form], re.MULTILINE)


@pytest.mark.parametrize("form", EVERY)
def test_no_log_of_a_pipeline_takes_it_for_a_command(reports, form):
    assert form == "github" or "task.setvariable" in reports[form].lower().replace("-", "."), "it is shown"
    assert not re.search(r"##\w*\[", reports[form])


@pytest.mark.parametrize("form", [form for form in EVERY if form.endswith(("html", "markdown"))])
def test_no_markup_is_taken_over(reports, form):
    text = re.sub(r"^```sh\n.*?^```$", "", reports[form], flags=re.MULTILINE | re.DOTALL)
    assert not re.search(r"(?<!\\)<(script>alert|img src=x)", text)
    assert form.endswith("html") or not re.search(r"(?<!\\)\]\(javascript:", text)


@pytest.mark.parametrize("form", ["junit", "fleet-junit"])
def test_xml_is_well_formed(reports, form):
    assert ElementTree.fromstring(reports[form]) is not None


@pytest.mark.parametrize("form", ["json", "sarif", "gitlab", "fleet-json"])
def test_json_holds_it_as_data(reports, form):
    assert json.loads(reports[form])

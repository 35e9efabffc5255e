"""The programming interface, used as a program and as a notebook use it."""

from __future__ import annotations

import ast
import inspect
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

import doctor
from doctor import DoctorError, Snapshot, check, diagnose, explain, plan, plan_fix, snapshot
from doctor.api import ArgumentError
from doctor.cli.reports import FORMATS
from doctor.core.artifact.model import MODEL
from doctor.core.errors import SelectionError, TargetError
from doctor.core.fact import Known, Source, SourceKind
from doctor.core.fleet.node import HOST
from doctor.core.interpreter import INTERPRETER
from doctor.core.report import Severity
from doctor.serving.demand import PlanningError
from tests.bases import base
from tests.facts import host, interpreter, known
from tests.models import llama
from tests.serving.models import LLAMA_8B, folder_of


@pytest.fixture(scope="module")
def taken() -> Snapshot:
    return snapshot(sys.executable)


@pytest.fixture(scope="module")
def file(tmp_path_factory, taken):
    path = tmp_path_factory.mktemp("api") / "snapshot.json"
    path.write_text(taken.to_json())
    return path


def test_the_interface_is_what_is_named():
    assert set(doctor.__all__) <= set(dir(doctor))
    for name in doctor.__all__:
        assert getattr(doctor, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'cure'"):
        doctor.cure  # noqa: B018


def test_importing_the_package_imports_none_of_it():
    code = "import sys; import doctor; print(*sorted(name for name in sys.modules if name.startswith('doctor')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["doctor"]


def test_a_snapshot_is_judged_the_same_wherever_it_is(taken, file):
    live, memory, disk = check(sys.executable), check(snapshot=taken), check(snapshot=file)
    verdicts = [[(item.code, item.verdict, item.problems) for item in one.outcomes] for one in (memory, disk)]
    assert verdicts[0] == verdicts[1]
    assert {item.code for item in live.outcomes} == {item.code for item in memory.outcomes}
    assert repr(taken).startswith(f"Snapshot({sys.executable!r}")
    assert len(repr(taken)) < 400


def test_rules_are_selected(file):
    report = check(snapshot=file, select=["PKG001", "PKG002"], ignore=["PKG002"])
    assert [item.code for item in report.outcomes] == ["PKG001"]
    assert list(report.rules) == ["PKG001"]
    assert "PKG002" in report.not_selected


def test_a_report_says_what_the_command_says():
    report = check(snapshot=base("busy"))
    assert report.healthy == (report.exit_code(Severity.ERROR) == 0)
    assert "vllm 0.5.5" in str(report)
    assert repr(report).startswith("Report('busy', problem, ")
    for form in FORMATS:
        assert report.render(form)
    with pytest.raises(ArgumentError, match="no format 'pdf'"):
        report.render("pdf")


def test_what_is_anonymous_names_no_host_user_or_private_folder():
    prefix = "/srv/acme/stack"
    private = base("busy").replace(INTERPRETER, known(interpreter(executable=f"{prefix}/bin/python", prefix=prefix)))
    private = private.replace(HOST, known(host("gpu-17")))
    assert "acme" in check(snapshot=private).render("json")
    report = check(snapshot=private, anonymous=True)
    for form in FORMATS:
        assert not any(name in report.render(form) for name in ("acme", "gpu-17"))
    assert "acme" not in report.snapshot.to_json()


def served(command):
    source = Source(kind=SourceKind.RUN, where="a test")
    facts = base("busy").replace(MODEL, Known(value=folder_of(LLAMA_8B), source=source))
    return check(snapshot=facts, serve=command, select=["SERVE"]).render("html")


def test_the_page_shows_the_memory_as_the_command_fills_it():
    page = served("vllm serve /models/served --enable-lora --max-loras 4 -tp 2 --max-model-len 8192")
    assert page.count('role="img"') == 2
    assert "4 slots of rank 16" in page
    assert "left to vLLM&#39;s default: --gpu-memory-utilization 0.9," in page


@pytest.mark.parametrize(
    ("command", "why"), [("vllm serve x -tp 64", "64 GPUs were asked for"), ("vllm serve x -pp 2", "is not counted")]
)
def test_the_page_says_why_it_shows_no_memory(command, why):
    page = served(command)
    assert "No plan can be made" in page
    assert why in page


def test_requirements_are_judged(tmp_path):
    path = tmp_path / "requirements.txt"
    path.write_text("vllm==0.5.5\ntorch==2.5.1\n")
    report = check(requirements=path, target_python="3.11", select=["PKG001"])
    (found,) = report.problems()
    assert found[1].subject == "torch"
    assert not report.healthy


def test_the_machine_that_requirements_are_for_is_stated(tmp_path):
    path = tmp_path / "requirements.txt"
    path.write_text("vllm==0.9.2\ntorch==2.7.0\n")
    old = check(
        requirements=path, target_python="3.11", target_gpu="Tesla T4", target_driver="470.57", select=["GPU001"]
    )
    assert [item.verdict.value for item in old.outcomes] == ["problem"]
    with pytest.raises(ArgumentError, match="--target-gpu"):
        check(sys.executable, target_gpu="H100")


def test_an_image_that_is_to_be_built_is_judged(tmp_path):
    pytest.importorskip("dockerfile")
    path = tmp_path / "Dockerfile"
    path.write_text(
        "ARG TORCH=2.4.0\nFROM python:3.11-slim\nARG TORCH=2.4.0\nRUN pip install vllm==0.5.5 torch==$TORCH\n"
    )
    (found,) = check(dockerfile=path, build_args=["TORCH=2.5.1"], select=["PKG001"]).problems()
    assert found[1].subject == "torch"


def test_how_it_is_served_goes_with_a_snapshot():
    report = check(snapshot=base("busy"), serve="vllm serve x --max-lora-rank 32 --no-such-option", select=["SERVE001"])
    assert report.problems()[0][1].subject == "--no-such-option"


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"python": "/no/such/python"}, TargetError, "/no/such/python"),
        ({"snapshot": "/no/such.json"}, TargetError, "/no/such.json"),
        ({"snapshot": "-"}, ArgumentError, "standard input"),
        ({"python": "x", "snapshot": base("busy")}, ArgumentError, "does not go with --python"),
        ({"select": "PKG"}, ArgumentError, "select is a list"),
        ({"select": ["NOPE"]}, SelectionError, "NOPE"),
        ({"adapters": "one"}, ArgumentError, "one path"),
        ({"base": "."}, ArgumentError, "--base goes with"),
        ({"model": "/no/such/model"}, TargetError, "no such folder"),
        ({"python": "a\0b"}, ArgumentError, "null byte"),
        ({"adapters": ["\ud800"]}, ArgumentError, "half of a character"),
    ],
)
def test_errors_are_those_of_the_package(arguments, error, said):
    with pytest.raises(error, match=said) as caught:
        check(**arguments)
    assert isinstance(caught.value, DoctorError)


def test_explaining_a_rule_and_a_text():
    assert explain("PKG001") is explain("requirement-not-met")
    text = "ImportError: libcudart.so.12: cannot open shared object file: No such file or directory"
    assert diagnose(text).findings
    assert diagnose(text, snapshot=base("busy")).errors
    with pytest.raises(ArgumentError, match="empty"):
        diagnose(" \n")


def test_planning_a_server(tmp_path):
    model = llama().write(tmp_path / "model")
    found = plan(model, gpu_memory=24, goal="latency")
    assert found.command[:3] == ("vllm", "serve", str(model))
    with pytest.raises(ArgumentError, match="no goal 'speed'"):
        plan(model, goal="speed")
    with pytest.raises(ArgumentError, match="one GPU at least"):
        plan(model, gpus=0)
    for memory in (float("nan"), float("inf"), 1e308):
        with pytest.raises(PlanningError, match="no GPU has"):
            plan(model, gpu_memory=memory)
    config = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps({**config, "hidden_size": 10**400}))
    with pytest.raises(PlanningError, match=r"hidden_size in its config\.json is a number of 401 digits"):
        plan(model, gpu_memory=24)


def test_planning_a_mend_changes_nothing(tmp_path):
    path = tmp_path / "requirements.txt"
    path.write_text("vllm==0.5.5\ntorch==2.5.1\n")
    found = plan_fix(snapshot=check(requirements=path, target_python="3.11").snapshot)
    assert ("torch", "2.5.1", "2.4.0") in [(move.name, move.before, move.after) for move in found.moves]
    assert "torch" in str(found)


class _Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_a_notebook_is_shown_a_fragment(tmp_path):
    path = tmp_path / "requirements.txt"
    path.write_text("vllm==0.5.5\ntorch==2.5.1\n")
    shown = check(requirements=path, target_python="3.11")._repr_html_()
    parsed = _Tags(shown)
    assert parsed.open == []
    assert not parsed.seen & {"html", "body", "script", "style", "link"}
    assert "torch" in shown
    assert len(shown) < 20_000


def test_what_the_patient_says_does_not_become_markup(tmp_path):
    path = tmp_path / "requirements.txt"
    path.write_text("vllm==0.5.5\ntorch==2.5.1\n")
    report = check(requirements=path, target_python="3.11")
    import dataclasses

    bad = "<script>alert(1)</script>\x1b[31m"
    outcomes = tuple(
        dataclasses.replace(item, problems=tuple(dataclasses.replace(one, message=bad) for one in item.problems))
        for item in report.outcomes
    )
    shown = dataclasses.replace(report, outcomes=outcomes)._repr_html_()
    assert "script" not in _Tags(shown).seen
    assert "\x1b" not in shown


def test_a_real_kernel_shows_it(tmp_path):
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    path = tmp_path / "requirements.txt"
    path.write_text("vllm==0.5.5\ntorch==2.5.1\n")
    cell = nbformat.v4.new_code_cell(
        f"from doctor import check\ncheck(requirements={str(path)!r}, target_python='3.11', select=['PKG001'])"
    )
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    (output,) = [item for item in notebook.cells[0].outputs if item.output_type == "execute_result"]
    assert "torch" in output.data["text/html"]
    assert [item for item in notebook.cells[0].outputs if item.output_type == "stream"] == []


def test_the_page_about_it_names_what_there_is():
    text = (Path(__file__).parents[1] / "docs" / "programs.md").read_text()
    (program, cell), (configuration,) = (
        re.findall(f"```{kind}\n(.*?)```", text, re.DOTALL) for kind in ("python", "json")
    )
    tree = ast.parse(program + cell)
    (names,) = [[item.name for item in node.names] for node in tree.body if isinstance(node, ast.ImportFrom)]
    assert set(names) <= set(doctor.__all__)
    for call in [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]:
        if call.func.id in names:
            bound = inspect.signature(getattr(doctor, call.func.id))
            bound.bind(*call.args, **{item.arg: item.value for item in call.keywords})
    assert json.loads(configuration)["mcpServers"]["doctor"]["args"] == ["mcp"]

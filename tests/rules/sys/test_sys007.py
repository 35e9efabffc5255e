from __future__ import annotations

from typing import Any

import pytest

from doctor.core.interpreter import INTERPRETER
from doctor.core.machine.gpu import GPUS
from doctor.core.machine.system import COMPILER, Compiler
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.report import Outcome, Severity, Verdict
from tests.facts import absent, distribution, gpu, interpreter, judge, torch_build, unknown

HEADER = "/usr/include/python3.11/Python.h"


def outcome(cc: str = "/usr/bin/gcc", header: str = HEADER, **facts: Any) -> Outcome:
    return judge(
        "SYS007",
        {
            COMPILER: facts.get("compiler", Compiler(cc=cc, python_header=header)),
            TORCH_BUILD: facts.get("torch", torch_build()),
            DISTRIBUTIONS: facts.get("distributions", (distribution("triton", "3.0.0"),)),
            GPUS: facts.get("gpus", (gpu(),)),
            INTERPRETER: interpreter(conda_prefix=facts.get("conda", "")),
        },
    )


def test_a_compiler_and_the_header_are_healthy() -> None:
    assert outcome().verdict is Verdict.HEALTHY


@pytest.mark.parametrize(
    ("facts", "severity"),
    [
        ({}, Severity.ERROR),
        ({"gpus": absent("no GPU")}, Severity.WARNING),
        ({"gpus": absent("no GPU"), "torch": torch_build("2.13.0+cpu", "")}, Severity.INFO),
    ],
)
def test_a_missing_compiler_weighs_what_depends_on_it(facts: dict[str, Any], severity: Severity) -> None:
    (problem,) = outcome(cc="", **facts).problems
    assert problem.subject == "C compiler"
    assert problem.message.startswith("there is no gcc or clang on PATH")
    assert problem.severity is severity


def test_a_missing_header_is_named_with_its_package() -> None:
    (problem,) = outcome(header="").problems
    assert "no Python.h in /usr/include/python3.11" in problem.message
    assert problem.remedies[0].commands == (("sudo", "apt-get", "install", "python3.11-dev"),)


def test_a_cc_that_names_nothing_is_quoted() -> None:
    compiler = Compiler(cc="", python_header=HEADER, requested="icc")
    (problem,) = outcome(compiler=compiler).problems
    assert "CC=icc names no program" in problem.message


def test_conda_has_its_own_compiler() -> None:
    (problem,) = outcome(cc="", conda="/opt/conda").problems
    assert problem.remedies[0].commands[0][0] == "conda"


def test_without_triton_nothing_is_compiled() -> None:
    assert outcome(cc="", distributions=()).verdict is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize("name", ["compiler", "torch", "distributions", "gpus"])
def test_a_fact_that_is_not_known_leaves_it_undetermined(name: str) -> None:
    assert outcome(**{name: unknown()}).verdict is Verdict.UNKNOWN

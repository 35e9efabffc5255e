"""PIN001: differences that follow from others, or that others tell, are only mentioned."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.matrix import Basis, Pair
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import EXTENSIONS
from doctor.core.report import Cause, Severity
from tests.facts import absent, distribution, extension, judge, known, unknown
from tests.rules.pin.stacks import CPU_STACK, CUDA_STACK, stack


def found(outcome):
    return {item.subject: (outcome.severity_of(item), outcome.cause_of(item)) for item in outcome.problems}


def test_what_the_metadata_refuses_is_only_mentioned(matrix):
    """PKG001 says it as an error, and one fault is told once."""
    facts = stack({**CUDA_STACK, "torch": "2.5.1"})
    facts[DISTRIBUTIONS] += (distribution("companion", "1.0", "torch==2.4.0"),)
    outcome = judge("PIN001", facts, matrix)
    assert found(outcome) == {"torch": (Severity.INFO, Cause.TORCH_PIN_VIOLATED)}


def test_a_requirement_that_does_not_apply_here_refuses_nothing(matrix):
    facts = stack({**CUDA_STACK, "torch": "2.5.1"})
    facts[DISTRIBUTIONS] += (distribution("companion", "1.0", 'torch==2.4.0; python_version < "3.0"'),)
    assert found(judge("PIN001", facts, matrix)) == {"torch": (Severity.ERROR, Cause.TORCH_PIN_VIOLATED)}


def test_what_is_bound_to_a_torch_that_differs_is_only_mentioned(matrix):
    severities = found(judge("PIN001", stack(CUDA_STACK, torch="2.5.1", xformers="0.0.28", numpy="2.1.0"), matrix))
    assert {name: severity for name, (severity, _) in severities.items()} == {
        "torch": Severity.ERROR,
        "xformers": Severity.INFO,
        "numpy": Severity.WARNING,
    }


@pytest.mark.parametrize(
    ("extensions", "severity"),
    [
        ((known(extension("vllm", needed=("libtorch_cuda.so",))),), Severity.INFO),
        (
            (unknown(), known(extension("other")), known(extension("vllm", needed=("libtorch_cuda.so",)))),
            Severity.INFO,
        ),
        ((known(extension("vllm")),), Severity.ERROR),
        (unknown(), Severity.ERROR),
        (absent(), Severity.ERROR),
    ],
)
def test_another_build_of_torch_that_the_compiled_part_shows_is_only_mentioned(matrix, extensions, severity):
    """ABI003 says it as an error, from the files."""
    outcome = judge("PIN001", {**stack(CUDA_STACK, torch="2.4.0+cpu"), EXTENSIONS: extensions}, matrix)
    assert found(outcome) == {"torch": (severity, Cause.TORCH_PIN_VIOLATED)}
    outcome = judge("PIN001", {**stack(CUDA_STACK, torch="2.4.0+cu118"), EXTENSIONS: extensions}, matrix)
    assert found(outcome) == {"torch": (Severity.ERROR, Cause.CUDA_TOOLKIT_MISMATCH)}, "ABI003 says nothing of this one"


def test_a_cpu_build_beside_torch_makes_no_other_torch_one_for_the_cpu(matrix):
    extensions = (known(extension("vllm", needed=("libtorch_cuda.so",))),)
    facts = stack(CUDA_STACK, torch="2.4.0+cu118", xformers="0.0.27.post2+cpu")
    severity, _ = found(judge("PIN001", {**facts, EXTENSIONS: extensions}, matrix))["torch"]
    assert severity is Severity.ERROR


def test_in_a_set_for_the_cpu_another_torch_for_it_is_no_matter_of_its_build(matrix):
    """ABI003 names the extension there, and torch differs by its version."""
    extensions = (known(extension("other", needed=("libtorch_cuda.so",))),)
    outcome = judge("PIN001", {**stack(CPU_STACK, torch="2.12.0+cpu"), EXTENSIONS: extensions}, matrix)
    assert found(outcome) == {"torch": (Severity.ERROR, Cause.TORCH_PIN_VIOLATED)}


def test_what_another_difference_takes_along_is_only_mentioned(matrix):
    """transformers 5.23.0 asks for another numpy than the set has: transformers is the one to mend."""
    facts = stack({**CUDA_STACK, "transformers": "", "numpy": "2.1.0"})
    facts[DISTRIBUTIONS] += (distribution("transformers", "5.23.0", "numpy==2.1.0"),)
    severities = {name: severity for name, (severity, _) in found(judge("PIN001", facts, matrix)).items()}
    assert severities == {"transformers": Severity.WARNING, "numpy": Severity.INFO}


def test_without_torch_what_is_bound_to_it_is_told_with_it(matrix):
    severities = found(judge("PIN001", stack(CUDA_STACK, torch="", xformers="0.0.28", numpy="2.1.0"), matrix))
    assert {name: severity for name, (severity, _) in severities.items()} == {
        "torch": Severity.ERROR,
        "xformers": Severity.INFO,
        "numpy": Severity.WARNING,
    }


def test_a_companion_that_states_another_torch_is_only_mentioned(matrix):
    """PKG001 says it with torch as its subject."""
    facts = stack({**CUDA_STACK, "xformers": ""})
    facts[DISTRIBUTIONS] += (distribution("xformers", "0.0.22", "torch==2.1.0"),)
    assert found(judge("PIN001", facts, matrix)) == {"xformers": (Severity.INFO, Cause.ABI_MISMATCH_OTHER)}


def test_what_a_pair_of_the_matrix_says_is_only_mentioned(matrix):
    """PIN006 says it as an error."""
    pair = Pair(
        name="vllm-transformers",
        package="vllm",
        partner="transformers",
        needs={"<0.6": "<5"},
        cause=Cause.TRANSFORMERS_TOO_NEW,
        reason="for the test",
        basis=Basis.REPORTED,
        sources=(),
    )
    outcome = judge("PIN001", stack(CUDA_STACK, transformers="5.23.0"), dataclasses.replace(matrix, pairs=(pair,)))
    assert found(outcome) == {"transformers": (Severity.INFO, Cause.TRANSFORMERS_TOO_NEW)}

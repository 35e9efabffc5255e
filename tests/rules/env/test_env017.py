from __future__ import annotations

import pytest

from doctor.core.machine.system import VARIABLES, VARIABLES_LISTED
from doctor.core.matrix import Matrix
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.release import Reading
from doctor.core.redaction import NOT_STORED
from doctor.core.report import Outcome, Verdict
from doctor.matrix.load import load_matrix
from tests.facts import distribution, judge, unknown

MATRIX = load_matrix()


def outcome(version: str = "0.32.0", **variables: str) -> Outcome:
    return judge("ENV017", {DISTRIBUTIONS: (distribution("vllm", version),), VARIABLES: variables}, MATRIX)


@pytest.mark.parametrize(
    ("version", "name", "value", "does", "mends"),
    [
        ("0.32.0", "VLLM_PORT", "tcp://10.0.0.7:8000", "reads a whole number from it: Kubernetes", "Give the service"),
        ("0.32.0", "VLLM_PORT", "http", "reads a whole number from it", "Write the number alone, or unset VLLM_PORT"),
        ("0.5.5", "VLLM_CPU_KVCACHE_SPACE", "4GB", "reads a whole number from it", "Write the number alone"),
        ("0.32.0", "VLLM_DP_SIZE", "a://b", "reads a whole number from it", "Write the number alone"),
        ("0.32.0", "VLLM_RAY_PER_WORKER_GPUS", "half", "reads a number from it", "Write the number alone"),
        ("0.8.5", "VLLM_USE_V1", "true", "reads 1 or 0 from it", "Write 1 for yes and 0 for no, or unset"),
        ("0.32.0", "VLLM_CONFIGURE_LOGGING", "no", "reads 1 or 0 from it", "Write 1 for yes and 0 for no"),
        ("0.32.0", "VLLM_WORKER_MULTIPROC_METHOD", "Spawn", "takes only fork or spawn", "Write one of these words"),
        ("0.32.0", "VLLM_LOGGING_LEVEL", "verbose", "takes only CRITICAL, DEBUG, ERROR, FATAL,", "Write one of these"),
        ("0.5.5", "VLLM_LOGGING_LEVEL", "debug", "takes only CRITICAL, DEBUG, ERROR, FATAL,", "Write one of these"),
    ],
)
def test_what_the_release_does_not_read_is_an_error(version: str, name: str, value: str, does: str, mends: str) -> None:
    (problem,) = outcome(version, **{name: value}).problems
    assert problem.subject == name
    assert problem.message.startswith(f"{name} is {value!r}, and vLLM {version} {does}")
    assert ("a service has the name vllm" in problem.message) is (value.startswith("tcp://"))
    assert problem.remedies[0].text.startswith(mends)
    assert problem.remedies[0].commands == (("unset", name),)


@pytest.mark.parametrize(
    ("version", "variables"),
    [
        ("0.32.0", {}),
        ("0.32.0", {"VLLM_PORT": ""}),
        ("0.32.0", {"VLLM_PORT": " 8000 ", "VLLM_USE_DEEP_GEMM": "0", "VLLM_RAY_PER_WORKER_GPUS": "0.5"}),
        ("0.32.0", {"VLLM_HOST_IP": "node", "VLLM_WORKER_MULTIPROC_METHOD": "spawn"}),
        ("0.32.0", {"VLLM_LOGGING_LEVEL": "debug"}),
        ("0.32.0", {"VLLM_LOGGING_LEVEL": "verbose", "VLLM_CONFIGURE_LOGGING": "0"}),
        ("0.32.0", {"VLLM_LOGGING_LEVEL": "verbose", "VLLM_LOGGING_CONFIG_PATH": "/srv/logging.json"}),
        ("0.32.0", {"VLLM_USE_V1": "true"}),  # gone since 0.11.1
        ("0.5.5", {"VLLM_WORKER_MULTIPROC_METHOD": "thread", "VLLM_DP_SIZE": "many"}),
    ],
)
def test_what_is_read_or_is_not_looked_at_is_healthy(version: str, variables: dict[str, str]) -> None:
    assert outcome(version, **variables).verdict is Verdict.HEALTHY


def test_without_vllm_it_does_not_apply() -> None:
    assert judge("ENV017", {DISTRIBUTIONS: (), VARIABLES: {}}).verdict is Verdict.NOT_APPLICABLE


def test_unknown_variables_are_undetermined() -> None:
    facts = {DISTRIBUTIONS: (distribution("vllm", "0.32.0"),), VARIABLES: unknown()}
    assert judge("ENV017", facts).verdict is Verdict.UNKNOWN


def test_a_text_that_lists_other_variables_leaves_it_undetermined() -> None:
    facts = {DISTRIBUTIONS: (distribution("vllm", "0.32.0"),), VARIABLES: {}}
    assert judge("ENV017", {**facts, VARIABLES_LISTED: ("VLLM", "CUDA")}, MATRIX).verdict is Verdict.HEALTHY
    outcome = judge("ENV017", {**facts, VARIABLES_LISTED: ("CUDA",)}, MATRIX)
    assert outcome.verdict is Verdict.UNKNOWN and "begin with VLLM_" in " ".join(outcome.reasons)


@pytest.mark.parametrize("version", ["0.99.0", "dev"])
def test_of_a_release_that_is_not_known_the_newest_known_one_answers(version: str) -> None:
    newest = MATRIX.releases.versions("vllm")[-1]
    found = outcome(version, VLLM_DP_SIZE="many")
    assert f"vLLM {newest} reads a whole number" in found.problems[0].message
    found = outcome(version, VLLM_DP_SIZE="2")
    assert found.verdict is Verdict.UNKNOWN and f"does not know how vLLM {version} reads" in " ".join(found.reasons)
    assert outcome(version).verdict is Verdict.HEALTHY


def test_without_any_known_release_it_is_undetermined() -> None:
    facts = {DISTRIBUTIONS: (distribution("vllm", "0.32.0"),), VARIABLES: {"VLLM_DP_SIZE": "many"}}
    assert judge("ENV017", facts, Matrix(version="")).verdict is Verdict.UNKNOWN


def test_a_value_that_was_not_kept_is_undetermined() -> None:
    found = outcome(VLLM_MAX_BAD_WORDS_TOTAL_TOKENS=NOT_STORED)
    assert found.verdict is Verdict.UNKNOWN and "VLLM_MAX_BAD_WORDS_TOTAL_TOKENS" in " ".join(found.reasons)


@pytest.mark.parametrize(
    ("kind", "text", "refused"),
    [
        ("int", "1_0", False),
        ("int", "1.0", True),
        ("switch", "true", True),
        ("float", "1e3", False),
        ("float", "1,5", True),
        ("word", "Fork", True),
        ("word", "fork", False),
        ("any-case", "FORK", False),
        ("any-case", "thread", True),
    ],
)
def test_a_reading_refuses_what_python_does(kind: str, text: str, refused: bool) -> None:
    assert Reading(kind=kind, words=("fork", "spawn")).refuses(text) is refused

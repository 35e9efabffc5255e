"""Which variables are compared, and which vLLM takes along."""

from __future__ import annotations

from doctor.core.fleet.node import COPIED_VARIABLES, CopiedVariables
from doctor.core.machine.system import VARIABLES
from doctor.core.report import Severity
from tests.fleets import nodes, outcome_of

OF_ALL = ("NCCL_DEBUG", "PYTHONHASHSEED", "PYTHONHOME", "PYTHONNOUSERSITE", "PYTHONPATH", "VLLM_USE_V1")
OF_EACH = (
    "CUDA_VISIBLE_DEVICES",
    "HIP_VISIBLE_DEVICES",
    "HOME",
    "PYTHONUNBUFFERED",
    "VLLM_DP_RANK",
    "VLLM_DP_RANK_LOCAL",
    "VLLM_HOST_IP",
    "VLLM_PORT",
)


def test_what_steers_the_engine_is_compared_and_what_is_of_each_node_is_not():
    facts = [{VARIABLES: dict.fromkeys((*OF_ALL, *OF_EACH), value)} for value in ("1", "2")]
    found = outcome_of("FLT014", nodes(*facts)).findings
    assert [finding.problem.subject for finding in found] == list(OF_ALL)


def test_what_is_taken_along_by_its_name_and_what_never_is():
    copied = CopiedVariables(everything=False, prefixes=("NCCL_",), names=("HF_TOKEN",), never=("NCCL_NET",))
    names = ("HF_HOME", "HF_TOKEN", "NCCL_DEBUG", "NCCL_NET")
    facts = [{VARIABLES: dict.fromkeys(names, value), COPIED_VARIABLES: copied} for value in ("1", "2")]
    outcome = outcome_of("FLT014", nodes(*facts))
    told = {finding.problem.subject: outcome.severity_of(finding) for finding in outcome.findings}
    assert len(outcome.findings) == len(names)
    assert told["HF_TOKEN"] is told["NCCL_DEBUG"] is Severity.INFO
    assert told["HF_HOME"] is told["NCCL_NET"] is Severity.WARNING

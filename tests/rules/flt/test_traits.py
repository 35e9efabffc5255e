"""What of a node is compared, through the rules that compare it."""

from __future__ import annotations

from typing import Any

import pytest

from doctor.core.fleet.node import COMMUNICATION_LIBRARY
from doctor.core.interpreter import PLATFORM
from doctor.core.machine.gpu import GPUS, VISIBLE_DEVICES, VisibleDevices
from doctor.core.machine.system import LIMITS, Limits
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.report import Verdict
from doctor.core.snapshot import Key
from tests.facts import gpu, known, nccl, platform, torch_build, unknown
from tests.fleets import nodes, outcome_of


def told(code: str, key: Key[Any], *values: Any) -> dict[str, list[str]]:
    """What differs between nodes, and what they have."""
    found = outcome_of(code, nodes(*({key: value} for value in values)))
    return {finding.problem.subject: [share.text for share in finding.shares] for finding in found.findings}


def test_for_what_torch_is_built():
    builds = (torch_build(cuda="", hip="6.2"), torch_build(cuda="", hip="6.3"), torch_build(cuda=""))
    shares = told("FLT009", TORCH_BUILD, *builds)
    assert shares == {"the platform of torch": ["ROCm 6.2", "ROCm 6.3", "the CPU"]}


def test_a_commit_that_one_build_does_not_state_is_no_difference():
    outcome = outcome_of("FLT009", nodes({TORCH_BUILD: torch_build()}, {TORCH_BUILD: torch_build(git="")}))
    assert (outcome.verdict, [gap.reason for gap in outcome.gaps]) == (Verdict.UNKNOWN, ["torch states no commit"])


def test_which_nccl_is_loaded():
    shares = told("FLT010", COMMUNICATION_LIBRARY, nccl("2.27.3"), nccl("2.28.9"))
    assert shares == {"the version of NCCL": ["2.27.3", "2.28.9"]}


def test_how_large_the_gpus_are():
    eighty, forty = gpu(), gpu(memory_total=known(40960))
    assert told("FLT012", GPUS, (eighty,), (forty,)) == {"the memory of the GPUs": ["40 GiB", "80 GiB"]}
    assert told("FLT012", GPUS, (eighty, forty), (forty, eighty)) == {}
    outcome = outcome_of("FLT012", nodes({GPUS: (eighty, gpu(1, memory_total=unknown()))}, {GPUS: (eighty, eighty)}))
    assert (outcome.verdict, outcome.findings) == (Verdict.UNKNOWN, ())


def test_a_node_has_the_gpus_that_it_shows():
    two = (gpu(), gpu(1))
    hidden = {GPUS: two, VISIBLE_DEVICES: VisibleDevices(value="1", order="", indexes=(1,), missing="", by_index=True)}
    (finding,) = outcome_of("FLT012", nodes({GPUS: two}, hidden)).findings
    assert [share.text for share in finding.shares] == ["1", "2"]


@pytest.mark.parametrize(
    ("changes", "subject", "text"),
    [
        ({"distribution": "", "system": "FreeBSD"}, "the system", "FreeBSD"),
        ({"machine": "aarch64"}, "the processor", "aarch64"),
        ({"libc": "", "libc_version": ""}, "the libc", "not stated"),
        ({"libc": "musl", "libc_version": ""}, "the libc", "musl"),
        ({"container": "docker"}, "the container", "docker"),
    ],
)
def test_the_platform(changes: dict[str, Any], subject: str, text: str):
    shares = told("FLT019", PLATFORM, platform(), platform(), platform(**changes))
    assert list(shares) == [subject]
    assert shares[subject][1] == text


def test_the_platform_outside_a_container():
    assert told("FLT019", PLATFORM, platform(container="docker"), platform())["the container"] == ["docker", "none"]


def test_how_much_memory_may_be_locked():
    shares = told(
        "FLT020", LIMITS, *(Limits(open_files=1024, open_files_hard=1024, locked_memory=size) for size in (-1, 0, 64))
    )
    assert shares == {"the limit of locked memory": ["0 KiB", "64 KiB", "unlimited"]}

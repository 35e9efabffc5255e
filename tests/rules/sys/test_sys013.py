"""SYS013: shared memory for a container that serves in several processes."""

from __future__ import annotations

import pytest

from doctor.core.reading import READING, BaseImage, Reading
from doctor.core.report import Severity, Verdict
from doctor.core.serve import SERVE, not_asked_for
from doctor.intake.serve import parse_command
from tests.facts import judge

IMAGE = Reading(form="Dockerfile", image=BaseImage(name="python:3.12", file="Dockerfile", line=1))


@pytest.mark.parametrize(
    ("options", "workers"),
    [("", 1), ("-tp 4", 4), ("--tensor-parallel-size=2 --pipeline-parallel-size 2", 4), ("-pp 2", 2)],
)
def test_several_processes_need_more_than_docker_gives(options: str, workers: int) -> None:
    outcome = judge("SYS013", {READING: IMAGE, SERVE: parse_command(f"vllm serve m {options}")})
    assert outcome.verdict is (Verdict.PROBLEM if workers > 1 else Verdict.HEALTHY)
    for problem in outcome.problems:
        assert f"{workers} processes" in problem.message and "--ipc=host" in problem.remedies[0].text
        assert outcome.severity_of(problem) is Severity.INFO


def test_an_image_that_starts_something_else() -> None:
    assert judge("SYS013", {READING: IMAGE, SERVE: not_asked_for()}).verdict is Verdict.NOT_APPLICABLE

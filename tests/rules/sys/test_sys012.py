"""SYS012: the CUDA of a base image beside that of torch."""

from __future__ import annotations

import pytest

from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.reading import READING, BaseImage, Reading, no_text
from doctor.core.report import Verdict
from tests.facts import judge, torch_build


def reading(cuda: str) -> Reading:
    return Reading(form="Dockerfile", image=BaseImage(name="image:tag", file="Dockerfile", line=3, cuda=cuda))


@pytest.mark.parametrize(
    ("image", "torch", "verdict"),
    [
        ("12.4", "12.1", Verdict.HEALTHY),
        ("11.8", "12.1", Verdict.PROBLEM),
        ("12.8", "13.0", Verdict.PROBLEM),
        ("11.8", "", Verdict.NOT_APPLICABLE),
        ("", "12.1", Verdict.NOT_APPLICABLE),
    ],
)
def test_major_versions_are_compared(image: str, torch: str, verdict: Verdict) -> None:
    outcome = judge("SYS012", {READING: reading(image), TORCH_BUILD: torch_build(cuda=torch)})
    assert outcome.verdict is verdict
    for problem in outcome.problems:
        assert str(problem.location) == "lock Dockerfile:3" and "line 3" in problem.remedies[0].text


def test_it_is_about_images_only() -> None:
    for text in (no_text(), Reading(form="requirements.txt")):
        assert judge("SYS012", {READING: text, TORCH_BUILD: torch_build()}).verdict is Verdict.NOT_APPLICABLE

from __future__ import annotations

import pytest

from doctor.core.machine.system import DISKS, Disk
from doctor.core.report import Outcome, Verdict
from tests.facts import judge, unknown


def outcome(purpose: str, free: int, writable: bool = True) -> Outcome:
    return judge("SYS005", {DISKS: (Disk(purpose=purpose, path="/data", free=free, writable=writable),)})


@pytest.mark.parametrize(
    ("purpose", "needed"), [("Hugging Face cache", 5120), ("temporary files", 512), ("vLLM cache", 256)]
)
def test_each_purpose_needs_its_own_space(purpose: str, needed: int) -> None:
    assert outcome(purpose, needed).verdict is Verdict.HEALTHY
    (problem,) = outcome(purpose, needed - 1).problems
    assert f"{needed - 1} MiB are free for /data" in problem.message


def test_a_folder_that_is_closed_anyway_is_not_called_full() -> None:
    assert outcome("Hugging Face cache", 0, writable=False).verdict is Verdict.HEALTHY


def test_unknown_space_is_undetermined() -> None:
    assert judge("SYS005", {DISKS: unknown()}).verdict is Verdict.UNKNOWN

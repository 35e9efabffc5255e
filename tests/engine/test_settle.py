"""Where nothing is known of a text, what would settle it is said: as far as the text tells."""

from __future__ import annotations

import pytest

from doctor.engine.diagnose import diagnose
from doctor.engine.settle import what_would_settle
from doctor.engine.symptom import read_symptom
from tests.breakages.examples import matrix
from tests.facts import snapshot

TRACEBACK = """Traceback (most recent call last):
  File "/env/lib/python3.12/site-packages/acme/core.py", line 3, in go
    gadget.turn()
  File "/env/lib/python3.12/site-packages/gadget/wheel.py", line 9, in turn
AcmeError: the wheel does not turn
"""


def wanted(text: str, *, environment: bool = True) -> str:
    return "\n".join(what_would_settle(read_symptom(text), environment=environment))


def test_the_packages_that_were_running_are_named_the_last_one_first() -> None:
    assert "pip show gadget acme" in wanted(TRACEBACK)


def test_the_environment_is_asked_for_where_there_is_none() -> None:
    assert "--collect-env" in wanted(TRACEBACK, environment=False)
    assert "--collect-env" not in wanted(TRACEBACK)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("RuntimeError: CUDA error: something odd", "CUDA_LAUNCH_BLOCKING=1"),
        ("RuntimeError: NCCL said something odd", "NCCL_DEBUG=INFO"),
        ("OddError: in libodd.so", "`doctor check`"),
        ("OddError: the adapter is odd", "--adapter DIR"),
        ("OddError: this checkpoint is odd", "--model DIR"),
        ("something went on", "from its start"),
    ],
)
def test_what_it_is_about_tells_what_to_bring(text: str, what: str) -> None:
    assert what in wanted(text)


def test_it_is_said_where_nothing_was_found_only() -> None:
    assert diagnose(TRACEBACK, None, matrix()).wanted
    assert not diagnose("CUDA out of memory. Tried to allocate 2 GiB", None, matrix()).wanted


def test_an_environment_that_is_known_is_not_asked_for() -> None:
    assert not any("--collect-env" in text for text in diagnose(TRACEBACK, snapshot({}), matrix()).wanted)


def test_what_a_text_says_nothing_of_is_not_asked_for() -> None:
    assert wanted("OddError: nothing is known of it") == ""


def test_the_last_three_packages_are_named() -> None:
    lines = [
        f'File "/env/lib/python3.12/site-packages/{name}/a.py", line 1' for name in ("one", "two", "three", "four")
    ]
    assert wanted("\n".join([*lines, "OddError: x"])).endswith("pip show four three two")

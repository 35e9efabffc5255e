from __future__ import annotations

from doctor.core.report import Verdict
from tests.rules.serve.commands import command, outcome, problems

CODE = "SERVE001"


def test_an_option_that_the_release_lacks_is_told_with_the_last_that_had_it():
    (message,) = problems(CODE, "--long-lora-scaling-factors 4")
    assert message == "vLLM 0.32.0 has no such option; vLLM 0.9.2 has it"
    assert not problems(CODE, "--long-lora-scaling-factors 4", "0.9.2")


def test_a_misspelt_option_is_told_with_the_near_one():
    found = outcome(CODE, "--enable-lora --max-lora-ranks 32")
    assert command(found) == "vllm serve model --enable-lora --max-lora-rank 32"


def test_options_of_the_engine_and_of_the_server_are_known():
    arguments = "--port 8000 --enable-lora --lora-modules a=/x --no-enable-prefix-caching -tp 2"
    assert outcome(CODE, arguments).verdict is Verdict.HEALTHY


def test_without_vllm_only_what_no_release_ever_had_is_told():
    assert problems(CODE, "--long-lora-scaling-factors 4", "") == []
    assert len(problems(CODE, "--make-it-fast", "")) == 1


def test_a_release_that_is_not_known_is_undetermined():
    assert outcome(CODE, "--port 8000", "99.0").verdict is Verdict.UNKNOWN


def test_keys_behind_a_dot_are_those_of_an_option_that_takes_json():
    assert problems(CODE, "--hf-overrides.rope_theta 1e6 --compilation-config.mode=3") == []
    assert len(problems(CODE, "--hf-overrides.rope_theta 1e6", "0.8.5")) == 1
    assert len(problems(CODE, "--no-such.key 1")) == 1
    assert problems(CODE, "--port 8000", "0.8.5") == []
    assert problems(CODE, "--hf-overrides.rope_theta 1e6", "0.9.0") == []


def test_many_unknown_options_are_one_problem_with_one_command():
    many = " ".join(f"--option-{number} {number}" for number in range(11))
    found = outcome(CODE, f"--port 8000 {many}")
    (problem,) = found.problems
    assert problem.subject == "--option-0"
    assert "none of these 11 options: --option-0, " in problem.message
    assert problem.message.endswith("and 1 more")
    assert command(found) == "vllm serve model --port 8000"
    assert len(problems(CODE, many.removesuffix(" --option-10 10"))) == 10


def test_a_near_option_is_not_offered_for_one_that_an_older_release_had():
    """``--enable-lora`` is spelt nearly so, and does something else."""
    found = outcome(CODE, "--enable-lora-bias")
    assert [remedy.text for remedy in found.problems[0].remedies] == ["Leave it out"]


def test_what_no_release_has_is_said_to_be_so_and_can_be_left_out():
    (problem,) = outcome(CODE, "--max-lora-ranks 32").problems
    assert problem.message == "vLLM 0.32.0 has no such option; no release that is known has it"
    assert [remedy.text for remedy in problem.remedies] == ["Write --max-lora-rank", "Leave it out"]
    assert problem.remedies[1].commands == (("vllm", "serve", "model"),)

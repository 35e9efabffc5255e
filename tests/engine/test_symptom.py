"""Reading error texts as terminals, containers and log collectors leave them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctor.engine.symptom import read_symptom

ERROR = "ValueError: LoRA rank 64 is greater than max_lora_rank 16."


@pytest.mark.parametrize(
    "line",
    [
        ERROR,
        f"\x1b[1;36m(EngineCore_DP0 pid=316)\x1b[0;0m {ERROR}",
        f"(EngineCore_0 pid=1810465) ERROR 09-03 11:03:37 [core.py:712] {ERROR}",
        f"ERROR 06-06 14:09:57 worker_base.py:148] {ERROR}",
        f"vllm-openai_1  | (RayWorkerWrapper pid=3487, ip=10.0.0.1) ERROR 06-05 16:30:08 worker_base.py:148] {ERROR}",
        f"[rank0]: {ERROR}",
        f"2026-02-24T20:21:58.123456789Z {ERROR}",
        f"[2026-02-24T20:21:58Z] (EngineCore_DP0 pid=6940) {ERROR}",
        f"2025-06-17 00:26:38,269 - ERROR - {ERROR}",
        f"E0303 11:40:42.533000 713 site-packages/torch/_inductor/heuristics.py:533] {ERROR}",
        f"> {ERROR}",
        f"Loading: 10%\rLoading: 100%\r{ERROR}\r\n",
    ],
)
def test_what_stands_before_the_text_is_left_out(line: str) -> None:
    assert read_symptom(line).text == ERROR


def test_a_message_that_was_broken_over_lines_is_one() -> None:
    symptom = read_symptom("first\n\nValueError: LoRA rank 64 is\n   greater than\r\nmax_lora_rank 16.")
    assert ERROR in symptom.text
    assert symptom.line_at(symptom.text.index("greater")).number == 4
    assert symptom.line_at(0).text == "first"


def test_what_a_server_repeats_for_days_does_not_count() -> None:
    chatter = "".join(f"INFO 11-20 10:00:00 [loggers.py:{number}] Running: {number} reqs\n" for number in range(5000))
    symptom = read_symptom(f"{chatter}{ERROR}\n")
    assert len(symptom.text) < 200
    assert symptom.line_at(symptom.text.index(ERROR)).number == 5001


def test_blanks_can_be_left_out_altogether() -> None:
    squeezed = read_symptom("(4.26 GiB KV cach\ne is needed").squeezed()
    assert squeezed.text == "(4.26GiBKVcacheisneeded"
    assert squeezed.line_at(squeezed.text.index("isneeded")).number == 2


def test_the_lines_of_the_error_are_those_of_the_process_that_failed() -> None:
    symptom = read_symptom(
        "INFO 11-20 10:00:00 [core.py:70] Initializing a V1 LLM engine (v0.11.0) with config: model='x'\n"
        f"(EngineCore_DP0 pid=7) {ERROR}\n"
        "RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}\n"
    )
    assert [line.text for line in symptom.errors()] == [ERROR]
    assert not symptom.is_wrapped()


def test_a_text_that_only_tells_of_another_process_is_known_as_such() -> None:
    symptom = read_symptom("RuntimeError: Engine core initialization failed. See root cause above.")
    assert symptom.is_wrapped() and list(symptom.errors()) == []
    assert not read_symptom("all is well").is_wrapped()


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("INFO 07-17 00:07:07 [core.py:69] Initializing a V1 LLM engine (v0.9.2) with config: x", "0.9.2"),
        ("INFO api_server.py:651] vLLM API server version 0.6.4.post1", "0.6.4.post1"),
        ("Initializing an LLM engine (v0.5.4) with config", "0.5.4"),
        ("nothing of the kind", ""),
    ],
)
def test_the_version_that_a_log_states(line: str, version: str) -> None:
    assert read_symptom(line).vllm_version() == version


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    symptom = read_symptom(text)
    assert all(1 <= line.number <= text.count("\n") + 1 for line in symptom.lines)
    for read in (symptom, symptom.squeezed()):
        for offset in range(len(read.text)):
            line = read.line_at(offset)
            assert read.text[offset] == " " or read.text[offset] in line.text


@pytest.mark.parametrize(
    "line",
    [
        f"Aug 12 10:38:34 fileserver vllm[4073658]: {ERROR}",
        f"2026-02-25T16:17:27.123456789Z stderr F {ERROR}",
        f"[2026-02-25 16:17:27] [/bin/sh]: (APIServer pid=26) {ERROR}",
        f"2026-05-08 11:47:21.643 [Info] (Process) (APIServer pid=2929) {ERROR}",
        f"2026-05-08 11:47:21.643 | ERROR    | xinference.core.worker:launch:926 - {ERROR}",
        f"ERROR:asyncio: {ERROR}",
    ],
)
def test_what_collectors_of_logs_write_before_it(line: str) -> None:
    assert read_symptom(line).text == ERROR


def test_what_workers_write_into_each_other_is_put_in_order() -> None:
    first, second = '  File "unsloth_zoo/vllm_utils.py", line 7', "ImportError: cannot import name 'x'"
    mixed = (
        f"(Worker_TP0 pid=1) {first}\n"
        f"(Worker_TP1 pid=2) {first}\n"
        f"(Worker_TP0 pid=1) {second}\n"
        "   from 'y'\n"
        f"(Worker_TP1 pid=2) {second}\n"
    )
    symptom = read_symptom(mixed)
    assert f"line 7 {second} from 'y'" in symptom.text
    assert symptom.line_at(symptom.text.index(second)).number == 3
    assert symptom.line_at(symptom.text.rindex(second)).number == 5


def test_of_a_line_without_end_both_ends_are_read() -> None:
    read = read_symptom("ValueError: at the beginning " + "0,1," * 500_000 + " ValueError: at the end")
    assert "at the beginning" in read.text
    assert "at the end" in read.text
    assert len(read.text) < 100_000


def test_identifiers_make_no_new_line() -> None:
    requests = "".join(f"INFO Received request cmpl-{number * 7919:032x}: params\n" for number in range(500))
    symptom = read_symptom(f"{requests}{ERROR}\n")
    assert len(symptom.lines) <= 7
    assert symptom.line_at(symptom.text.index(ERROR)).number == 501


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_of_a_log_that_says_something_new_in_each_line_the_error_is_kept(share: float) -> None:
    letters = str.maketrans("0123456789", "ghijklmnop")
    prompts = [f"prompt {number * number} {'x' * 400}".translate(letters) for number in range(10_000)]
    where = int(share * len(prompts))
    first, second = ERROR.split(" is ")
    symptom = read_symptom("\n".join([*prompts[:where], first, f"is {second}", *prompts[where:]]))
    assert symptom.line_at(symptom.text.index(ERROR)).number == where + 1
    assert len(symptom.text) < 2.2 * (1 << 20)


def test_what_was_passed_over_in_the_middle_of_a_log_is_still_told_at_its_end() -> None:
    letters = str.maketrans("0123456789", "ghijklmnop")
    prompts = [f"prompt {number * number} {'x' * 400}".translate(letters) for number in range(10_000)]
    prompts[5000:5000] = ["the server stops here"] * 3
    symptom = read_symptom("\n".join([*prompts, "the server stops here"]))
    assert [line.number for line in symptom.lines if "stops here" in line.text] == [10_004]


def test_no_more_than_a_few_marks_are_taken_off_a_line() -> None:
    assert read_symptom("> > > > > > > > it fails").text == "> > it fails"

"""Reading error texts as terminals, containers and log collectors leave them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctor.engine.symptom import Limits, Symptom, read_symptom

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
    symptom = read_symptom("first\n\nValueError: LoRA rank 64 is\n   greater than\r\nmax_lora_rank 16.\n")
    assert symptom.text == f"first {ERROR}"
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


def test_lines_that_hold_a_word_of_errors_need_not_be_one() -> None:
    # The lower case of the first letter is two, so that places in the text are not those of the line.
    symptom = read_symptom("İİİİİİİİİİ\ntwo jobs were killed by hand\nan error: none\nKilled\nall is well")
    assert [line.number for line in symptom.errors()] == [3, 4]
    symptom = read_symptom("two jobs were killed by hand\nan error: none\nKilled\nall is well")
    assert [line.number for line in symptom.errors()] == [2, 3]


def test_a_text_that_only_tells_of_another_process_is_known_as_such() -> None:
    symptom = read_symptom("RuntimeError: Engine core initialization failed. See root cause above.")
    assert symptom.is_wrapped() and list(symptom.errors()) == []
    assert read_symptom("it starts\nRuntimeError: Engine core initialization failed.\nit ends").is_wrapped()
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
    mixed = (
        "it starts\n"
        "(Worker_TP0 pid=1) ImportError: cannot\n"
        "(Worker_TP1 pid=11) ValueError: a rank\n"
        "  of 64\n"
        "2026-11-27T10:00:00Z \x1b[1;36m(Worker_TP0 pid=1)\x1b[0;0m import name 'x'\n"
        "   from 'y'\n"
        "(Worker_TP1 pid=11) is above 16\n"
    )
    symptom = read_symptom(mixed)
    assert symptom.text == "it starts ImportError: cannot import name 'x' from 'y' ValueError: a rank of 64 is above 16"
    assert [line.number for line in symptom.lines] == [1, 2, 5, 6, 3, 4, 7]


def test_workers_of_ray_are_told_apart_behind_the_process_that_passes_their_lines_on() -> None:
    """As in https://github.com/vllm-project/vllm/issues/28658, where process ids of two nodes may agree."""
    core = "(EngineCore_DP0 pid=1769)"
    mixed = (
        f"{core} (RayWorkerWrapper pid=274, ip=10.2.1.15) ValueError: a rank\n"
        f"\x1b[36m{core}\x1b[0m (RayWorkerWrapper pid=274) ImportError: cannot\n"
        f"{core} (RayWorkerWrapper pid=274, ip=10.2.1.15) of 64\n"
        f"\x1b[36m{core}\x1b[0m (RayWorkerWrapper pid=274) import 'x'\n"
    )
    assert read_symptom(mixed).text == "ValueError: a rank of 64 ImportError: cannot import 'x'"


def letters(number: int) -> str:
    """A word of two letters for each number, for digits make no new line."""
    return f"{chr(97 + number // 26)}{chr(97 + number % 26)}"


def numbers(symptom: Symptom) -> list[int]:
    return [line.number for line in symptom.lines]


class TestLimits:
    """Of a log of megabytes little is looked at; here of one with short lines."""

    def test_of_what_repeats_a_few_lines_are_kept(self) -> None:
        log = "".join(f"step {number}\n" for number in range(9))
        assert numbers(read_symptom(f"{log}the end")) == [1, 2, 3, 10]
        assert numbers(read_symptom(f"{log}the end", Limits(repeats=2))) == [1, 2, 10]

    def test_loggers_of_many_names_say_the_same(self) -> None:
        log = "".join(f"ERROR:module.{letters(number)}: it is slow\n" for number in range(9))
        assert numbers(read_symptom(f"{log}the end")) == [1, 2, 3, 10]

    def test_identifiers_make_no_new_line(self) -> None:
        log = "".join(f"Received request cmpl-{number * 7919:032x}: params\n" for number in range(500))
        assert numbers(read_symptom(f"{log}{ERROR}\n")) == [1, 2, 3, 501]

    def test_of_a_line_without_end_both_ends_are_read(self) -> None:
        assert read_symptom("ab, cd, ef", Limits(longest=10)).text == "ab, cd, ef"
        assert read_symptom("ab, cd, ef,", Limits(longest=10)).text == "ab, c ... , ef,"
        read = read_symptom("ValueError: at the beginning " + "0,1," * 500_000 + " ValueError: at the end")
        assert "at the beginning" in read.text and "at the end" in read.text
        assert len(read.text) < 100_000

    # Lines of 10 characters, each another one: 200 characters are 20 of them.
    LINES = tuple(f"prompt: {letters(number)}" for number in range(300))

    @pytest.mark.parametrize(
        ("told", "from_the_beginning", "from_the_end"),
        [
            (200, 20, 19),  # with the breaks between them 19 lines and a piece
            (201, 21, 19),
            (219, 22, 20),  # with the breaks between them 20 lines
            (3000, 300, 0),
        ],
    )
    def test_where_each_line_says_something_new_those_at_both_ends_are_kept(
        self, told: int, from_the_beginning: int, from_the_end: int
    ) -> None:
        read = read_symptom("\n".join(self.LINES), Limits(told=told))
        assert numbers(read) == [*range(1, 1 + from_the_beginning), *range(301 - from_the_end, 301)]

    def test_in_between_errors_are_kept_with_the_lines_behind_them(self) -> None:
        lines = [*self.LINES]
        lines[99], lines[149] = "Error: aaa", "failed: bb"
        read = read_symptom("\n".join(lines), Limits(told=200, continued=2))
        assert numbers(read) == [*range(1, 21), 100, 101, 102, 150, 151, 152, *range(282, 301)]

    def test_what_belongs_to_an_error_may_be_cut_off_by_the_end_of_the_first_lines(self) -> None:
        read = read_symptom("\n".join(["Error: aaa", *self.LINES]), Limits(told=10, continued=2))
        assert numbers(read) == [1, 2, 3, 301]

    def test_of_endless_errors_thrice_as_much_is_kept(self) -> None:
        errors = "\n".join(f"Error: a{letters(number)}" for number in range(300))
        assert numbers(read_symptom(errors, Limits(told=200))) == [*range(1, 61), *range(282, 301)]

    def test_what_repeats_takes_no_room(self) -> None:
        repeated = "".join(f"again: {number % 10}aa\nrequest: {number:08x}-{number:012x}\n" for number in range(99))
        read = read_symptom(repeated + "\n".join(self.LINES), Limits(told=200))
        # Three of either form, of 10 and of 30 characters: 8 lines are left.
        assert numbers(read) == [*range(1, 7), *range(199, 207), *range(480, 499)]

    def test_what_was_passed_over_in_the_middle_is_still_told_at_the_end(self) -> None:
        lines = [*self.LINES[:150], *["it stops a"] * 3, *self.LINES[150:], "it stops a"]
        assert numbers(read_symptom("\n".join(lines), Limits(told=30))) == [1, 2, 3, 302, 303, 304]

    def test_of_a_text_with_endless_breaks_the_first_lines_count_as_one(self) -> None:
        read = read_symptom("a\nb\nc\nd\ne\nf", Limits(lines=3))
        assert [(line.number, line.text) for line in read.lines] == [(3, "a b c"), (4, "d"), (5, "e"), (6, "f")]


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_of_a_log_that_says_something_new_in_each_line_the_error_is_kept(share: float) -> None:
    prompts = [f"prompt {letters(number // 676)}{letters(number % 676)} {'x' * 400}" for number in range(4000)]
    where = int(share * len(prompts))
    first, second = ERROR.split(" is ")
    symptom = read_symptom("\n".join([*prompts[:where], first, f"is {second}", *prompts[where:]]))
    assert symptom.line_at(symptom.text.index(ERROR)).number == where + 1
    assert len(symptom.text) < 1.1 * (1 << 20)


def test_no_more_than_a_few_marks_are_taken_off_a_line() -> None:
    assert read_symptom("> > > > > > > > it fails").text == "> > it fails"

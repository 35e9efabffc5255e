"""The causes of an error text, and how an environment strengthens and excludes them."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doctor.core.breakage import Circumstance
from doctor.core.diagnosis import Certainty
from doctor.core.fact import Reason
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause
from doctor.engine.diagnose import diagnose
from doctor.matrix.load import load_matrix
from tests.breakages.environment import environment
from tests.engine.rows import certainties, found, matrix, row
from tests.facts import distribution, snapshot, unknown

SHIPPED = load_matrix()


def test_without_an_environment_the_text_speaks() -> None:
    rows = matrix(row("general", "it broke", general=True), row("special", "it broke badly"))
    diagnosis = found("line one\nError: it broke badly", rows)
    assert certainties(diagnosis) == [("special", Certainty.LIKELY), ("general", Certainty.POSSIBLE)]
    assert (diagnosis.findings[0].number, diagnosis.findings[0].line) == (2, "Error: it broke badly")
    assert diagnosis.findings[1].cause is Cause.OTHER


def test_the_first_error_of_the_text_comes_first() -> None:
    rows = matrix(row("second", "second error"), row("first", "first error"))
    assert [item.name for item in found("first error, then second error", rows).findings] == ["first", "second"]


def test_of_two_that_begin_at_one_place_the_one_with_more_words_comes_first() -> None:
    rows = (row("less", "no NVIDIA driver"), row("more", "no NVIDIA driver.{0,40}WSL", "some other words"))
    said = found("no NVIDIA driver on your system (WSL 2)", matrix(*rows))
    assert [item.name for item in said.findings] == ["more", "less"]


def test_of_the_words_of_one_cause_the_longer_say_more() -> None:
    rows = (row("less", "no NVIDIA driver"), row("more", "no NVIDIA", "no NVIDIA driver.{0,40}WSL"))
    said = found("no NVIDIA driver on your system (WSL 2)", matrix(*rows))
    assert [item.name for item in said.findings] == ["more", "less"]


def test_of_the_words_of_a_cause_those_that_come_first_name_the_line() -> None:
    [finding] = found("second words\nfirst words", matrix(row("both", "first words", "second words"))).findings
    assert (finding.number, finding.line) == (1, "second words")
    [finding] = found("it began\nit broke\nit ended", matrix(row("both", "it broke", "it began.+it ended"))).findings
    assert (finding.number, finding.line) == (1, "it began")


def test_the_environment_confirms_and_excludes() -> None:
    rows = matrix(
        row("old", "it broke", when=(Circumstance(packages={"one": "<2"}),)),
        row("new", "it broke", when=(Circumstance(packages={"one": ">=2"}),)),
        row("any", "it broke"),
    )
    diagnosis = found("it broke", rows, {"packages": {"one": "2.1"}})
    assert certainties(diagnosis) == [("new", Certainty.CONFIRMED), ("any", Certainty.LIKELY)]
    assert diagnosis.findings[0].seen == ("one 2.1",)
    [excluded] = diagnosis.excluded
    assert (excluded.name, excluded.reason) == ("old", "one 2.1 is installed")


def test_what_is_not_known_neither_confirms_nor_excludes_and_is_named() -> None:
    rows = matrix(row("one", "it broke", when=(Circumstance(packages={"one": ""}, capability="<8.0"),)))
    diagnosis = diagnose("it broke", snapshot({DISTRIBUTIONS: (distribution("one", "1"),)}), rows)
    [finding] = diagnosis.findings
    assert finding.certainty is Certainty.LIKELY
    assert finding.gaps and "gpus" in finding.gaps[0]


def test_variables_of_this_shell_exclude_nothing() -> None:
    """The server may have been started in another one."""
    rows = matrix(row("set", "it broke", when=(Circumstance(packages={"one": ""}, variables={"A": "1"}),)))
    [finding] = found("it broke", rows, {"packages": {"one": "1"}}).findings
    assert finding.certainty is Certainty.LIKELY and finding.gaps == ("how A was set there",)
    [finding] = found("it broke", rows, {"packages": {"one": "1"}, "variables": {"A": "1"}}).findings
    assert finding.certainty is Certainty.CONFIRMED
    assert found("it broke", rows, {"packages": {"two": "1"}}).findings == ()


def test_the_version_that_the_text_states_stands_in_for_an_environment() -> None:
    rows = matrix(
        row("old", "it broke", when=(Circumstance(packages={"vllm": "<0.6"}),)),
        row("new", "it broke", when=(Circumstance(packages={"vllm": ">=0.6"}),)),
    )
    diagnosis = found("vLLM API server version 0.5.4\nit broke", rows)
    assert certainties(diagnosis) == [("old", Certainty.CONFIRMED)]
    assert [item.name for item in diagnosis.excluded] == ["new"]


def test_an_environment_that_the_text_is_not_from_is_left_aside() -> None:
    rows = matrix(row("old", "it broke", when=(Circumstance(packages={"vllm": "<0.6"}),)))
    diagnosis = found("vLLM API server version 0.5.4\nit broke", rows, {"packages": {"vllm": "0.9.2"}})
    assert certainties(diagnosis) == [("old", Certainty.CONFIRMED)]
    assert "0.9.2" in diagnosis.notes[0]
    fitting = found("vLLM API server version 0.5.4+cu118\nit broke", rows, {"packages": {"vllm": "0.5.4"}})
    assert fitting.notes == ()


def test_a_list_of_versions_that_leaves_a_package_out_excludes_nothing() -> None:
    rows = matrix(row("one", "it broke", when=(Circumstance(packages={"one": ">=1"}),)))
    listed = distribution("two", "1", requires=unknown(Reason.NOT_STATED))
    [finding] = diagnose("it broke", snapshot({DISTRIBUTIONS: (listed,)}), rows).findings
    assert finding.certainty is Certainty.LIKELY


def test_words_that_were_broken_by_a_terminal_are_found() -> None:
    rows = matrix(row("memory", r"KV cache is \d+ bytes\b"))
    [finding] = found("ERROR the KV cach\ne is 1\n2 by\ntes too small", rows).findings
    assert finding.number == 1


@pytest.mark.parametrize(("more", "expected"), [(0, ["memory"]), (1, [])])
def test_only_what_may_have_been_copied_from_a_terminal_is_searched_for_broken_words(
    more: int, expected: list[str]
) -> None:
    words = "the KV cach\ne is needed"
    chapters = "\n".join(chr(ord("g") + number) * 50_000 for number in range(10))
    text = f"{chapters}\n{'z' * ((1 << 19) - len(chapters) - len(words) - 2 + more)}\n{words}"
    assert [item.name for item in found(text, matrix(row("memory", "KV cache is"))).findings] == expected


TOLD = "ImportError: cannot import name 'LogitsWarper' from 'transformers.generation.logits_process'"


@pytest.mark.parametrize(
    ("kept", "changes"),
    [
        (False, {"general": True}),
        (False, {"cause": Cause.TRANSFORMERS_TOO_NEW}),
        (False, {"cause": Cause.TRANSFORMERS_TOO_OLD}),
        (True, {}),
        (True, {"general": True, "when": (Circumstance(packages={"transformers": ""}),)}),
        (True, {"general": True, "pairs": ("one-two",)}),
        (True, {"general": True, "rules": ("PIN001",)}),
    ],
)
def test_where_the_releases_tell_of_an_import_words_that_guess_are_left_out(kept: bool, changes: Any) -> None:
    releases = dataclasses.replace(matrix(row("words", "cannot import name", **changes)), releases=SHIPPED.releases)
    said = [item.name for item in found(TOLD, releases, {"packages": {"transformers": "4.56.2"}}).findings]
    assert sorted(said) == ["name-dropped-by-a-release", *["words"][:kept]]
    elsewhere = dataclasses.replace(matrix(row("words", "ImportError", **changes)), releases=SHIPPED.releases)
    assert "words" in [item.name for item in found(TOLD, elsewhere).findings]


def test_what_the_releases_tell_stands_among_words_by_how_many_it_is_told_of() -> None:
    def names(text: str, *patterns: str) -> list[str]:
        rows = matrix(*(row(pattern, pattern) for pattern in patterns))
        return [item.name for item in found(text, dataclasses.replace(rows, releases=SHIPPED.releases)).findings]

    longer, shorter = "cannot import name .{0,200} end", "cannot import name 'LogitsWarper'"
    assert names(f"the beginning {TOLD} end", shorter, longer) == [longer, "name-dropped-by-a-release", shorter]
    option = "vllm serve: error: unrecognized arguments: --swap-space 4"
    assert names(option, "--swap-", "--swap-space 4") == ["--swap-space 4", "name-dropped-by-a-release", "--swap-"]
    second = "vllm serve: error: unrecognized arguments: --max-lora-rank 64 --swap-space 4"
    assert names(second, "--swap-", "--swap-space 4") == ["--swap-space 4", "name-dropped-by-a-release", "--swap-"]


def test_the_end_of_a_log_is_known_as_such() -> None:
    diagnosis = found("RuntimeError: Engine core initialization failed. See root cause above.", matrix())
    assert diagnosis.wrapped and diagnosis.errors == ()


def test_what_looks_like_the_error_is_named() -> None:
    diagnosis = found("starting\nFooError: bar\nFooError: bar\nstopping", matrix())
    assert [(line.number, line.text) for line in diagnosis.errors] == [(2, "FooError: bar")]


def test_general_words_are_not_looked_for_without_blanks() -> None:
    """Without blanks they may stand anywhere: ``no config`` in ``in o config``."""
    rows = matrix(row("vague", r"no config\.json", general=True), row("exact", "second error"))
    assert found("this is n o config.json", rows).findings == ()
    assert [item.name for item in found("second err\nor", rows).findings] == ["exact"]


@given(st.text(alphabet=st.sampled_from("abc 'vLM_.:/[]()\\n0123456789"), max_size=300))
@settings(max_examples=40, deadline=None)
def test_any_text_can_be_held_against_all_that_is_known(text: str) -> None:
    assert diagnose(text, None, SHIPPED).environment == ()


def test_the_first_five_lines_that_look_like_an_error_are_named() -> None:
    lines = [f"{word}Error: bar" for word in ("One", "Two", "Three", "Two", "Four", "Five", "Six", "Seven")]
    said = [line.text.removesuffix("Error: bar") for line in found("\n".join(lines), matrix()).errors]
    assert said == ["One", "Two", "Three", "Four", "Five"]


def test_what_would_settle_a_text_is_asked_for_where_nothing_was_found() -> None:
    said = "FooError: it broke"
    assert found(said, matrix(row("known", "it broke"))).wanted == ()
    assert any("the environment that it is from" in item for item in found(said, matrix()).wanted)
    assert not any("the environment" in item for item in found(said, matrix(), {}).wanted)


def test_a_text_of_which_a_cause_is_known_does_not_end_before_it() -> None:
    said = "RuntimeError: Engine core initialization failed. See root cause above."
    assert not found(said, matrix(row("core", "Engine core initialization failed"))).wrapped
    assert not found("FooError: bar", matrix()).wrapped


def test_an_environment_whose_vllm_is_not_known_is_that_of_the_text() -> None:
    rows, said = matrix(row("any", "it broke")), "vLLM API server version 0.5.4\nit broke"
    assert found(said, rows, {"packages": {"torch": "2.4.0"}}).notes == ()
    assert found(said, rows, {"packages": {"vllm": "0.5.4+cpu"}}).notes == ()
    assert diagnose(said, snapshot({**environment({}), DISTRIBUTIONS: unknown()}), rows).notes == ()


def test_the_remedy_of_a_row_is_for_the_environment_as_far_as_it_is_known() -> None:
    rows = matrix(row("one", "it broke", install=("one<2",)))

    def command(facts: dict[Any, Any] | None) -> tuple[str, ...]:
        [finding] = diagnose("it broke", None if facts is None else snapshot(facts), rows).findings
        [remedy] = finding.remedies
        assert remedy.text == "Do something"
        return remedy.commands[0]

    assert command(None) == ("python", "-m", "pip", "install", "one<2")
    assert command({DISTRIBUTIONS: unknown(), INTERPRETER: unknown()}) == ("python", "-m", "pip", "install", "one<2")
    assert command(environment({"packages": {"one": "1"}}))[:3] == ("uv", "pip", "install")
    assert command(environment({"packages": {"pip": "24.0"}}))[:3] == ("/env/bin/python", "-m", "pip")


def test_certain_causes_are_ordered_by_gravity_and_by_what_they_say() -> None:
    here = (Circumstance(packages={"one": ""}),)
    rows = matrix(
        row("mentioned", "it", severity="info", when=here),
        row("general", "it", general=True, when=here),
        row("mild", "it", severity="warning", when=here),
        row("grave", "it broke", when=here),
    )
    diagnosis = found("it broke", rows, {"packages": {"one": "1"}})
    assert [item.name for item in diagnosis.findings] == ["grave", "mild", "general", "mentioned"]


@pytest.mark.parametrize("variables", [{}, {"A": "1"}])
def test_what_is_known_not_to_be_met_excludes_whatever_else_is_unknown(variables: dict[str, str]) -> None:
    told = row("one", "it broke", when=(Circumstance(python=">=3.9", torch_cuda="<12", variables=variables),))
    facts = environment({"packages": {"torch": "2.4.0"}, "cuda": "12.1"})
    diagnosis = diagnose("it broke", snapshot({**facts, INTERPRETER: unknown()}), matrix(told))
    assert [item.name for item in diagnosis.excluded] == ["one"]

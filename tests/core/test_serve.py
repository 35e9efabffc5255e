"""What a planned start of the server says, asked as rules ask it."""

from __future__ import annotations

import pytest

from doctor.core.serve import MODULE, ServeCommand


def command(**options: str) -> ServeCommand:
    return ServeCommand(
        model="/m", text="", options={name: (value,) if value else () for name, value in options.items()}
    )


@pytest.mark.parametrize(
    ("value", "number"),
    [("128k", 128_000), ("128K", 131_072), ("1.5k", 1500), ("64", 64), ("many", None), ("", None), ("-1", None)],
)
def test_whole_numbers_with_the_endings_that_vllm_takes(value: str, number: int | None) -> None:
    assert command(max_model_len=value).number("max_model_len") == number


@pytest.mark.parametrize(("value", "share"), [("0.9", 0.9), (".5", 0.5), ("90%", None), ("", None)])
def test_shares_of_memory(value: str, share: float | None) -> None:
    assert command(gpu_memory_utilization=value).share("gpu_memory_utilization") == share
    assert command().share("gpu_memory_utilization") is None


@pytest.mark.parametrize(("value", "on"), [("", True), ("true", True), ("False", False), ("no", False), ("0", False)])
def test_switches(value: str, on: bool) -> None:
    assert command(enable_lora=value).on("enable_lora") is on
    assert not command().on("enable_lora")
    assert command(enable_lora=value).has("enable_lora")


def test_paths_are_told_from_names_of_repositories() -> None:
    given = ServeCommand(
        model="meta-llama/Llama-3",
        text="",
        options={"lora_modules": ("a=/adapters/a", "b=own/b", '{"name": "c"}', "d")},
    )
    assert given.adapters() == {"a": "/adapters/a", "b": "own/b"}
    assert given.paths() == ("/adapters/a",)


def test_the_command_is_written_again_with_changes() -> None:
    given = command(max_lora_rank="16", enable_lora="", enforce_eager="false")
    changed = given.words({"max_lora_rank": ("64",), "enable_lora": None, "dtype": ("half",)})
    assert changed == ("vllm", "serve", "/m", "--max-lora-rank", "64", "--no-enforce-eager", "--dtype", "half")
    assert given.words({"max_lora_rank": None}, MODULE) == (
        *MODULE,
        "--model",
        "/m",
        "--enable-lora",
        "--no-enforce-eager",
    )
    assert ServeCommand(model="", text="").words() == ("vllm", "serve")

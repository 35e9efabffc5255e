"""Command lines of servers, as people write them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctor.core.errors import TargetError
from doctor.intake.serve import LIMIT, MOST_OPTIONS, of_options, parse_command, read_serve

LONG = "vllm serve ./merged --enable-lora --lora-modules a=./lora b=/x/y --max-lora-rank 32 --max-num-seqs 8"


def test_an_option_takes_its_word_and_some_take_several():
    command = parse_command(LONG)
    assert command.model == "./merged"
    assert command.on("enable_lora")
    assert command.adapters() == {"a": "./lora", "b": "/x/y"}
    assert command.number("max_lora_rank") == 32
    assert command.written["max_lora_rank"] == "--max-lora-rank"


@pytest.mark.parametrize(
    "text",
    [
        "vllm serve m --max-model-len 4096",
        "vllm serve --max-model-len 4096 m",
        "vllm serve m --max_model_len=4096",
        "/opt/venv/bin/vllm serve --max-model-len=4096 --model m",
        "CUDA_VISIBLE_DEVICES=0 nohup vllm serve m --max-model-len 4096",
        "python -m vllm.entrypoints.openai.api_server --model m --max-model-len 4096",
        "docker run --gpus all -p 8000:8000 vllm/vllm-openai:v0.8.5 --model m --max-model-len 4096",
        "vllm serve m \\\n  --max-model-len 4096",
        "vllm serve m --enforce-eager --max-model-len 4096  # a comment",
        "vllm serve --enforce-eager m --max-model-len 4096",
    ],
)
def test_the_forms_that_people_write(text):
    command = parse_command(text)
    assert (command.model, command.number("max_model_len")) == ("m", 4096)


@pytest.mark.parametrize(("value", "number"), [("128k", 128000), ("128K", 131072), ("1.5k", 1500), ("auto", None)])
def test_numbers_have_the_endings_of_vllm(value, number):
    assert parse_command(f"vllm serve m --max-model-len {value}").number("max_model_len") == number


def test_short_names_and_negations():
    command = parse_command("vllm serve m -tp 4 -O3 --no-enable-prefix-caching")
    assert command.number("tensor_parallel_size") == 4
    assert command.text_of("optimization_level") == "3"
    assert not command.on("enable_prefix_caching")


def test_a_file_of_yaml(tmp_path):
    path = tmp_path / "args.yaml"
    path.write_text(
        "model: m\nmax-model-len: 4096\nenable-lora: true\nlora-modules:\n  - a=/x\nuvicorn-log-level: info\n"
    )
    command = read_serve(f"@{path}")
    assert (command.model, command.number("max_model_len"), command.adapters()) == ("m", 4096, {"a": "/x"})
    assert command.on("enable_lora")


def test_options_by_name_as_python_has_them():
    command = of_options(
        {"model": "m", "enable_lora": True, "max_lora_rank": 64, "dtype": None, "enforce_eager": False}
    )
    assert command.text == "vllm serve m --enable-lora --max-lora-rank 64 --enforce-eager false"
    assert not command.on("enforce_eager")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("python serve.py", "does not start vLLM"),
        ("vllm serve 'm", "cannot be split"),
        ("@/no/such/file", "cannot be read"),
        ("", "does not start vLLM"),
    ],
)
def test_what_is_none_is_refused_with_what_to_write(text, said):
    with pytest.raises(TargetError, match=said):
        read_serve(text)


def test_keys_of_json_behind_a_dot_stay_as_they_are():
    command = parse_command("vllm serve m --hf_overrides.rope_scaling.factor 4 -O.cudagraph_mode NONE --x.key+=a")
    assert command.text_of("hf_overrides.rope_scaling.factor") == "4"
    assert command.words()[3:5] == ("--hf-overrides.rope_scaling.factor", "4")
    assert command.text_of("optimization_level.cudagraph_mode") == "NONE"
    assert command.options["x.key+"] == ("a",)


def test_mappings_of_a_file_are_json_in_the_command():
    command = of_options(
        {"model": "m", "hf-overrides": {"a": [1, None]}, "lora-modules": [{"name": "x", "path": "/y"}]}
    )
    assert json.loads(command.options["hf_overrides"][0]) == {"a": [1, None]}
    assert json.loads(command.options["lora_modules"][0]) == {"name": "x", "path": "/y"}


def test_more_options_than_vllm_ever_had_are_refused():
    many = [f"--option-{number}" for number in range(MOST_OPTIONS + 1)]
    assert len(parse_command(f"vllm serve m {' '.join(many[1:])}").options) == MOST_OPTIONS
    for read in (lambda: parse_command(f"vllm serve m {' '.join(many)}"), lambda: of_options(dict.fromkeys(many))):
        with pytest.raises(TargetError, match="more than 1000 different options"):
            read()


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x, x]\n" + "".join(f"{number}: &a [{', '.join(['*a'] * 10)}]\n" for number in range(12)),
        "a: &a [*a]",
        "a: &a {b: 1, c: 2, d: 3, e: 4, f: 5}\nx:\n" + "  - {<<: *a}\n" * 6000,
        "- {" * 20_000,
        "a: !!bool x",
        'a: !!int ""',
        "? 2020-01-01\n: {2020-01-01: 1}",
        "[a]",
    ],
    ids=("laughs", "itself", "merged", "deep", "bool", "int", "date", "list"),
)
def test_yaml_that_is_no_set_of_options_is_one_error(tmp_path, text):
    path = tmp_path / "args.yaml"
    path.write_text(text)
    with pytest.raises(TargetError):
        read_serve(f"@{path}")


@given(st.text(max_size=300))
def test_whatever_is_written_it_is_parsed_or_refused(text):
    try:
        command = parse_command(f"vllm serve m {text}")
    except TargetError:
        return
    assert command.model


def test_a_file_that_is_larger_than_any_command_is_refused(tmp_path):
    path = tmp_path / "command.sh"
    path.write_bytes(b"vllm serve model " + b" " * LIMIT)
    with pytest.raises(TargetError, match="more than 128 KiB"):
        read_serve(f"@{path}")

"""What a text names stands in the commands of a remedy; what it does not name stays a word to replace."""

from __future__ import annotations

import pytest

from doctor.core.report import Remedy
from doctor.engine.placeholders import fill


def filled(text: str, *command: str) -> tuple[str, ...]:
    (remedy,) = fill([Remedy(text="do it", commands=(command,))], text)
    return remedy.commands[0]


SERVE = ("vllm", "serve", "BASE", "--lora-modules", "NAME=ADAPTER")


@pytest.mark.parametrize(
    "text",
    [
        "Initializing a V1 LLM engine (v0.32.0) with config: model='/models/qwen', tokenizer='/models/qwen'",
        "non-default args: {'model_tag': '/models/qwen', 'port': 8001}",
        "$ vllm serve /models/qwen --port 8001",
        "python -m vllm.entrypoints.openai.api_server --model /models/qwen",
    ],
)
def test_the_model_of_a_log(text: str) -> None:
    assert filled(text, "vllm", "serve", "MODEL", "--dtype", "half") == (
        "vllm",
        "serve",
        "/models/qwen",
        "--dtype",
        "half",
    )
    assert filled(text, *SERVE)[2] == "/models/qwen"


def test_an_adapter_and_its_name() -> None:
    assert filled("vllm serve /models/my_model", *SERVE)[2] == "/models/my_model"
    text = "vllm serve Qwen/Qwen3-8B --enable-lora --lora-modules sql=/data/adapters/sql"
    assert filled(text, *SERVE) == ("vllm", "serve", "Qwen/Qwen3-8B", "--lora-modules", "sql=/data/adapters/sql")


@pytest.mark.parametrize(
    ("text", "package"),
    [
        (
            "ImportError: /env/lib/python3.11/site-packages/flash_attn_2_cuda.cpython-311.so: undefined symbol: _Z",
            "flash-attn",
        ),
        ("/env/lib/python3.11/site-packages/torchvision/_C.so: undefined symbol: _Z", "torchvision"),
        ("/env/lib/python3.11/site-packages/some_kernels/lib/a.so: file too short", "some-kernels"),
        ("ModuleNotFoundError: No module named 'cv2'", "opencv-python-headless"),
        ("ModuleNotFoundError: No module named 'PIL'", "pillow"),
    ],
)
def test_the_package_of_a_file_or_of_a_module(text: str, package: str) -> None:
    assert filled(text, "pip", "install", "PACKAGE") == ("pip", "install", package)


def test_what_is_not_named_stays() -> None:
    assert filled("Killed", *SERVE) == SERVE
    assert filled("Killed", "pip", "install", "PACKAGE") == ("pip", "install", "PACKAGE")


@pytest.mark.parametrize("name", ["--port", "$(reboot)", "a;b", "`x`"])
def test_what_is_no_name_is_not_taken(name: str) -> None:
    """The command is pasted into a shell."""
    assert filled(f"vllm serve {name}", "vllm", "serve", "MODEL")[2] in ("MODEL", "a")


def test_other_words_are_left_as_they_are() -> None:
    assert filled("vllm serve /m", "export", "MODELS=MODEL_ROOT") == ("export", "MODELS=MODEL_ROOT")

from __future__ import annotations

import pytest

from doctor.core.machine.system import VARIABLES
from doctor.core.redaction import is_secret, redact, without_secrets
from tests.facts import snapshot


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HF_TOKEN", "x"),
        ("HUGGING_FACE_HUB_TOKEN", "x"),
        ("VLLM_API_KEY", "x"),
        ("aws_secret_access_key", "x"),
        ("VLLM_NOTE", "hf_abcdefghij"),
        ("HF_ENDPOINT", "https://user:word@mirror.example/"),
        ("VLLM_URL", "https://mirror.example/?token=abc"),
    ],
)
def test_names_and_forms_of_secrets(name: str, value: str) -> None:
    assert is_secret(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TOKENIZERS_PARALLELISM", "false"),
        ("VLLM_WORKER_MULTIPROC_METHOD", "spawn"),
        ("HF_ENDPOINT", "https://mirror.example/models"),
        ("CUDA_VISIBLE_DEVICES", "0,1"),
    ],
)
def test_what_is_no_secret_is_kept(name: str, value: str) -> None:
    assert not is_secret(name, value)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("found hf_" + "a1" * 17 + " in it", "found *** in it"),
        ("https://alice:word@mirror.example/simple", "https://***@mirror.example/simple"),
        ("the package hf_transfer of https://mirror.example", "the package hf_transfer of https://mirror.example"),
    ],
)
def test_secrets_in_texts_of_others(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_every_text_of_a_snapshot_is_redacted_and_the_rest_stays() -> None:
    given = snapshot({VARIABLES: {"VLLM_NOTE": "hf_" + "a1" * 17, "HF_HOME": "/cache"}})
    assert without_secrets(given).get(VARIABLES).value == {"VLLM_NOTE": "***", "HF_HOME": "/cache"}
    assert without_secrets(given).taken_at == given.taken_at

from __future__ import annotations

import pytest

from doctor.core.redaction import is_secret


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

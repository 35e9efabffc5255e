"""What is secret stands in no output, whichever way it came in and whichever format is written."""

from __future__ import annotations

import html
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doctor import check, diagnose
from doctor.cli.output import Relay
from doctor.cli.reports import FORMATS
from doctor.core.redaction import redact
from tests.endtoend.wheels import write_wheel

WORD = "hunter2isnotsafe"
TOKEN = "hf_" + "AbCdEfGhIj" * 3 + "XyZ1"
PUBLIC = ("hf_transfer", "sk-learn-like-package-of-some-length", "TOKENIZERS_PARALLELISM", "git@github.com")
"""What only looks like a secret."""

VARIABLES = {
    "HF_TOKEN": TOKEN,
    "VLLM_API_KEY": WORD,
    "WANDB_API_KEY": WORD,
    "AWS_SECRET_ACCESS_KEY": WORD,
    "HF_ENDPOINT": f"https://ada:{WORD}@mirror.example/",
    "HTTPS_PROXY": f"http://ada:{WORD}@proxy.example:3128",
    "PIP_INDEX_URL": f"https://ada:{WORD}@index.example/simple",
    "UV_INDEX_URL": f"https://{TOKEN}@index.example/simple",
    "VLLM_PLUGINS": f"https://plugins.example/?token={WORD}",
    "LD_LIBRARY_PATH": f"/srv/{TOKEN}/lib",
    "PYTHONPATH": f"/srv/{TOKEN}/modules",
}
SERVE = f"vllm serve ./nowhere --api-key {WORD} --hf-token={TOKEN} --enable-lora --lora-modules a=/x/{TOKEN}"
LOG = f"""+ export HF_TOKEN={TOKEN}
curl -H 'Authorization: Bearer {WORD}' https://ada:{WORD}@index.example/simple/vllm?token={WORD}
vllm serve m --api-key {WORD}
OSError: 401 Client Error for https://ada:{WORD}@huggingface.co/api/models/x: {TOKEN}
ImportError: cannot import name 'x' from 'transformers' (api_key='{WORD}', "password": "{WORD}" {{"token": "{WORD}"}})
aws_secret_access_key = {WORD}
ValueError: https://ada:hunter@{WORD}@index.example/simple refused password={WORD}
"""
COLLECT_ENV = f"""PyTorch version: 2.4.0+cu121
Python version: 3.11.7
[pip3] torch==2.4.0
vLLM Version: 0.5.5
HF_TOKEN={TOKEN}
VLLM_API_KEY={WORD}
LD_LIBRARY_PATH=/srv/{TOKEN}/lib
HF_ENDPOINT=https://ada:{WORD}@mirror.example/
"""
REQUIREMENTS = f"""--index-url https://ada:{WORD}@index.example/simple
vllm @ https://ada:{WORD}@index.example/vllm-0.5.5-py3-none-any.whl
peft @ git+https://{TOKEN}@github.com/huggingface/peft
torch==2.4.0
transformers>=4
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("secrets")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "env"], check=True)
    (site,) = (folder / "env").glob("lib/python3*/site-packages")
    write_wheel(folder, "vllm", "0.5.5", f"torch @ https://ada:{WORD}@index.example/torch.whl")
    install = ["uv", "pip", "install", "--quiet", "--offline", "--no-deps", "--python", folder / "env/bin/python"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run([*install, *folder.glob("*.whl")], check=True, env={**os.environ, "PATH": path})
    (info,) = site.glob("vllm-*.dist-info")
    address = {"url": f"https://ada:{WORD}@index.example/vllm.whl", "archive_info": {}}
    (info / "direct_url.json").write_text(json.dumps(address))
    (folder / "log.txt").write_text(LOG)
    (folder / "issue.txt").write_text(COLLECT_ENV)
    (folder / "requirements.txt").write_text(REQUIREMENTS)
    return folder


def said(place: Path, *arguments: str | Path) -> str:
    """All that a run writes, with what it must not hold checked."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(place), "LANG": "C.UTF-8", **VARIABLES}
    command = [sys.executable, "-m", "doctor", *map(str, arguments)]
    done = subprocess.run(command, env=environ, cwd=place, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode in (0, 1, 2, 3), done.stderr
    assert_clean(done.stdout + done.stderr)
    return done.stdout + done.stderr


def assert_clean(text: str) -> None:
    assert "vllm" in text or "error" in text
    assert_no_secret(text)


def assert_no_secret(text: str) -> None:
    """Neither as it is nor as formats escape it: ``hf\\_...`` of Markdown, ``&#34;`` of HTML, ``%40`` of addresses."""
    for read in (str, html.unescape, unquote, lambda written: written.replace("\\", "")):
        lines = [line for line in read(text).splitlines() if WORD in line or TOKEN in line]
        assert not lines, lines


def test_a_report_holds_no_secret_of_the_environment_or_the_command(place, tmp_path):
    outputs = [option for form in FORMATS for option in ("--output", f"{form}={tmp_path / form}")]
    said(place, "check", "--python", place / "env", "--serve", SERVE, "-v", *outputs)
    for form in FORMATS:
        assert_clean((tmp_path / form).read_text())


@pytest.mark.parametrize("source", [("--collect-env", "issue.txt"), ("--requirements", "requirements.txt")])
def test_a_report_holds_no_secret_of_a_text(place, source):
    said(place, "check", *source, "-v")


def test_a_snapshot_holds_no_secret(place):
    text = said(place, "snapshot", "--python", place / "env")
    assert "VLLM_API_KEY" in text, "that it is set is a fact"


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_explanation_quotes_no_secret(place, form):
    assert said(place, "explain", "--log", "log.txt", "--python", place / "env", "--format", form, "-v")


def test_an_error_quotes_no_secret(place):
    said(place, "check", "--serve", f"vlm serve --api-key {WORD}")
    said(place, "check", "--python", f"/srv/{TOKEN}/bin/python")
    said(place, "matrix", "update", f"https://ada:{WORD}@127.0.0.1:9/matrix.tar.gz")


def test_a_plan_holds_no_secret(place):
    said(place, "fix", "--python", place / "env", "--dry-run")


@pytest.mark.parametrize("text", PUBLIC)
def test_what_only_looks_like_a_secret_is_kept(text):
    assert redact(f"see {text} and https://{text}/x") == f"see {text} and https://{text}/x"


SECRETS = (
    TOKEN,
    f"ghp_{'a1' * 18}",
    f"sk-proj-{'a1' * 15}",
    "AKIA" + "A1" * 8,
    f"glpat-{'a' * 20}",
    f"nvapi-{'a1' * 20}",
)


def test_the_programming_interface_and_the_notebook_hold_none(place):
    for report in (check(collect_env=place / "issue.txt"), check(requirements=place / "requirements.txt")):
        for form in FORMATS:
            assert_no_secret(report.render(form))
        assert_no_secret(report._repr_html_())
        assert_no_secret(repr(report.outcomes))
        assert_no_secret(repr(report.snapshot.facts))


def test_the_typed_values_of_an_environment_and_a_log_hold_none(place):
    report = check(place / "env", select=["PKG"], serve=f"vllm serve m --api-key {WORD}")
    for values in (report.outcomes, report.snapshot.facts, diagnose(LOG)):
        assert_no_secret(repr(values))
    assert "vllm" in repr(report.snapshot.facts)


def test_a_language_model_is_told_none(place):
    pytest.importorskip("mcp")
    from doctor.mcp import server

    answer = server.check(requirements=str(place / "requirements.txt"), target_python="3.11")
    assert_clean(answer.content[0].text)
    assert_clean(json.dumps(answer.structured_content))


def test_what_a_child_prints_is_relayed_without(capfdbinary):
    relay = Relay()
    for chunk in (b"vllm: HF_TOK", f"EN={TOKEN[:9]}".encode(), f"{TOKEN[9:]}\n\r{TOKEN}".encode(), b"\xff tail"):
        relay.feed(chunk)
    relay.end()
    heard = capfdbinary.readouterr().err
    assert heard == b"vllm: HF_TOKEN=***\n\r***\xff tail"


@pytest.mark.parametrize(
    "kept",
    [
        "pad_token='<pad>'",
        '"eos_token": "<|end_of_text|>"',
        "api_key=None",
        '"api_key": null, "secret": true',
        "use_auth_token: Optional[str] = None",
        "token='▁the'",
        "KeyError: 'token'",
        "password=***",
        "https://files.example/a@2.0/b and see https://h/x?y=a@b",
    ],
)
def test_words_about_keys_and_tokens_are_kept(kept):
    assert redact(kept) == kept


SECRETS = (
    *SECRETS,
    f"xoxb-{'1' * 12}-{'a' * 12}",
    f"eyJ{'a' * 20}.eyJ{'b' * 20}.{'c' * 20}",
    f"github_pat_{'a1' * 20}",
)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("around", ["{}", "x={}", "'{}',", "/srv/{}/lib", "(see {})", '"{}"'])
def test_a_token_is_known_by_its_form(secret, around):
    assert redact(around.format(secret)) == around.format("***")


@given(st.text(max_size=200))
def test_redacting_again_changes_nothing(text):
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize(
    "unit",
    [
        "A",
        "_",
        "://",
        "eyJ-",
        "sk-",
        "?token=",
        "--api-key ",
        "HF_TOKEN=",
        "://a",
        "password=",
        "api_key='",
        "token='a",
        "-----BEGIN PRIVATE KEY-----",
    ],
)
def test_a_megabyte_of_beginnings_is_no_hang(unit):
    started = time.process_time()
    redact(unit * (1_000_000 // len(unit)))
    assert time.process_time() - started < 2, "it grows with the square of the length"

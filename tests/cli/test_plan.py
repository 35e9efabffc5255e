"""``doctor plan`` as a user runs it."""

from __future__ import annotations

import json

import pytest

from tests.models import llama


@pytest.fixture
def model(tmp_path):
    return llama().write(tmp_path / "model")


def test_plans_from_the_files_alone(doctor, model):
    done = doctor("plan", "--model", model, "--gpu-memory", "24")
    assert " on a GPU of 24.00 GiB" in " ".join(done.stdout.split())
    assert done.returncode == 0, done.stderr
    assert "The cache holds" in done.stdout
    assert f"vllm serve {model}" in done.stdout


def test_as_json(doctor, model):
    done = doctor("plan", "--model", model, "--gpu", "NVIDIA A100-SXM4-80GB", "--format", "json")
    found = json.loads(done.stdout)
    assert found["schema"] == "doctor-plan"
    assert found["memory"] == 80 * 1024**3
    assert found["command"][:2] == ["vllm", "serve"]
    assert sum(item["size"] for item in found["segments"]) == pytest.approx(found["memory"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "give its folder with --model"),
        (("--model", "{model}", "--gpu", "Voodoo 3"), "knows no GPU 'Voodoo 3'"),
        (("--model", "{model}", "--gpu", "NVIDIA H100"), "--gpu-memory"),
        (("--model", "{model}", "--gpu-memory", "24", "--vllm", "99.0"), "knows no vLLM 99.0"),
        (("--model", "/no/such", "--gpu-memory", "24"), "there is no such folder"),
    ],
)
def test_one_error_that_says_what_to_do(doctor, model, arguments, said):
    done = doctor("plan", *(str(item).replace("{model}", str(model)) for item in arguments))
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_config_it_refuses(doctor, model):
    (model / "config.json").unlink()
    done = doctor("plan", "--model", model, "--gpu-memory", "24")
    assert done.returncode == 2
    assert "config.json cannot be read" in done.stderr


def test_as_a_page(doctor, model, tmp_path):
    pytest.importorskip("jinja2")
    page = tmp_path / "plan.html"
    done = doctor("plan", "--model", model, "--gpu-memory", "24", "--gpus", "2", "--format", "html", "--output", page)
    assert done.returncode == 0, done.stderr
    text = page.read_text()
    assert text.count('role="img"') == 2
    assert f"<pre>vllm serve {model}" in text


def test_an_adapter_in_place_of_the_model_comes_before_a_missing_gpu(doctor, tmp_path):
    adapter = tmp_path / "sql"
    adapter.mkdir()
    (adapter / "adapter_config.json").write_text('{"r": 8}')
    done = doctor("plan", "--model", adapter)
    assert done.returncode == 2
    assert "holds a LoRA adapter and no model" in done.stderr
    assert "--adapter" in done.stderr


def test_a_tiny_model_is_not_said_to_serve_millions(doctor, model):
    done = doctor("plan", "--model", model, "--gpu-memory", "24", "--goal", "latency")
    assert "enough for all 64 requests at once" in " ".join(done.stdout.split())


def test_no_two_parts_are_drawn_alike(doctor, model):
    done = doctor("plan", "--model", model, "--gpu-memory", "24")
    lines = [line.split() for line in done.stdout.splitlines() if "iB  " in line]
    marks = [words[0] for words in lines]
    assert len(marks) > 4
    assert len(set(marks)) == len(marks)


def test_on_a_narrow_terminal_no_word_is_cut(doctor, model):
    narrow = doctor("plan", "--model", model, "--gpu-memory", "24", COLUMNS="50").stdout
    parts = narrow[: narrow.index("Serve it with")].splitlines()[1:]
    assert all(len(line) <= 50 or line == str(model) for line in parts)
    assert "    recorded steps; none with --enforce-eager" in parts
    assert "    beyond --gpu-memory-utilization" in parts

"""Reading collect_env: every form, whatever has happened to it on the way, and nothing that it does not say."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from doctor.core.fact import Absent, Fact, Known, Reason, Unknown
from doctor.core.interpreter import INTERPRETER, PLATFORM
from doctor.core.keys import KEYS
from doctor.core.machine.gpu import DRIVER, GPUS, NVML, VISIBLE_DEVICES
from doctor.core.machine.system import CPU, TOOLKITS, VARIABLES, VARIABLES_LISTED
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import EXTENSIONS, TORCH_BUILD
from doctor.core.reading import READING
from doctor.core.snapshot import Key, Snapshot
from doctor.formats.snapshot import render_snapshot
from doctor.intake.collect_env import decode_collect_env
from doctor.intake.snapshot import decode_snapshot
from tests.intake import texts

every_form = pytest.mark.parametrize("text", texts.FORMS.values(), ids=texts.FORMS)


def read(text: str) -> Snapshot:
    return decode_collect_env(text.encode(), "issue.md")


def value(snapshot: Snapshot, key: Key[Any]) -> Any:
    fact = snapshot.get(key)
    assert isinstance(fact, Known), fact
    return fact.value


def stated(fact: Fact[Any]) -> Any:
    return fact.value if isinstance(fact, Known) else None


def versions(snapshot: Snapshot) -> dict[str, str]:
    return {item.name: item.version for item in value(snapshot, DISTRIBUTIONS)}


def known_facts(snapshot: Snapshot) -> dict[str, Any]:
    """What is known, without the places where it was read."""

    def plain(item: Any) -> Any:
        if isinstance(item, dict):
            return {name: plain(inner) for name, inner in item.items() if name not in ("source", "sources", "place")}
        return [plain(inner) for inner in item] if isinstance(item, list) else item

    facts = json.loads(render_snapshot(snapshot))["facts"]
    return {name: plain(fact) for name, fact in facts.items() if name != READING.name}


class TestForms:
    def test_torch_1_0(self) -> None:
        snapshot = read(texts.TORCH_1_0)
        assert value(snapshot, INTERPRETER).version == "3.6"
        assert value(snapshot, TORCH_BUILD).cuda == "9.0"
        assert value(snapshot, PLATFORM).distribution == "Ubuntu 18.04.2 LTS"
        assert [stated(gpu.name) for gpu in value(snapshot, GPUS)] == ["GeForce GTX 1080 Ti"]
        assert versions(snapshot) == {"numpy": "1.15.4", "torch": "1.0.1", "torchvision": "0.2.2"}
        origins = {item.name: item.origin for item in value(snapshot, DISTRIBUTIONS)}
        assert origins == {"numpy": "index", "torch": "conda", "torchvision": "conda"}

    def test_torch_2_1(self) -> None:
        snapshot = read(texts.TORCH_2_1)
        interpreter, platform = value(snapshot, INTERPRETER), value(snapshot, PLATFORM)
        assert (interpreter.version, interpreter.libc) == ("3.11.6", "glibc 2.34")
        assert interpreter.markers["python_version"] == "3.11"
        assert (platform.distribution, platform.machine) == ("Rocky Linux 9.3 (Blue Onyx)", "x86_64")
        assert platform.release == "5.14.0-362.8.1.el9_3.x86_64"
        assert [stated(gpu.name) for gpu in value(snapshot, GPUS)] == ["NVIDIA A10", "Tesla T4"]
        assert stated(value(snapshot, DRIVER).version) == "545.23.08"
        assert [item.version for item in value(snapshot, TOOLKITS)] == ["11.8"]
        assert value(snapshot, CPU).cores == 16
        assert value(snapshot, NVML).fault == ""

    def test_vllm_0_6(self) -> None:
        snapshot = read(texts.VLLM_0_6)
        assert versions(snapshot)["vllm"] == "0.6.6.post1"
        assert [stated(gpu.links) for gpu in value(snapshot, GPUS)] == [("1 NV18",), ("0 NV18",)]
        assert value(snapshot, VISIBLE_DEVICES).indexes == (1,)
        variables = value(snapshot, VARIABLES)
        assert variables["LD_LIBRARY_PATH"] == "/opt/conda/lib:"
        assert variables["NVIDIA_REQUIRE_CUDA"] == "cuda>=12.4 brand=tesla,driver>=470,driver<471"
        assert value(snapshot, INTERPRETER).conda_prefix

    def test_vllm_0_20(self) -> None:
        snapshot = read(texts.VLLM_0_20)
        found = versions(snapshot)
        assert (found["vllm"], found["my-wheel"], found["transformers"]) == ("0.20.1", "1.2.3+cu130", "5.5.3")
        assert value(snapshot, PLATFORM).machine == "aarch64"
        assert [stated(gpu.name) for gpu in value(snapshot, GPUS)] == ["NVIDIA GB10"]
        assert isinstance(snapshot.get(VISIBLE_DEVICES), Absent)
        assert "CUDA" in value(snapshot, VARIABLES_LISTED)

    @every_form
    def test_a_snapshot_can_be_saved_and_read_back(self, text: str) -> None:
        snapshot = read(text)
        assert decode_snapshot(render_snapshot(snapshot).encode(), "saved") == snapshot

    @every_form
    def test_every_fact_is_there(self, text: str) -> None:
        assert set(read(text).facts) == set(KEYS)


class TestWhatIsNotStated:
    @every_form
    def test_it_is_unknown_and_never_absent(self, text: str) -> None:
        facts = read(text).facts
        fact = facts[EXTENSIONS.name]
        assert isinstance(fact, Unknown)
        assert fact.reason is Reason.NOT_STATED

    def test_a_package_that_is_not_listed(self) -> None:
        for item in value(read(texts.TORCH_2_1), DISTRIBUTIONS):
            assert isinstance(item.requires, Unknown)
            assert item.requires.reason is Reason.NOT_STATED
            assert item.requires.source.line is not None

    def test_no_cuda_does_not_say_that_there_is_no_gpu(self) -> None:
        snapshot = read(texts.NO_DRIVER)
        assert isinstance(snapshot.get(GPUS), Unknown)
        assert isinstance(snapshot.get(NVML), Unknown)
        assert value(snapshot, PLATFORM).wsl == 2

    def test_variables_of_a_text_that_has_no_such_part(self) -> None:
        assert isinstance(read(texts.TORCH_2_1).get(VARIABLES), Unknown)

    def test_a_secret_is_not_kept(self) -> None:
        snapshot = read(texts.VLLM_0_20)
        assert "hf_abcdefghijklmnop" not in render_snapshot(snapshot)
        assert "HF_TOKEN" in value(snapshot, VARIABLES)

    def test_the_report_names_what_could_not_be_collected(self) -> None:
        unread = value(read(texts.NO_DRIVER), READING).unread
        assert unread == ('CUDA runtime version, GPU models and configuration, Nvidia driver version ("No CUDA")',)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (texts.ROCM, "ROCm: AMD Instinct MI250X (gfx90a:sramecc+:xnack-)"),
        (texts.MAC, "macOS: Apple M4 Pro"),
        (texts.XPU, "Intel XPU: Intel(R) Arc(TM) Pro B60 Graphics"),
        (texts.TPU, "Google TPU"),
    ],
    ids=["rocm", "mac", "xpu", "tpu"],
)
def test_what_is_not_nvidia_is_undetermined_and_said(text: str, name: str) -> None:
    snapshot = read(text)
    assert value(snapshot, READING).accelerator == name
    for key in (GPUS, DRIVER, NVML):
        fact = snapshot.get(key)
        assert isinstance(fact, Unknown)
        assert fact.reason is Reason.UNSUPPORTED
        assert name in fact.detail


def in_markdown(text: str) -> str:
    body = text.rstrip("\n")
    return (
        "### Your current environment\n\n<details>\n<summary>The output of <code>vllm collect-env</code></summary>\n\n"
        f"```text\n{body}\n```\n\n</details>\n\n### Describe the bug\n\nOS error: it does not start. GPU 3: hot.\n"
    )


def at_a_prompt(text: str) -> str:
    prompt = "(env) ada@box:~/vllm$ "
    return f"{prompt}python -m vllm.collect_env\nINFO 01-02 03:04:05 [__init__.py:239] cuda\n{text}{prompt}"


def quoted(text: str) -> str:
    return "".join(f"> {line}\n" for line in text.splitlines())


def with_windows_ends(text: str) -> str:
    return text.replace("\n", "\r\n")


def escaped(text: str) -> str:
    return json.dumps(text)


class TestWhatHappensOnTheWay:
    @pytest.mark.parametrize("wrap", [in_markdown, at_a_prompt, quoted, with_windows_ends, escaped])
    @every_form
    def test_the_same_facts_are_read(self, text: str, wrap: Any) -> None:
        assert known_facts(read(wrap(text))) == known_facts(read(text))

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
    def test_files_that_powershell_writes(self, encoding: str) -> None:
        snapshot = decode_collect_env(texts.TORCH_2_1.encode(encoding), "issue.md")
        assert known_facts(snapshot) == known_facts(read(texts.TORCH_2_1))

    @every_form
    def test_line_breaks_may_be_lost(self, text: str) -> None:
        """Versions, GPUs and variables are read as well; the table of the topology is not."""
        whole, flat = read(text), read(" ".join(text.split()))
        assert versions(flat) == versions(whole)
        for key in (INTERPRETER, TORCH_BUILD, TOOLKITS, VARIABLES):
            assert known_facts(flat)[key.name] == known_facts(whole)[key.name]
        if isinstance(whole.get(GPUS), Known):
            names = [stated(gpu.name) for gpu in value(flat, GPUS)]
            assert names == [stated(gpu.name) for gpu in value(whole, GPUS)]

    def test_a_list_may_run_into_the_next_label(self) -> None:
        text = texts.VLLM_0_6.replace("pypi\nROCM Version", "pypiROCM Version")
        assert versions(read(text)) == versions(read(texts.VLLM_0_6))

    def test_the_lines_are_those_of_the_file(self) -> None:
        text = "\n" * 40000 + texts.TORCH_2_1
        (torch,) = [item for item in value(read(text), DISTRIBUTIONS) if item.name == "torch"]
        assert text.splitlines()[torch.requires.source.line - 1] == "[pip3] torch==2.1.2"

    def test_of_two_texts_the_first_is_judged_and_the_other_is_named(self) -> None:
        snapshot = read(texts.TORCH_2_1 + "\nAfter the downgrade:\n\n" + texts.VLLM_0_6)
        assert versions(snapshot) == versions(read(texts.TORCH_2_1))
        assert any("second text begins in line" in line for line in value(snapshot, READING).unread)

    def test_the_table_of_nvidia_smi_beside_it_states_the_cuda_version(self) -> None:
        smi = "| NVIDIA-SMI 545.23.08    Driver Version: 545.23.08    CUDA Version: 12.3     |\n"
        assert stated(value(read(texts.TORCH_2_1 + smi), DRIVER).cuda) == "12.3"

    def test_drivers_from_610_on_write_that_table_with_other_words(self) -> None:
        smi = "| NVIDIA-SMI 610.43.02              KMD Version: 610.43.02     CUDA UMD Version: 13.3     |\n"
        without = re.sub(r"Nvidia driver version.*\n", "", texts.TORCH_2_1)
        driver = value(read(without + smi), DRIVER)
        assert (stated(driver.version), stated(driver.cuda)) == ("610.43.02", "13.3")

    def test_a_list_alone_is_read(self) -> None:
        snapshot = read("I have these:\n[pip3] torch==2.4.0\n[pip3] numpy==2.0.1\n")
        assert versions(snapshot) == {"torch": "2.4.0", "numpy": "2.0.1"}
        assert value(snapshot, INTERPRETER).version == ""

    def test_the_list_of_another_environment_is_left_out(self) -> None:
        """Where there is no pip, vLLM's script asks uv, which lists the active environment."""
        text = texts.VLLM_0_20.replace("[pip3] torch==2.11.0\n", "")
        snapshot = read(text)
        assert versions(snapshot) == {"torch": "2.11.0+cu130", "vllm": "0.20.1"}
        assert "another environment" in " ".join(value(snapshot, READING).unread)

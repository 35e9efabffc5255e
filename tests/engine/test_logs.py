"""Logs of hundreds of lines: the cause stands in the middle, and what comes after it only tells that it failed.

They are written as the processes of vLLM, Ray and Unsloth write them, with the words of a public
thread each (named beside it), shortened.
"""

from __future__ import annotations

import pytest

from doctor.engine.diagnose import diagnose
from tests.breakages.examples import matrix

SITE = "/usr/lib/python3.12/site-packages"
CORE = "(EngineCore pid=86) ERROR 06-01 13:18:12 [core.py:1341] "
STEPS = ("run_engine_core", "init_device", "load_model", "execute_model", "worker_main")


def chatter(hour: int) -> str:
    """What the two processes of a server write while all is well, each line another one."""
    lines = []
    for number in range(120):
        time = f"06-01 {hour}:{number % 60:02}:00"
        lines.append(f"(APIServer pid=11) INFO {time} [loggers.py:9] Engine 000: {'x' * (number % 17)} tokens/s")
        lines.append(f"(EngineCore pid=86) WARNING {time} [cache_{chr(97 + number % 26)}.py:3] a note of no account")
    return "".join(f"{line}\n" for line in lines)


def frames() -> str:
    """The stack above the error."""
    lines = []
    for number, name in enumerate(STEPS, 100):
        lines += [f'{CORE}  File "{SITE}/vllm/v1/{name}.py", line {number}, in {name}', f"{CORE}    return {name}()"]
    return "".join(f"{line}\n" for line in lines)


END = f"""\
(EngineCore pid=86) Process EngineCore:
(EngineCore pid=86) Traceback (most recent call last):
nanobind: leaked 3 instances!
[rank0]:[W601 13:18:14.4 ProcessGroupNCCL.cpp:1524] Warning: WARNING: destroy_process_group() was not called
(APIServer pid=11) Traceback (most recent call last):
(APIServer pid=11)   File "{SITE}/vllm/v1/engine/utils.py", line 950, in wait_for_engine_startup
(APIServer pid=11) RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {{}}
resource_tracker.py:279: UserWarning: resource_tracker: There appear to be 1 leaked shared_memory objects to clean up
"""


def log(error: str) -> str:
    """A whole log of a server with its error in the middle, in colours."""
    prefix = CORE.replace("(EngineCore pid=86)", "\x1b[1;36m(EngineCore pid=86)\x1b[0;0m")
    lines = "".join(f"{prefix}{line}\n" for line in error.split("\n"))
    return chatter(13) + frames() + lines + chatter(14) + END


ERRORS = {
    # https://github.com/gpustack/gpustack/issues/5438
    "rank-above-max-lora-rank": "ValueError: LoRA rank 64 is greater than max_lora_rank 16.",
    # https://github.com/vllm-project/vllm/issues/18995
    "no-kernel-image": "torch.AcceleratorError: CUDA error: no kernel image is available for execution on the device",
    # https://github.com/xorbitsai/inference/issues/4561
    "architecture-unknown-to-transformers": """\
pydantic_core._pydantic_core.ValidationError: 1 validation error for ModelConfig
  Value error, The checkpoint you are trying to load has model type `qwen3_vl` but Transformers does not
recognize this architecture.""",
    # https://github.com/vllm-project/vllm/issues/31700
    "ptx-newer-than-driver": "CUDA error: the provided PTX was compiled with an unsupported toolchain.",
    # https://github.com/QwenLM/Qwen3-VL/issues/264
    "safetensors-cut-or-no-weights": "SafetensorError: Error while deserializing header: MetadataIncompleteBuffer",
    # https://github.com/vllm-project/vllm/issues/16118
    "context-larger-than-cache": "ValueError: To serve at least one request with the models's max seq len (131072)",
    # https://github.com/vllm-project/vllm/issues/30690
    "merged-model-given-as-adapter": "ValueError: Loading lora sql failed: No adapter found for /data/checkpoint-57",
    # https://github.com/unslothai/unsloth/issues/8580
    "xformers-for-other-torch": """\
xFormers can't load C++/CUDA extensions. xFormers was built for:
    PyTorch 2.10.0+cu128 with CUDA 1208 (you have 2.11.0+cu130)""",
    # https://github.com/thuml/Sundial/issues/5
    "name-dropped-by-a-release": "AttributeError: 'DynamicCache' object has no attribute 'get_max_length'",
    # https://github.com/vllm-project/vllm/issues/56829
    "torchvision-for-other-torch": "RuntimeError: operator torchvision::nms does not exist",
}


@pytest.mark.parametrize("name", ERRORS)
def test_the_cause_in_the_middle_of_a_log_comes_first(name: str) -> None:
    text = log(ERRORS[name])
    assert text.count("\n") > 480
    found = diagnose(text, None, matrix())
    assert found.findings[0].name == name, [item.name for item in found.findings]
    assert 240 < found.findings[0].number < 260
    assert not found.wrapped
    assert not [line for line in found.errors if "Engine core initialization" in line.text]


def test_a_log_without_the_cause_says_that_it_stands_elsewhere() -> None:
    found = diagnose(chatter(13) + END, None, matrix())
    assert found.wrapped
    assert found.findings == ()


def test_chatter_alone_is_no_finding() -> None:
    assert diagnose(chatter(13), None, matrix()).findings == ()


def test_workers_that_write_at_once() -> None:
    lines = (
        '  File "/env/unsloth_zoo/vllm_utils.py", line 71, in <module>',
        "    from vllm.lora import models",
        "ImportError: cannot import name 'models' from 'vllm.lora'",
    )
    mixed = "".join(f"(Worker_TP{rank} pid={90 + rank}) ERROR {line}\n" for line in lines for rank in range(8))
    assert diagnose(chatter(13) + mixed + END, None, matrix()).findings[0].name == "unsloth-behind-vllm"

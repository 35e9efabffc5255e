"""The head of a report, taken out of a snapshot."""

from __future__ import annotations

import pytest

from doctor.cli.reports import renderer
from doctor.core.interpreter import INTERPRETER
from doctor.core.machine.gpu import GPUS
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import TORCH_BUILD
from doctor.formats.stack import Device, Stack, summarise
from tests.bases import base
from tests.facts import absent, distribution, gpu, interpreter, snapshot, torch_build, unknown
from tests.formats.reports import BROKEN, TOLD, rendering


def test_a_gpu_machine():
    stack = summarise(base("sound_gpu"))
    assert stack.versions["vllm"] == "0.5.5"
    assert (stack.torch_build, stack.driver, stack.driver_cuda) == ("CUDA 12.1", "550.54.14", "12.4")
    assert stack.devices == (Device(name="NVIDIA H100 80GB HBM3", capability="9.0", memory=81559),)


def test_a_machine_without_gpu():
    stack = summarise(base("sound_cpu"))
    assert stack.devices == ()
    assert stack.torch_build == "CPU"


def test_nothing_known_is_nothing_said():
    assert summarise(snapshot({})) == Stack()


def test_no_answer_is_not_no_gpu():
    assert summarise(snapshot({GPUS: unknown()})).devices is None
    assert summarise(snapshot({GPUS: absent()})).devices == ()


def test_a_fact_inside_that_is_unknown_is_left_out():
    stack = summarise(snapshot({GPUS: (gpu(name="H100", memory_total=unknown()),)}))
    assert stack.devices == (Device(name="H100", capability="9.0", memory=None),)


def test_what_is_shadowed_is_not_the_version_in_use():
    installed = (distribution("torch", "2.4.0"), distribution("torch", "2.0.0", shadowed=True))
    assert summarise(snapshot({DISTRIBUTIONS: installed})).versions == {"torch": "2.4.0"}


def test_kinds_of_builds_and_environments():
    assert summarise(snapshot({TORCH_BUILD: torch_build("2.4.0", "", hip="6.1")})).torch_build == "ROCm 6.1"
    conda = interpreter(conda_prefix="/opt/conda")
    assert summarise(snapshot({INTERPRETER: conda})).environment == "conda environment"
    assert summarise(snapshot({INTERPRETER: interpreter(base_prefix="/env")})).environment == "no virtual environment"


@pytest.mark.parametrize("form", ["text", "json", "markdown", "html", "notebook"])
def test_a_reader_is_told_what_the_verdict_rests_on(form):
    told, silent = renderer(form)(rendering(BROKEN, TOLD)), renderer(form)(rendering(BROKEN))
    for item in (TOLD.text, *TOLD.stated, *TOLD.assumed, *TOLD.unread):
        assert item in " ".join(told.split())
        assert item not in silent

"""Rows of which each value has the right type and one is wrong: what is said of each kind of row."""

from __future__ import annotations

from pathlib import Path

import pytest

from doctor.matrix.fault import InvalidMatrixError
from doctor.matrix.validation import validate_files
from tests.matrix.files import CUDA, GPU, HEAD, PAIR, SET, WHEEL

KNOWN = 'basis = "reported"\nsources = ["https://example.org"]\n'
FLOOR = f'[[floor]]\nname = "x"\npackage = "vllm"\nversions = "<1"\nminimum = "7.0"\nseverity = "error"\n{KNOWN}'
GENERATION = f'[[generation]]\nname = "x"\ncapability = "3.5"\nbelow = "5.0"\nfirst_cuda = "7.0"\n{KNOWN}'
ADAPTER_KEY = f'[[adapter-key]]\nname = "bias"\nknown = ">=0.1"\n{KNOWN}'
LIBRARIES = '[wheel.libraries]\n"12.1" = ["sm_90"]\n'
DEVIATION = '[[set.deviations]]\ndistribution = "vllm"\nrequirement = "numpy<1"\nreason = "so"\n'

CASES = {
    "nobody says so": (SET.replace('"reproduced"', '"reported"'), "the set tiny is reported: expected sources"),
    "pin and alternative": (SET + '[set.alternatives]\ntorch = "2.4.0"\n', "torch is a pin and an alternative"),
    "no driver": (SET.replace("cuda =", 'minimum_driver = "new"\ncuda ='), "minimum_driver: expected a version"),
    "capability of a set": (SET.replace("cuda =", 'capabilities = ["90"]\ncuda ='), "expected a compute capability"),
    "CUDA torch in a CPU set": (
        SET.replace('cuda = "12.1"\n', "").replace('"2.4.0"', '"2.4.0+cu121"'),
        "torch: the set has no `cuda`, and its pin is a build for CUDA (cu121)",
    ),
    "deviation of another": (SET + DEVIATION.replace('"vllm"', '"peft"'), "distribution: expected a name from pins"),
    "deviation that is none": (SET + DEVIATION.replace("numpy<1", "a b"), "requirement: expected one such as name<2"),
    "branch": (CUDA + 'compat_branches = ["535.1"]\n', "expected a branch of the driver such as 535"),
    "segment": (GPU + 'segment = "gaming"\n', "segment: expected one of data-centre, workstation, consumer, jetson"),
    "library of no CUDA": (WHEEL + LIBRARIES.replace('"12.1"', '"cuda"'), "expected a key such as 12.1"),
    "library for nothing": (WHEEL + LIBRARIES.replace("sm_90", "90"), "libraries: expected architectures such as"),
    "pair that needs nothing": (PAIR.split('"==0')[0], "needs: expected at least one version and what it needs"),
    "pair of no versions": (PAIR.replace('"==0.0', '"=0.0'), "needs: expected a key such as '>=2,<3'"),
    "builds": (PAIR.replace("[pair.needs]", 'builds = "rocm"\n[pair.needs]'), 'builds: expected "cuda" or ""'),
    "install": (PAIR.replace("[pair.needs]", 'install = ["a b"]\n[pair.needs]'), "install: expected a requirement"),
    "key of no release": (ADAPTER_KEY.replace(">=0.1", ""), "known: expected a specifier of PEFT releases"),
    "floor at nothing": (FLOOR.replace('"7.0"', '""'), "minimum: expected a compute capability here or in"),
    "floor of nothing": (FLOOR.replace('package = "vllm"\n', ""), "expected a package or a feature, found neither"),
    "severity": (FLOOR.replace('"error"', '"fatal"'), "severity: expected info, warning or error, found the text"),
    "feature": (FLOOR + 'feature = "fp16"\n', "feature: expected one of lora, bfloat16, fp8, flash-attention-3"),
    "generation": (GENERATION.replace('"3.5"', '"sm_35"'), "capability: expected a compute capability such as 9.0"),
    "CUDA of a generation": (GENERATION.replace('"7.0"', '""'), "first_cuda: expected a CUDA version such as 12.1"),
}


def messages(tmp_path: Path, content: str) -> list[str]:
    path = tmp_path / "matrix.toml"
    path.write_text(HEAD + content)
    try:
        validate_files([path])
    except InvalidMatrixError as error:
        return [fault.message for fault in error.faults]
    return []


@pytest.mark.parametrize("content", [SET, CUDA, GPU, WHEEL + LIBRARIES, PAIR, FLOOR, GENERATION, ADAPTER_KEY])
def test_as_it_should_be_it_is_taken(tmp_path: Path, content: str) -> None:
    assert messages(tmp_path, content) == []


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_is_said_and_nothing_else(tmp_path: Path, name: str) -> None:
    content, expected = CASES[name]
    found = messages(tmp_path, content)
    assert len(found) == 1 and expected in found[0], found

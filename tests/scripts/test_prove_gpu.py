"""The proof on a GPU says what it did, and what it could not do; names of people and devices stay out."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from doctor.core.endtoend import END_TO_END, Ending, EndToEnd, Finding, Phase, PhaseName
from doctor.core.matrix import Depth
from doctor.core.snapshot import to_json
from doctor.engine.catalogue import select
from doctor.engine.judge import judge
from doctor.intake.snapshot import read_snapshot
from doctor.matrix.load import load_matrix
from scripts import prove_gpu
from tests.facts import known, snapshot

PINS = {"vllm": "0.32.0", "torch": "2.11.0+cu130"}


def run_on(device: str, **findings: object) -> EndToEnd:
    good = known(Finding(ending=Ending.AGREES, message="agrees"))
    phases = tuple(Phase(name=name, seconds=1.0, finding=findings.get(name.name, good)) for name in PhaseName)
    figures = {"cache blocks": 128, "tokens in a block": 16, "device memory": 81_000}
    return EndToEnd(phases=phases, seconds=9.0, device=device, dtype="float16", versions=PINS, figures=figures)


def evidence_of(run: EndToEnd):
    rules, left = select(("E2E",))
    return prove_gpu.evidence_of(judge(snapshot({END_TO_END: run}), load_matrix(), rules, left), run)


def test_evidence_takes_a_gpu_and_every_phase():
    found = evidence_of(run_on("cuda"))
    assert found is not None
    assert found.depth is Depth.END_TO_END_GPU
    assert evidence_of(run_on("cpu")) is None
    assert evidence_of(run_on("cuda", VLLM_BATCH=known(Finding(ending=Ending.DIFFERS, message="x")))) is None


def test_the_set_that_took_part_is_found_by_its_engine():
    matrix = load_matrix()
    row = prove_gpu.held_set(snapshot({END_TO_END: run_on("cuda")}), matrix)
    assert row is None or row.pins["vllm"] == "0.32.0"
    none = EndToEnd(phases=(), seconds=1.0, versions={"vllm": "0.0.1"})
    assert prove_gpu.held_set(snapshot({END_TO_END: none}), matrix) is None


def test_the_figures_are_told():
    account = prove_gpu.Account()
    prove_gpu.tell_figures(run_on("cuda"), account)
    assert "- tokens in the KV cache: 2048" in account.lines
    assert account.left == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("GPU-5d3e8f6a-1234-abcd-9876-0123456789ab", "GPU-00000000-0000-0000-0000-000000000000"),
        ("00000000:C3:00.0", "00000000:00:00.0"),
        (f"{Path.home()}/env/bin/python", "/home/user/env/bin/python"),
    ],
)
def test_names_of_people_and_devices_are_taken_out(text, told):
    assert prove_gpu.redact(f'"{text}"') == f'"{told}"'


def test_two_devices_stay_two():
    first, second = (f"GPU-{digit * 8}-1111-2222-3333-444444444444" for digit in "ab")
    told = prove_gpu.redact(f"{first} {second} {first}").split()
    assert told[0] == told[2] != told[1]


def test_without_a_gpu_and_a_stack_it_says_so_and_is_not_healthy(tmp_path, capsys):
    status = prove_gpu.main(["--python", sys.executable, "--out", str(tmp_path), "--name", "here"])
    written = (tmp_path / "here.md").read_text()
    assert status in (1, 3)
    assert "## What could not be done here" in written
    assert "the end-to-end on CUDA" in written
    assert "evidence of the depth end-to-end-gpu" in written
    assert capsys.readouterr().out.strip() == written.strip()
    run = read_snapshot(tmp_path / "here.json").get(END_TO_END).value
    assert to_json(snapshot({END_TO_END: run}))
    assert run.device in ("", "cpu")

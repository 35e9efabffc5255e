"""The deeds are whole: each belongs to a phase and is to be found by that one or a later one."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from doctor.core.endtoend import Ending, EndToEnd, Finding, Phase, PhaseName
from scripts import prove_end_to_end
from scripts.prove_end_to_end import DEEDS, SABOTAGE
from tests.facts import absent, known, unknown

ORDER = [name.value for name in PhaseName]


@pytest.mark.parametrize("name", sorted(DEEDS))
def test_a_deed_is_found_by_its_phase_or_a_later_one(name):
    deed = DEEDS[name]
    assert ORDER.index(deed.phase) <= ORDER.index(deed.found_by)
    assert deed.title


def test_every_phase_that_compares_is_found_out_by_some_deed():
    assert {deed.found_by for deed in DEEDS.values()} == set(ORDER) - {"import"}


def test_a_deed_of_no_name_is_refused():
    with pytest.raises(SystemExit) as ended:
        prove_end_to_end.main(["--python", sys.executable, "no-such-deed"])
    assert ended.value.code == 2


def result_of(**findings):
    phases = tuple(
        Phase(name=name, seconds=1.0, finding=findings.get(name.name, known(Finding(ending=Ending.AGREES, message=""))))
        for name in PhaseName
    )
    return prove_end_to_end.failed_phases(EndToEnd(phases=phases, seconds=1.0), "merge")


def test_only_a_phase_up_to_the_last_that_ran_counts_as_failed():
    differs = known(Finding(ending=Ending.DIFFERS, message="x"))
    assert result_of(MERGE=differs, VLLM_START=differs) == ((PhaseName.MERGE, "x"),)
    assert result_of() == ()
    assert result_of(ADAPTER=unknown())[0][0] is PhaseName.ADAPTER
    assert result_of(MERGE=absent()) == ()


def test_a_deed_that_no_phase_finds_is_told_and_fails():
    result = prove_end_to_end.Result(DEEDS["lora-b-zero"], (), 1.0)
    assert not result.found
    assert "**NO**" in result.row()


def test_without_the_stack_the_sabotaged_proof_runs_and_finds_nothing(tmp_path):
    """It is started like the payload, with the same report."""
    command = [sys.executable, "-I", "-S", str(SABOTAGE), "--sabotage", "lora-b-zero", "--report", "1", "--folder"]
    done = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == '{"kind": "done"}'
    assert "could-not-run" in done.stdout


def test_the_deeds_are_written_for_python_3_9():
    for path in Path(SABOTAGE).glob("*.py"):
        ast.parse(path.read_text(), feature_version=(3, 9))


def test_a_row_takes_the_place_of_the_same_deeds_in_the_page(tmp_path):
    page = tmp_path / "mutations.md"
    found = ((PhaseName.MERGE, "it differs"),)
    results = [prove_end_to_end.Result(DEEDS[name], (), 1.0) for name in ("merged-from-other", "lora-b-zero")]
    prove_end_to_end.write_page(page, [result.row() for result in results])
    again = prove_end_to_end.Result(DEEDS["merged-from-other"], found, 2.0, {"peft": "0.21.2", "python": "3.11"})
    prove_end_to_end.write_page(page, [again.row()])
    rows = [line for line in page.read_text().splitlines() if line.startswith("| ")][2:]
    assert len(rows) == 2
    assert "**NO**" in rows[0]
    assert "lora_B of the first adapter is zero" in rows[0]
    assert "| it differs | peft 0.21.2 | 2 |" in rows[1]
    assert rows[1].endswith("| yes |")

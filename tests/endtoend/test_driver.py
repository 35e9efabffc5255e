"""The driver with children that misbehave: real processes, no torch."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from doctor.core.endtoend import END_TO_END, Ending, PhaseName
from doctor.core.fact import Absent, Known, Reason, Unknown
from doctor.core.snapshot import snapshot_of, to_json
from doctor.endtoend.driver import run_end_to_end
from doctor.endtoend.job import Job
from doctor.endtoend.surroundings import child_environ
from doctor.intake.snapshot import decode_snapshot
from tests.endtoend.children import ALL, Child, unknown


def test_every_phase_that_agrees_is_known(child: Child) -> None:
    run = child.run(
        f"""
        send(kind="about", versions={{"torch": "2.13.0"}}, device="cpu", dtype="float32")
        passes(*{ALL})
        send(kind="done")
        """
    )
    assert {run.finding(name).value.ending for name in PhaseName} == {Ending.AGREES}
    assert (run.device, run.dtype, run.versions) == ("cpu", "float32", {"torch": "2.13.0"})
    told = [Job().describe(name) for name in PhaseName]
    assert child.lines == [line for what in told for line in (what, f"{what}: agrees, 0.5 s")]


def test_a_difference_and_an_exception_keep_what_was_said(child: Child) -> None:
    run = child.run(
        f"""
        start("import"); end("import", "differs", "4 instead of 5")
        print("on stdout"); print("on stderr", file=sys.stderr, flush=True); sys.stdout.flush()
        start("make"); end("make", "raised", "ValueError: no", trace=["File x", "ValueError: no"])
        passes(*{ALL[2:]}); send(kind="done")
        """
    )
    assert run.finding(PhaseName.IMPORT).value.message == "4 instead of 5"
    raised = run.finding(PhaseName.MAKE).value
    assert raised.ending is Ending.RAISED
    assert raised.log[:2] == ("File x", "ValueError: no")
    assert {"on stdout", "on stderr"} <= set(raised.log)


def test_a_phase_that_could_not_run_is_unknown_with_its_reason(child: Child) -> None:
    run = child.run(
        f"""
        start("import"); end("import", "could-not-run", "vllm is not installed", reason="not-run")
        passes(*{ALL[1:]}); send(kind="done")
        """
    )
    assert unknown(run, PhaseName.IMPORT).detail == "vllm is not installed"
    assert unknown(run, PhaseName.IMPORT).reason is Reason.NOT_RUN


def test_phases_that_were_left_out_are_unknown(child: Child) -> None:
    run = child.run('passes("import"); send(kind="done")')
    assert unknown(run, PhaseName.VLLM_ADAPTER).reason is Reason.NOT_RUN


@pytest.mark.parametrize(
    "body",
    [
        r'write(b"\x00\xff garbage\n")',
        "write(b'[1, 2]\\n')",
        "write(b'x' * (3 << 20))",
        'start("import"); start("make")',
        'end("import")',
        'start("no-such-phase")',
        'start("import"); end("import", "splendid")',
        'start("import"); end("import", message=7)',
        'start("import"); send(kind="end", phase="import", seconds="long", ending="agrees", message="")',
        'passes("import"); passes("import")',
    ],
)
def test_garbage_on_the_report_is_malformed_and_ends_the_run(child: Child, body: str) -> None:
    run = child.run(f"{body}\ntime.sleep(600)", deadline=20.0)
    assert Reason.MALFORMED in {
        run.finding(name).reason for name in PhaseName if isinstance(run.finding(name), Unknown)
    }
    assert isinstance(run.finding(PhaseName.VLLM_MERGED), Unknown)


def test_a_report_that_comes_in_pieces_is_read(child: Child) -> None:
    run = child.run(
        f"""
        text = "".join(
            json.dumps(message) + "\\n"
            for phase in {ALL}
            for message in ({{"kind": "start", "phase": phase}},
                {{"kind": "end", "phase": phase, "seconds": 1, "ending": "agrees", "message": "größer"}})
        ).encode()
        for index in range(0, len(text), 7):
            write(text[index : index + 7])
        send(kind="done")
        """
    )
    assert run.finding(PhaseName.VLLM_MERGED).value.message == "größer"


def test_an_interpreter_that_is_not_there_makes_the_fact_unknown_and_leaves_nothing_open(tmp_path: Path) -> None:
    before = sorted(os.listdir("/proc/self/fd"))
    fact = run_end_to_end(tmp_path / "python", environ={}, progress=print, parent=tmp_path)
    assert isinstance(fact, Unknown)
    assert "No such file" in fact.detail
    assert list(tmp_path.iterdir()) == []
    assert sorted(os.listdir("/proc/self/fd")) == before


def test_no_place_for_files_makes_the_fact_unknown(tmp_path: Path) -> None:
    fact = run_end_to_end(Path(sys.executable), environ={}, progress=print, parent=tmp_path / "missing")
    assert isinstance(fact, Unknown)


def test_a_missing_payload_is_never_success(tmp_path: Path) -> None:
    payload = tmp_path / "none.py"
    fact = run_end_to_end(Path(sys.executable), environ={}, progress=print, payload=payload)
    assert isinstance(fact, Known)
    assert "exit status 2" in unknown(fact.value, PhaseName.IMPORT).detail


def test_the_child_gets_no_secrets_and_writes_below_its_folder_only(tmp_path: Path) -> None:
    given = {
        "HF_TOKEN": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "TOKENIZERS_PARALLELISM": "true",
        "CUDA_VISIBLE_DEVICES": "1",
    }
    environ = child_environ(given, tmp_path)
    assert "HF_TOKEN" not in environ
    assert "AWS_SECRET_ACCESS_KEY" not in environ
    assert environ["CUDA_VISIBLE_DEVICES"] == "1"
    assert environ["HF_HUB_OFFLINE"] == "1"
    for name in ("TMPDIR", "HF_HOME", "VLLM_CACHE_ROOT", "XDG_CACHE_HOME", "TRITON_CACHE_DIR"):
        assert Path(environ[name]).is_relative_to(tmp_path)


def test_the_fact_survives_a_snapshot(child: Child) -> None:
    """Judged elsewhere, the same run gives the same answer."""
    run = child.run('passes("import"); start("make"); ctypes.string_at(0)')
    source = run.phases[0].finding.source
    taken = snapshot_of("t", taken_at="now", version="1", facts=[(END_TO_END, Known(value=run, source=source))])
    assert decode_snapshot(json.dumps(to_json(taken)).encode(), "t").get(END_TO_END).value == run


def test_what_the_child_prints_is_shown_as_it_comes(child: Child) -> None:
    heard: list[bytes] = []
    run = child.run('print("on stdout", flush=True); start("import"); end("import")', raw=heard.append)
    assert b"on stdout\n" in b"".join(heard)
    assert run.finding(PhaseName.IMPORT).value.ending is Ending.AGREES


def test_a_phase_without_a_part_in_the_run_is_absent(child: Child) -> None:
    run = child.run('passes("import"); start("make"); end("make", "left-out", "nothing to make"); send(kind="done")')
    finding = run.finding(PhaseName.MAKE)
    assert isinstance(finding, Absent)
    assert finding.detail == "nothing to make"


def test_an_environment_that_is_not_compiled_gets_a_place_for_it(tmp_path: Path) -> None:
    environment = tmp_path / "env"
    torch = environment / "lib" / "python3.11" / "site-packages" / "torch"
    torch.mkdir(parents=True)
    python = environment / "bin" / "python"
    assert Path(child_environ({}, tmp_path, python)["PYTHONPYCACHEPREFIX"]).is_relative_to(tmp_path)
    (torch / "__pycache__").mkdir()
    environ = child_environ({"PYTHONPYCACHEPREFIX": "/elsewhere"}, tmp_path, python)
    assert "PYTHONPYCACHEPREFIX" not in environ
    assert environ["PYTHONDONTWRITEBYTECODE"] == "1"


def test_an_error_that_was_told_long_before_the_end_is_kept(child: Child) -> None:
    run = child.run(
        """
        start("import")
        print("Failed to import from vllm._C with ImportError: version `GLIBCXX_3.4.32' not found", flush=True)
        for number in range(100):
            print("line", number)
        sys.stdout.flush()
        end("import", "raised", "AttributeError: no such operator")
        """
    )
    log = run.finding(PhaseName.IMPORT).value.log
    assert "GLIBCXX_3.4.32" in log[0]
    assert log[-1] == "line 99"

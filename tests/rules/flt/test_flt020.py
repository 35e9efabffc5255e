"""Limits of locked memory."""

from __future__ import annotations

from doctor.core.machine.system import LIMITS, Limits
from doctor.core.report import Verdict
from tests.fleets import arrive, nodes, outcome_of


def with_limit(kib: int):
    return {LIMITS: Limits(open_files=1024, open_files_hard=1024, locked_memory=kib)}


def test_one_node_may_lock_less():
    (finding,) = outcome_of("FLT020", nodes(with_limit(-1), with_limit(-1), with_limit(8192))).findings
    assert [share.text for share in finding.shares] == ["unlimited", "8192 KiB"]
    assert finding.nodes == (2,)


def test_other_limits_may_differ():
    other = {LIMITS: Limits(open_files=4096, open_files_hard=4096, locked_memory=-1)}
    assert outcome_of("FLT020", nodes(with_limit(-1), other)).verdict is Verdict.HEALTHY


def test_a_head_that_does_not_serve_may_have_another():
    head = arrive("head", 9, facts=with_limit(8192), of="sound_cpu", role="head")
    assert outcome_of("FLT020", [*nodes(with_limit(-1), with_limit(-1)), head]).verdict is Verdict.HEALTHY

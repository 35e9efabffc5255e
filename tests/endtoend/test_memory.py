"""The kernel's count of processes that it ended for want of memory is read where it keeps it."""

from __future__ import annotations

from doctor.endtoend.memory import count_oom_kills


def test_the_counts_of_the_machine_and_of_the_control_group_are_added(tmp_path):
    vmstat, cgroup, control = tmp_path / "vmstat", tmp_path / "cgroup", tmp_path / "control"
    vmstat.write_text("pgfault 12\noom_kill 3\n")
    cgroup.write_text("12:memory:/old\n0::/a/b\n")
    group = control / "a" / "b"
    group.mkdir(parents=True)
    (group / "memory.events").write_text("low 0\noom 5\noom_kill 4\noom_group_kill 0\n")
    assert count_oom_kills(vmstat, cgroup, control) == 7


def test_a_kernel_that_does_not_count_is_zero(tmp_path):
    assert count_oom_kills(tmp_path / "a", tmp_path / "b", tmp_path / "c") == 0


def test_this_machine_can_be_asked():
    assert count_oom_kills() >= 0

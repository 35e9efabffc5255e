from __future__ import annotations

import resource
import shutil
from pathlib import Path

import pytest

from doctor.core.fact import Absent, Reason, Unknown
from doctor.core.machine.system import LIMITS, MEMORY, SHARED_MEMORY, Memory
from doctor.probes.machine.memory import find
from tests.probes.machine.probing import fact_of, target_of, value_of, write

MEMINFO = "MemTotal:       16777216 kB\nMemFree:         1048576 kB\nMemAvailable:    8388608 kB\n"
GIB = 1 << 30


def memory(root: Path) -> Memory:
    found = value_of(find(target_of(), root=root), MEMORY)
    assert isinstance(found, Memory)
    return found


def test_memory_is_stated_in_mib(tmp_path: Path) -> None:
    assert memory(write(tmp_path, {"proc/meminfo": MEMINFO})) == Memory(total=16384, available=8192, limit=0)


def test_old_kernels_state_free_memory_only(tmp_path: Path) -> None:
    root = write(tmp_path, {"proc/meminfo": "MemTotal: 2048 kB\nMemFree: 1024 kB\n"})
    assert memory(root).available == 1


@pytest.mark.parametrize(
    "files",
    [
        {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": f"{4 * GIB}\n"},
        {"proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/memory.max": f"{4 * GIB}\n"},
        {
            "proc/self/cgroup": "0::/a/b\n",
            "sys/fs/cgroup/a/b/memory.max": "max\n",
            "sys/fs/cgroup/a/memory.max": f"{4 * GIB}\n",
        },
        # Version 1 in a container: the path is the host's, and only the mount itself is there.
        {
            "proc/self/cgroup": "4:memory:/docker/0123\n0::/\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": f"{4 * GIB}\n",
        },
        {
            "proc/self/cgroup": "4:cpu,memory:/slice/unit\n",
            "sys/fs/cgroup/memory/slice/memory.limit_in_bytes": f"{4 * GIB}\n",
            "sys/fs/cgroup/memory/slice/unit/memory.limit_in_bytes": f"{8 * GIB}\n",
        },
        # A namespace root that lies above shows as ".." in the path.
        {"proc/self/cgroup": "0::/../../a\n", "sys/fs/cgroup/a/memory.max": f"{4 * GIB}\n"},
    ],
)
def test_the_smallest_limit_of_the_groups_above_counts(tmp_path: Path, files: dict[str, str]) -> None:
    assert memory(write(tmp_path, {"proc/meminfo": MEMINFO, **files})).limit == 4096


@pytest.mark.parametrize(
    "files",
    [
        {"proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": "max\n"},
        {
            "proc/self/cgroup": "4:memory:/\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        },
    ],
)
def test_no_limit_is_zero(tmp_path: Path, files: dict[str, str]) -> None:
    assert memory(write(tmp_path, {"proc/meminfo": MEMINFO, **files})).limit == 0


def test_a_meminfo_that_states_nothing_costs_memory_alone(tmp_path: Path) -> None:
    root = write(tmp_path, {"proc/meminfo": "nonsense\n", "dev/shm/keep": ""})
    facts = list(find(target_of(), root=root))
    broken = fact_of(facts, MEMORY)
    assert isinstance(broken, Unknown)
    assert broken.reason is Reason.MALFORMED
    assert value_of(facts, SHARED_MEMORY).size > 0


def test_a_limit_that_is_no_number_is_not_taken_for_none(tmp_path: Path) -> None:
    files = {"proc/meminfo": MEMINFO, "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "many\n"}
    assert isinstance(fact_of(find(target_of(), root=write(tmp_path, files)), MEMORY), Unknown)


def test_a_system_without_proc_has_no_such_fact(tmp_path: Path) -> None:
    facts = list(find(target_of(), root=tmp_path))
    assert isinstance(fact_of(facts, MEMORY), Absent)
    assert isinstance(fact_of(facts, SHARED_MEMORY), Absent)


def test_shared_memory_is_measured_at_its_mount(tmp_path: Path) -> None:
    (tmp_path / "dev/shm").mkdir(parents=True)
    shared = value_of(find(target_of(), root=tmp_path), SHARED_MEMORY)
    assert shared.size == shutil.disk_usage(tmp_path).total >> 20
    assert 0 < shared.free <= shared.size


def test_the_limits_are_those_of_this_process() -> None:
    limits = value_of(find(target_of()), LIMITS)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert limits.open_files == (-1 if soft == resource.RLIM_INFINITY else soft)
    assert limits.open_files_hard == (-1 if hard == resource.RLIM_INFINITY else hard)

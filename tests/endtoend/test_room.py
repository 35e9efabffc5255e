"""Where a scratch environment may go."""

from __future__ import annotations

from pathlib import Path

import pytest

from doctor.endtoend.room import is_in_memory

MOUNTS = """\
/dev/vda / ext4 rw 0 0
tmpfs /dev/shm tmpfs rw 0 0
tmpfs /run tmpfs rw 0 0
/dev/vdb /run/disk ext4 rw 0 0
tmpfs /with\\040space tmpfs rw 0 0
"""


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("/home/user", False),
        ("/dev/shm/doctor", True),
        ("/dev/shm", True),
        ("/dev/shmx", False),
        ("/run/user/0", True),
        ("/run/disk/cache", False),
        ("/with space/x", True),
    ],
)
def test_what_lies_in_memory_is_no_disk(folder: str, expected: bool, tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)
    assert is_in_memory(Path(folder), mounts) is expected


def test_without_a_list_of_mounts_a_folder_is_taken_for_disk(tmp_path: Path) -> None:
    assert not is_in_memory(Path("/dev/shm"), tmp_path / "none")

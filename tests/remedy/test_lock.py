"""The lock says what moves, why, and how it is installed."""

from __future__ import annotations

from pathlib import Path

from doctor.core.matrix import Basis, Depth, Evidence, KnownGoodSet
from doctor.core.packages.distribution import SharedFile
from doctor.remedy.lock import lock_of
from doctor.remedy.plan import Plan
from doctor.remedy.request import request_of
from doctor.remedy.resolve import Locked, Resolution
from tests.facts import distribution, interpreter

FILE, PYTHON = Path("lock.txt"), "/env/bin/python"


def make(installed, locked, shared=(), resolution=None, **plan):
    asked = Plan(**plan)
    request = request_of(asked, installed, interpreter())
    items = tuple(
        Locked(name=name, version=version, lines=(f"{name}=={version} \\", "    --hash=sha256:ab"), via=("torch",))
        for name, version in locked.items()
    )
    return lock_of(asked, request, Resolution(locked=items, **(resolution or {})), installed, shared)


def test_every_difference_is_a_move_with_a_reason():
    installed = (distribution("torch", "2.5.1"), distribution("triton", "3.1.0"), distribution("gone", "1.0"))
    lock = make(
        installed, {"torch": "2.4.0", "triton": "3.0.0"}, pins={"torch": "torch==2.4.0"}, codes={"torch": ("PKG001",)}
    )
    assert [(move.name, move.before, move.after, move.why) for move in lock.moves] == [
        ("gone", "1.0", "", "nothing requires it any more"),
        ("torch", "2.5.1", "2.4.0", "PKG001"),
        ("triton", "3.1.0", "3.0.0", "required by torch"),
    ]


def test_what_loses_files_to_a_removal_is_installed_again():
    """nvidia-nccl-cu12 and -cu13 write the same paths: with the one go the files of the other."""
    shared = SharedFile(
        what="nvidia/nccl", owners=("nvidia-nccl-cu12", "nvidia-nccl-cu13"), example="x", count=2, differing=True
    )
    installed = (distribution("nvidia-nccl-cu12", "2.20"), distribution("nvidia-nccl-cu13", "2.28"))
    lock = make(installed, {"nvidia-nccl-cu12": "2.20"}, (shared,))
    assert lock.again == ("nvidia-nccl-cu12",)
    assert "--reinstall-package nvidia-nccl-cu12" in lock.commands(FILE, PYTHON)[-1]
    assert "uninstall --yes nvidia-nccl-cu12 nvidia-nccl-cu13" in lock.commands_of_pip(FILE, PYTHON)[0]


def test_pip_works_on_an_environment_that_holds_none():
    """https://pip.pypa.io/en/stable/topics/python-option/"""
    assert make((), {"a": "1"}).commands_of_pip(FILE, PYTHON)[0].startswith(f"python -m pip --python {PYTHON} install")
    inside = make((distribution("pip", "24.0"),), {"a": "1", "pip": "24.0"})
    assert inside.commands_of_pip(FILE, PYTHON)[0].startswith(f"{PYTHON} -m pip install")


def test_leftovers_go_first():
    lock = make((), {"torch": "2.4.0"}, leftovers=(("/site/~orch", "PKG007"),))
    assert lock.commands(FILE, PYTHON)[0] == "rm -r '/site/~orch'"
    assert lock.commands_of_pip(FILE, PYTHON)[0] == "rm -r '/site/~orch'"


def test_what_is_installed_from_a_folder_is_not_removed_by_a_sync():
    mine = distribution("mine", "0.1", origin="editable", origin_detail="file:///src")
    lock = make((mine, distribution("old", "1.0")), {"torch": "2.4.0"})
    assert not any("sync" in command for command in lock.commands(FILE, PYTHON))
    assert lock.commands(FILE, PYTHON)[0].endswith("uninstall --python /env/bin/python old")
    assert "mine stays as it is" in lock.text(FILE, PYTHON)


def test_the_header_names_the_set_and_its_evidence():
    run = Evidence(depth=Depth.IMPORTED, date="2026-11-24", host="Python 3.11.7", command="run", result="fine")
    chosen = KnownGoodSet(
        name="a-set", title="a", pins={}, python=">=3", basis=Basis.REPRODUCED, sources=("s",), evidence=(run,)
    )
    text = make((), {"torch": "2.4.0"}, chosen=chosen, why="asked for").text(FILE, PYTHON)
    assert "# Known-good set: a-set (asked for)." in text
    assert "# Evidence: imported on 2026-11-24 (Python 3.11.7)" in text
    assert "#   uv pip sync --python /env/bin/python lock.txt" in text
    assert text.endswith("torch==2.4.0 \\\n    --hash=sha256:ab\n") and "://" not in text


def test_only_a_label_that_the_configured_indexes_lack_names_an_index():
    text = make((), {"torch": "2.4.0+cpu"}, resolution={"label": "cpu"}).text(FILE, PYTHON)
    assert [line for line in text.splitlines() if "://" in line] == [
        "--extra-index-url https://download.pytorch.org/whl/cpu"
    ]


def test_beside_what_stays_from_a_folder_nothing_is_removed_that_need_not():
    mine = distribution("mine", "0.1", origin="editable", origin_detail="file:///src")
    [command] = make((mine, distribution("torch", "2.5.1")), {"torch": "2.4.0"}).commands(FILE, PYTHON)
    assert command == f"uv pip install --python {PYTHON} --no-deps -r {FILE}"

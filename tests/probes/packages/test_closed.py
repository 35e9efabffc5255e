"""Files and folders of an environment that the user of doctor may not read, as root may read everything."""

from __future__ import annotations

import os
import pickle
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from doctor.core.fact import Reason, Unknown
from doctor.core.target import Target
from doctor.probes.elf.extensions import EXTENSIONS_PROBE
from doctor.probes.machine.variables import VARIABLES_PROBE
from doctor.probes.packages.distributions import DISTRIBUTIONS_PROBE
from doctor.probes.packages.files import FILES_PROBE
from tests.probes.trees import find, install, site_of, target_of

NOBODY = 65534


@pytest.fixture
def root() -> Iterator[Path]:
    """A folder that every user may enter; those of pytest are for one user."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)
        for folder, _, _ in os.walk(name):
            Path(folder).chmod(0o755)


def as_another_user(ask: Callable[[], Any]) -> Any:
    """What a child without root's rights answers; without them it is this process itself."""
    if os.geteuid() != 0:
        return ask()
    ask()  # loads all modules while their folders may be read
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        os.write(writer, pickle.dumps(ask()))
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        said = answer.read()
    assert os.waitpid(child, 0)[1] == 0
    return pickle.loads(said)


def damage(target: Target) -> list[tuple[str, str, int]]:
    found = as_another_user(lambda: find(FILES_PROBE, target)["damaged_files"])
    return [(Path(item.path).name, item.damage, item.count) for item in found]


def test_a_file_that_is_closed(root: Path):
    install(site_of(root), "one", "1", {"one/__init__.py": b"", "one/a.py": b"x"})
    (site_of(root) / "one" / "a.py").chmod(0)
    assert damage(target_of(root)) == [("a.py", "permission", 1)]


def test_a_file_that_its_group_may_read(root: Path):
    install(site_of(root), "one", "1", {"one/a.py": b"x"})
    file = site_of(root) / "one" / "a.py"
    if os.geteuid() == 0:
        os.chown(file, 0, NOBODY)
    file.chmod(0o440)
    assert damage(target_of(root)) == []


def test_a_closed_file_of_another_size_is_damaged_first_of_all(root: Path):
    install(site_of(root), "one", "1", {"one/a.py": b"x"})
    file = site_of(root) / "one" / "a.py"
    file.write_bytes(b"longer")
    file.chmod(0)
    assert damage(target_of(root)) == [("a.py", "size", 1)]


@pytest.mark.parametrize("mode", [0, 0o444])
def test_a_folder_that_is_closed(root: Path, mode: int):
    install(site_of(root), "one", "1", {"one/a.py": b"x", "one/b.py": b"x"})
    (site_of(root) / "one").chmod(mode)
    assert damage(target_of(root)) == [("a.py", "permission", 1), ("b.py", "permission", 1)]


def test_metadata_that_is_closed_leaves_the_distribution_there(root: Path):
    info = install(site_of(root), "one", "1")
    install(site_of(root), "two", "2")
    info.chmod(0)
    target = target_of(root)
    facts = as_another_user(lambda: find(DISTRIBUTIONS_PROBE, target))
    one, two = facts["distributions"]
    assert (one.name, one.version, two.name) == ("one", "1", "two")
    assert isinstance(one.requires, Unknown) and one.requires.reason is Reason.NO_PERMISSION
    assert facts["leftovers"] == ()
    assert damage(target) == [("RECORD", "permission", 1)]


def test_a_package_that_is_closed_hides_nothing_and_costs_no_fact(root: Path):
    install(site_of(root), "torch", "2.13.0")
    other = root / "other"
    shutil.copytree(site_of(root) / "torch", other / "torch")
    for package in (site_of(root) / "torch", other / "torch"):
        package.chmod(0)
    target = target_of(root, python_path=(str(other),))
    assert as_another_user(lambda: find(DISTRIBUTIONS_PROBE, target)["shadows"]) == ()
    assert as_another_user(lambda: find(VARIABLES_PROBE, target)["overlays"]) == ()


def test_a_library_that_is_closed_is_not_called_broken(root: Path):
    install(site_of(root), "torch", "2.13.0", {"torch/__init__.py": b"", "torch/_C.abi3.so": b"\x7fELF"})
    (site_of(root) / "torch" / "_C.abi3.so").chmod(0)
    target = target_of(root)
    [library] = as_another_user(lambda: find(EXTENSIONS_PROBE, target)["broken_libraries"])
    assert library.closed
    (site_of(root) / "torch" / "_C.abi3.so").chmod(0o644)
    [library] = as_another_user(lambda: find(EXTENSIONS_PROBE, target)["broken_libraries"])
    assert not library.closed

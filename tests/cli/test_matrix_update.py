"""``doctor matrix update``: only when it is called, checked, kept, and with a way back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Doctor, Save
from tests.matrix.bundles import publish, serving, tables, zipped


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    (tmp_path / "web").mkdir()
    return publish(tmp_path / "web" / "matrix.zip", zipped(tables("2030-01-01")))


def test_from_an_address_and_back(doctor: Doctor, bundle: Path, save: Save) -> None:
    shipped = doctor("matrix", "version").stdout
    with serving(bundle.parent) as address:
        done = doctor("matrix", "update", "--from", f"{address}/matrix.zip")
    assert done.returncode == 0, done.stderr
    assert "the matrix of 2030-01-01 is used from now on: 0 rows new, 0 rows changed, 0 rows gone" in done.stdout
    assert "not encrypted" in done.stderr
    version = doctor("matrix", "version").stdout
    assert "in use: 2030-01-01+" in version and f"from {address}/matrix.zip on " in version
    checked = doctor("check", "--snapshot", save("sound_cpu"))
    assert "Matrix   2030-01-01+" in checked.stdout
    report = json.loads(doctor("check", "--snapshot", save("sound_cpu"), "--format", "json").stdout)
    assert report["matrix_version"].startswith("2030-01-01+")
    assert doctor("matrix", "update", "--remove").returncode == 0
    assert doctor("matrix", "version").stdout == shipped
    assert "Matrix" not in doctor("check", "--snapshot", save("sound_cpu")).stdout


def test_the_same_again_changes_nothing(doctor: Doctor, bundle: Path) -> None:
    doctor("matrix", "update", "--from", bundle)
    done = doctor("matrix", "update", "--from", bundle)
    assert (done.returncode, done.stdout) == (0, "this is the matrix of 2030-01-01 that is in use already\n")


def test_an_older_one_is_refused(doctor: Doctor, bundle: Path, tmp_path: Path) -> None:
    doctor("matrix", "update", "--from", bundle)
    old = publish(tmp_path / "old.zip", zipped(tables("2029-01-01")))
    done = doctor("matrix", "update", "--from", old)
    assert done.returncode == 2 and "the one in use of 2030-01-01" in done.stderr


def test_a_faulty_one_changes_nothing(doctor: Doctor, bundle: Path, tmp_path: Path) -> None:
    before = doctor("matrix", "version").stdout
    bundle.write_bytes(bundle.read_bytes() + b"x")
    done = doctor("matrix", "update", "--from", bundle)
    assert done.returncode == 2 and "is not what was published" in done.stderr
    publish(bundle, zipped({**tables(), "zzz.toml": b"schema = 1\nwrong = 1\n"}))
    done = doctor("matrix", "update", "--from", bundle)
    assert done.returncode == 2 and "zzz.toml:2:1: the key 'wrong' is not known" in done.stderr
    assert doctor("matrix", "version").stdout == before


def test_back_to_the_one_before(doctor: Doctor, bundle: Path, tmp_path: Path) -> None:
    assert doctor("matrix", "update", "--back").returncode == 2
    doctor("matrix", "update", "--from", bundle)
    newer = publish(tmp_path / "newer.zip", zipped(tables("2030-02-01")))
    assert "--back" in doctor("matrix", "update", "--from", newer).stdout
    assert doctor("matrix", "update", "--back").stdout == "the matrix of 2030-01-01 is used from now on\n"


def test_the_source_may_be_set_once(doctor: Doctor, bundle: Path) -> None:
    assert doctor("matrix", "update", DOCTOR_MATRIX_SOURCE=str(bundle)).returncode == 0
    done = doctor("matrix", "update", "--remove", DOCTOR_MATRIX_SOURCE=str(bundle))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("arguments", [(), ("--back", "--remove"), ("--from", "x", "--back")])
def test_wrong_usage(doctor: Doctor, arguments: tuple[str, ...]) -> None:
    assert doctor("matrix", "update", *arguments).returncode == 2

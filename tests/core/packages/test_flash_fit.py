"""Which prebuilt wheel of flash-attn fits, from torch's files or from what the matrix knows of its release."""

from __future__ import annotations

from typing import Any

import pytest

from doctor.core.fact import Reason
from doctor.core.packages.extension import TORCH_BUILD, TorchBuild
from doctor.core.packages.flash_fit import build_of, fit_of, wheel_remedies
from doctor.core.packages.flash_wheel import FlashFit
from doctor.core.report import Safety
from doctor.core.rule import Env, UndeterminedError
from doctor.matrix.load import load_matrix
from tests.facts import EMPTY_MATRIX, absent, distribution, interpreter, snapshot, torch_build, unknown

MATRIX = load_matrix()
PIP = distribution("pip", "24.0")
FIT = FlashFit(torch="2.4", cuda="12", cxx11_abi=False, python="cp311", machine="x86_64")


@pytest.mark.parametrize(
    ("version", "build", "cuda", "abi"),
    [
        ("2.4.0", None, "12", False),
        ("2.4.0+cu118", None, "11", False),
        ("2.4.0", torch_build(cuda="12.4"), "12", False),
        ("2.4.0+cu118", torch_build(cuda="11.8", cxx11_abi=unknown(Reason.NOT_STATED)), "11", False),
    ],
    ids=["release", "label", "files", "files without an ABI"],
)
def test_what_a_wheel_has_to_fit(version: str, build: TorchBuild | None, cuda: str, abi: bool) -> None:
    fit = fit_of(MATRIX, version, interpreter(), build)
    assert fit is not None
    assert (fit.torch, fit.cuda, fit.cxx11_abi, fit.python) == ("2.4", cuda, abi, "cp311")


@pytest.mark.parametrize(
    ("version", "build"),
    [
        ("2.4.0+cpu", None),
        ("2.4.0+cuda", None),
        ("99.0.0+cu126", None),
        ("2.4.0", torch_build(cuda="")),
        ("2.4.0", torch_build(cxx11_abi=unknown(Reason.MALFORMED))),
    ],
    ids=["CPU", "no number", "unknown release", "files of a CPU build", "unreadable ABI"],
)
def test_no_wheel_is_guessed_where_torch_does_not_tell(version: str, build: TorchBuild | None) -> None:
    assert fit_of(MATRIX, version, interpreter(), build) is None


def env_of(fact: Any) -> Env:
    return Env(snapshot=snapshot({TORCH_BUILD: fact}), matrix=EMPTY_MATRIX, reads=frozenset({TORCH_BUILD.name}))


def test_a_source_that_states_versions_only_leaves_the_build_to_the_matrix() -> None:
    assert build_of(env_of(absent())) is None
    assert build_of(env_of(unknown(Reason.NOT_STATED))) is None


def test_files_of_torch_that_cannot_be_read_are_not_replaced_by_the_matrix() -> None:
    assert build_of(env_of(torch_build())) == torch_build()
    with pytest.raises(UndeterminedError):
        build_of(env_of(unknown(Reason.NO_PERMISSION)))


def test_the_wheel_of_the_release_is_named_and_the_newest_where_it_has_none() -> None:
    newest = MATRIX.flash_wheels(FIT)[0]
    (exact,) = wheel_remedies(MATRIX, FIT, f"{newest.version}+local", interpreter(), (PIP,))
    assert exact.commands[0][-1] == newest.url
    assert "has none" not in exact.text
    (other,) = wheel_remedies(MATRIX, FIT, "0.0.1", interpreter(), (PIP,))
    assert (other.commands, "(flash-attn 0.0.1 has none)" in other.text) == (exact.commands, True)


def test_a_name_to_look_for_where_the_matrix_knows_no_wheel_and_nothing_without_a_fit() -> None:
    (remedy,) = wheel_remedies(EMPTY_MATRIX, FIT, "2.6.3", interpreter(), (PIP,))
    assert (remedy.safety, remedy.commands) == (Safety.MANUAL, ())
    assert "cu12torch2.4cxx11abiFALSE-cp311" in remedy.text
    assert wheel_remedies(MATRIX, None, "2.6.3", interpreter(), (PIP,)) == ()

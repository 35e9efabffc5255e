"""PIN007: a wheel that is labelled for a torch is installed with that torch."""

from __future__ import annotations

import pytest

from doctor.core.distribution import DISTRIBUTIONS
from doctor.core.extension import EXTENSIONS
from doctor.core.report import Cause, Severity, Verdict
from tests.facts import distribution, extension, judge, known, unknown

RELEASES = "https://github.com/Dao-AILab/flash-attention/releases/download/v2.7.4.post1/"


def facts(name, version, torch, address=""):
    origin = "url" if address else "index"
    wheel = distribution(name, version, origin=origin, origin_detail=address)
    return {DISTRIBUTIONS: (wheel, distribution("torch", torch))}


@pytest.mark.parametrize(
    ("name", "version", "address"),
    [
        ("flash-attn", "2.8.3+cu12torch2.7", ""),
        ("flash-attn", "2.6.3+cu118torch2.7cxx11abitrue", ""),
        ("torch-scatter", "2.1.2+pt27cu126", ""),
        (
            "flash-attn",
            "2.7.4.post1",
            f"{RELEASES}flash_attn-2.7.4.post1+cu12torch2.7cxx11abiFALSE-cp311-cp311-linux_x86_64.whl",
        ),
        (
            "flash-attn",
            "2.7.4.post1",
            f"{RELEASES}flash_attn-2.7.4.post1%2Bcu12torch2.7cxx11abiFALSE-cp311-cp311-linux_x86_64.whl",
        ),
    ],
)
def test_the_label_is_compared_with_the_installed_torch(name, version, address):
    assert judge("PIN007", facts(name, version, "2.7.1+cu126", address)).verdict is Verdict.HEALTHY
    outcome = judge("PIN007", facts(name, version, "2.10.0", address))
    (problem,) = outcome.problems
    assert "was built for torch 2.7, and torch 2.10.0 is installed" in problem.message
    flash = name == "flash-attn"
    assert outcome.cause_of(problem) is (Cause.ABI_MISMATCH_FLASH_ATTN if flash else Cause.ABI_MISMATCH_OTHER)


@pytest.mark.parametrize(
    ("extensions", "severity"),
    [
        (unknown(), Severity.ERROR),
        ((), Severity.ERROR),
        ((known(extension("flash-attn")),), Severity.WARNING),
        ((known(extension("flash-attn", missing_symbols=known(("at::gone",)))),), Severity.INFO),
    ],
)
def test_the_files_tell_more_than_the_label(extensions, severity):
    """ABI001 says as an error that symbols are missing; where none is, the label alone proves nothing."""
    outcome = judge("PIN007", {**facts("flash-attn", "2.8.3+cu12torch2.7", "2.10.0"), EXTENSIONS: extensions})
    assert [outcome.severity_of(problem) for problem in outcome.problems] == [severity]


def test_a_torch_that_cannot_be_compared_is_undetermined():
    assert judge("PIN007", facts("flash-attn", "2.8.3+cu12torch2.7", "none")).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(("name", "version"), [("flash-attn", "2.8.3"), ("xformers", "0.0.30+cu126"), ("pip", "24.0")])
def test_without_a_label_it_does_not_apply(name, version):
    assert judge("PIN007", facts(name, version, "2.7.0+cu126")).verdict is Verdict.NOT_APPLICABLE


def test_unknown_distributions_are_undetermined():
    assert judge("PIN007", {DISTRIBUTIONS: unknown()}).verdict is Verdict.UNKNOWN

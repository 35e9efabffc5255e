"""PIN007: a wheel that is labelled for a torch is installed with that torch."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.fact import Reason
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import EXTENSIONS, TORCH_BUILD
from doctor.core.report import Cause, Safety, Severity, Verdict
from doctor.matrix.load import load_matrix
from tests.facts import absent, distribution, extension, interpreter, judge, known, torch_build, unknown

MATRIX = load_matrix()
RELEASES = "https://github.com/Dao-AILab/flash-attention/releases/download/v2.7.4.post1/"


def facts(name, version, torch, address=""):
    origin = "url" if address else "index"
    wheel = distribution(name, version, origin=origin, origin_detail=address)
    return {
        INTERPRETER: interpreter(),
        DISTRIBUTIONS: (wheel, distribution("torch", torch)),
        TORCH_BUILD: torch_build(torch, "12.6", cxx11_abi=known(True)),
    }


@pytest.mark.parametrize(
    ("name", "version", "address"),
    [
        ("flash-attn", "2.8.3+cu12torch2.7", ""),
        ("flash-attn", "2.6.3+cu12torch2.7cxx11abitrue", ""),
        ("torch-scatter", "2.1.2+pt27cu126", ""),
        (
            "flash-attn",
            "2.7.4.post1",
            f"{RELEASES}flash_attn-2.7.4.post1+cu12torch2.7cxx11abiTRUE-cp311-cp311-linux_x86_64.whl",
        ),
        (
            "flash-attn",
            "2.7.4.post1",
            f"{RELEASES}flash_attn-2.7.4.post1%2Bcu12torch2.7cxx11abiTRUE-cp311-cp311-linux_x86_64.whl",
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


@pytest.mark.parametrize("label", ["cu12torch2.7", "torch2.7cxx11abiTRUE", "torch2.7", "pt27cu126", "pt27cpu"])
def test_of_a_label_counts_what_it_says(label):
    assert judge("PIN007", facts("mamba-ssm", f"2.2.4+{label}", "2.7.1+cu126")).verdict is Verdict.HEALTHY


@pytest.mark.parametrize(
    ("extensions", "severity"),
    [
        (unknown(), Severity.ERROR),
        (absent(), Severity.ERROR),
        ((), Severity.ERROR),
        ((unknown(), known(extension("xformers"))), Severity.ERROR),
        ((known(extension("flash-attn", missing_symbols=unknown())),), Severity.WARNING),
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
@pytest.mark.parametrize("address", ["", "https://example.org/+torch2.6/wheel.whl"])
def test_without_a_label_it_does_not_apply(name, version, address):
    assert judge("PIN007", facts(name, version, "2.7.0+cu126", address)).verdict is Verdict.NOT_APPLICABLE


def test_without_torch_or_with_the_wheel_hidden_by_another_it_does_not_apply():
    wheel = distribution("flash-attn", "2.8.3+cu12torch2.7")
    hidden = (dataclasses.replace(wheel, shadowed=True), distribution("torch", "2.10.0"))
    for found in ((wheel,), hidden):
        given = {**facts("flash-attn", "2.8.3", "2.10.0"), DISTRIBUTIONS: found}
        assert judge("PIN007", given).verdict is Verdict.NOT_APPLICABLE


def test_unknown_distributions_are_undetermined():
    assert judge("PIN007", {DISTRIBUTIONS: unknown()}).verdict is Verdict.UNKNOWN


NOT_STATED = unknown(Reason.NOT_STATED)


class TestCudaAndAbi:
    """The torch of the label is right, and something else of it is not."""

    @pytest.mark.parametrize(
        ("label", "words"),
        [
            ("cu11torch2.7cxx11abiTRUE", "was built for CUDA 11, and torch 2.7.1+cu126 is for CUDA 12"),
            ("cu118torch2.7cxx11abiTRUE", "was built for CUDA 11"),
            ("cu12torch2.7cxx11abiFALSE", "was built for the old C++ ABI (cxx11abiFALSE)"),
            (
                "torch2.7cxx11abifalse",
                "was built for the old C++ ABI (cxx11abiFALSE), and torch 2.7.1+cu126 has the new",
            ),
            ("pt27cu118", "was built for CUDA 11"),
        ],
    )
    @pytest.mark.parametrize("name", ["flash-attn", "mamba-ssm"])
    def test_of_an_environment(self, name, label, words):
        outcome = judge("PIN007", facts(name, f"2.8.3+{label}", "2.7.1+cu126"), MATRIX)
        (problem,) = outcome.problems
        assert words in problem.message
        flash = name == "flash-attn"
        assert outcome.cause_of(problem) is (Cause.ABI_MISMATCH_FLASH_ATTN if flash else Cause.ABI_MISMATCH_OTHER)
        assert [remedy.safety for remedy in problem.remedies] == [*([Safety.UNSAFE] if flash else []), Safety.MANUAL]

    def test_of_a_torch_with_the_old_abi(self):
        given = facts("flash-attn", "2.7.4+cu118torch2.2cxx11abiTRUE", "2.2.0+cu118")
        (problem,) = judge("PIN007", {**given, TORCH_BUILD: NOT_STATED}, MATRIX).problems
        assert "for the new C++ ABI (cxx11abiTRUE), and torch 2.2.0+cu118 has the old" in problem.message

    @pytest.mark.parametrize(
        ("torch", "abi", "verdict"),
        [
            ("2.2.0", "true", Verdict.PROBLEM),
            ("2.2.0+cu118", "true", Verdict.PROBLEM),
            ("2.2.0+cu118", "false", Verdict.HEALTHY),
            ("2.6.0+cu124", "false", Verdict.HEALTHY),
            ("2.6.0+cu126", "false", Verdict.PROBLEM),
            ("2.6.0+cu126", "true", Verdict.HEALTHY),
            ("2.7.1", "true", Verdict.HEALTHY),
            ("2.7.1", "false", Verdict.PROBLEM),
        ],
    )
    def test_of_a_list_of_versions_the_wheels_on_the_index_tell(self, torch, abi, verdict):
        """Up to 2.6 torch has the old C++ ABI, but 2.6.0+cu126 the new one."""
        minor = ".".join(torch.split(".")[:2])
        cuda = "cu118" if torch.endswith("cu118") else "cu12"
        stated = {**facts("flash-attn", f"2.7.4+{cuda}torch{minor}cxx11abi{abi}", torch), TORCH_BUILD: NOT_STATED}
        assert judge("PIN007", stated, MATRIX).verdict is verdict

    def test_where_nothing_tells_it_is_undetermined(self):
        stated = {**facts("flash-attn", "2.8.3+cu12torch2.7cxx11abiTRUE", "2.7.1"), TORCH_BUILD: NOT_STATED}
        assert judge("PIN007", stated).verdict is Verdict.UNKNOWN

    def test_of_a_label_that_says_neither_nothing_more_has_to_be_known(self):
        stated = {**facts("flash-attn", "2.8.3+torch2.7", "2.7.1"), TORCH_BUILD: NOT_STATED}
        assert judge("PIN007", stated).verdict is Verdict.HEALTHY

    def test_the_remedy_names_the_wheel(self):
        outcome = judge("PIN007", facts("flash-attn", "2.8.3+cu12torch2.6cxx11abiTRUE", "2.7.1+cu126"), MATRIX)
        command = outcome.problems[0].remedies[0].commands[0]
        name = "flash_attn-2.8.3%2Bcu12torch2.7cxx11abiTRUE-cp311-cp311-linux_x86_64.whl"
        assert command[-1] == f"https://github.com/Dao-AILab/flash-attention/releases/download/v2.8.3/{name}"

    def test_a_release_without_a_wheel_for_this_torch_gives_way_to_one_that_has(self):
        outcome = judge("PIN007", facts("flash-attn", "2.7.4.post1+cu12torch2.6cxx11abiTRUE", "2.7.1"), MATRIX)
        remedy = outcome.problems[0].remedies[0]
        assert "(flash-attn 2.7.4.post1 has none)" in remedy.text
        assert "cu12torch2.7cxx11abiTRUE-cp311" in remedy.commands[0][-1]


@pytest.mark.parametrize("key", [INTERPRETER, TORCH_BUILD])
def test_the_misfit_is_told_where_no_wheel_can_be_named(key):
    """Which file suits depends on the interpreter and on torch's ABI; without them the advice is poorer."""
    given = facts("flash-attn", "2.8.3+cu12torch2.7", "2.6.0")
    outcome = judge("PIN007", {**given, key: unknown()}, MATRIX)
    assert [problem.subject for problem in outcome.problems] == ["flash-attn"]
    assert [remedy.safety for remedy in outcome.problems[0].remedies] == [Safety.MANUAL]

"""PIN006: partners fit each other, also where metadata does not say that they must."""

from __future__ import annotations

import pytest

from doctor.core.fact import Reason
from doctor.core.interpreter import INTERPRETER
from doctor.core.matrix import Matrix
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Severity, Verdict
from tests.facts import distribution, interpreter, judge, unknown
from tests.rules.pin.stacks import stack
from tests.rules.pin.test_partners import pair


def problems(outcome):
    return [(item.subject, outcome.severity_of(item), outcome.cause_of(item)) for item in outcome.problems]


@pytest.mark.parametrize(
    ("versions", "subject", "cause"),
    [
        ({"xformers": "0.0.27.post2", "torch": "2.5.1"}, "torch", Cause.ABI_MISMATCH_OTHER),
        ({"torchvision": "0.20.1", "torch": "2.6.0"}, "torch", Cause.ABI_MISMATCH_OTHER),
        ({"torchaudio": "2.5.1", "torch": "2.6.0"}, "torch", Cause.ABI_MISMATCH_OTHER),
        ({"vllm-flash-attn": "2.6.1", "torch": "2.5.1"}, "torch", Cause.ABI_MISMATCH_FLASH_ATTN),
        ({"vllm": "0.7.3", "torch": "2.4.0+cu124"}, "torch", Cause.TORCH_PIN_VIOLATED),
        ({"vllm": "0.2.1.post1", "torch": "2.3.0"}, "torch", Cause.TORCH_PIN_VIOLATED),
        ({"vllm": "0.2.4+cu118", "torch": "2.2.0+cu118"}, "torch", Cause.TORCH_PIN_VIOLATED),
        ({"torch": "2.5.1+cu118", "triton": "2.1.0", "setuptools": "70.0"}, "triton", Cause.TORCH_PIN_VIOLATED),
        ({"flash-attn": "2.8.3", "torch": "2.5.1"}, "torch", Cause.ABI_MISMATCH_FLASH_ATTN),
        ({"vllm": "0.11.0", "transformers": "5.1.0"}, "transformers", Cause.TRANSFORMERS_TOO_NEW),
        ({"vllm": "0.9.2", "transformers": "4.54.0"}, "transformers", Cause.TRANSFORMERS_TOO_NEW),
        ({"peft": "0.6.1", "transformers": "4.28.1"}, "transformers", Cause.TRANSFORMERS_TOO_OLD),
        ({"peft": "0.14.0", "transformers": "4.37.2"}, "transformers", Cause.TRANSFORMERS_TOO_OLD),
        ({"peft": "0.17.1", "transformers": "5.2.0"}, "transformers", Cause.TRANSFORMERS_TOO_NEW),
        ({"trl": "0.7.11", "transformers": "4.39.1"}, "transformers", Cause.TRANSFORMERS_TOO_NEW),
        ({"autoawq": "0.2.5", "transformers": "4.47.0"}, "transformers", Cause.TRANSFORMERS_TOO_NEW),
        ({"peft": "0.18.0", "transformers": "4.51.3"}, "transformers", Cause.TRANSFORMERS_TOO_OLD),
        ({"trl": "0.7.1", "peft": "0.10.0"}, "peft", Cause.OTHER),
        ({"peft": "0.15.2", "accelerate": "0.31.0"}, "accelerate", Cause.OTHER),
        ({"transformers": "4.53.2", "accelerate": "1.3.0"}, "accelerate", Cause.OTHER),
        ({"peft": "0.19.1", "torchao": "0.15.0"}, "torchao", Cause.OTHER),
        (
            {"diffusers": "0.27.2", "huggingface-hub": "0.26.0"},
            "huggingface-hub",
            Cause.DUPLICATE_OR_CONFLICTING_PACKAGES,
        ),
        ({"vllm": "0.5.0", "numpy": "2.0.0"}, "numpy", Cause.NUMPY_2),
        ({"torch": "2.2.2", "numpy": "2.0.0"}, "numpy", Cause.NUMPY_2),
        ({"transformers": "5.20.0", "torch": "2.5.1"}, "torch", Cause.TRANSFORMERS_TOO_NEW),
        ({"triton": "3.0.0"}, "setuptools", Cause.MISSING_PACKAGE),
        ({"outlines": "0.0.46"}, "pyairports", Cause.MISSING_PACKAGE),
        ({"outlines": "0.0.46", "pyairports": "0.0.1"}, "pyairports", Cause.MISSING_PACKAGE),
    ],
)
def test_partners_that_do_not_fit_are_an_error(shipped, versions, subject, cause):
    outcome = judge("PIN006", stack(versions), shipped)
    assert problems(outcome) == [(subject, Severity.ERROR, cause)]
    assert outcome.problems[0].remedies[0].commands


MISSING = "a 1.0 needs b==2.0, and it is not installed: x"


@pytest.mark.parametrize(
    ("partner", "install", "message", "seen", "text", "wanted"),
    [
        ("1", (), "a 1.0 needs b==2.0, and 1 is installed: x", "b-1", "the b that a works with", ["b==2.0"]),
        ("", (), MISSING, "a-1.0", "the b that a works with", ["b==2.0"]),
        ("", ("c", "d"), MISSING, "a-1.0", "c and d", ["c", "d"]),
    ],
)
def test_what_is_needed_what_is_there_and_what_mends_it(partner, install, message, seen, text, wanted):
    row = pair(needs={"<2": "==2.0"}, required=True, install=install)
    hidden = distribution("b", "2.0", shadowed=True)
    found = (distribution("a", "1.0"), *([distribution("b", partner)] if partner else []), hidden)
    outcome = judge("PIN006", with_metadata(*found), Matrix(version="test", pairs=(row,)))
    (problem,) = outcome.problems
    assert (problem.message, problem.severity) == (message, Severity.ERROR)
    assert problem.location.where.endswith(f"/{seen}.dist-info/METADATA")
    (remedy,) = problem.remedies
    assert (remedy.text, list(remedy.commands[0][-len(wanted) :])) == (f"Install {text}", wanted)
    assert "pair a-b" in [item.key for item in outcome.evidence]


@pytest.mark.parametrize(
    "versions",
    [
        {"xformers": "0.0.27.post2", "torch": "2.4.0+cu121"},
        {"torchvision": "0.28.0+cpu", "torch": "2.13.0+cpu"},
        {"torchaudio": "2.11.0", "torch": "2.13.0+cpu"},
        {"torch": "2.13.0+cpu", "triton": "3.9.0"},
        {"torch": "2.4.0", "triton": "3.0.0", "setuptools": "74.1.2"},
        {"vllm": "0.11.1", "torch": "2.9.0", "transformers": "5.1.0"},
        {"flash-attn": "2.7.4.post1", "torch": "2.5.1"},
        {"outlines": "0.1.1"},
        {"transformers": "5.19.0", "torch": "2.13.0"},
        {"peft": "0.15.2", "transformers": "5.2.0"},
        {"peft": "0.18.1", "transformers": "4.51.3"},
        {"peft": "0.18.1", "torchao": "0.4.0"},
        {"peft": "0.15.2", "accelerate": "0.32.0"},
        {"trl": "0.8.1", "peft": "0.10.0"},
        {"transformers": "4.54.0", "accelerate": "1.3.0"},
        {"transformers": "5.17.0", "peft": "0.19.0"},
        {"trl": "0.23.1", "transformers": "5.2.0"},
        {"diffusers": "0.29.0", "huggingface-hub": "0.26.0"},
        {"peft": "0.17.1", "transformers": "4.57.6"},
        {"peft": "0.13.2", "transformers": "4.37.2"},
        {"trl": "0.8.1", "transformers": "4.39.1"},
        {"autoawq": "0.2.7.post3", "transformers": "4.47.0"},
    ],
)
def test_partners_that_fit_are_healthy(shipped, versions):
    assert judge("PIN006", stack(versions), shipped).verdict is Verdict.HEALTHY


def test_the_shipped_sets_fit(shipped):
    for row in shipped.sets:
        assert judge("PIN006", stack({**row.pins, **row.alternatives}), shipped).verdict is Verdict.HEALTHY


def with_metadata(*distributions):
    return {INTERPRETER: interpreter(), DISTRIBUTIONS: distributions}


def test_what_metadata_refuses_is_left_to_the_rule_on_requirements(shipped):
    xformers = distribution("xformers", "0.0.27.post2", "torch==2.4.0")
    facts = with_metadata(xformers, distribution("torch", "2.5.1"))
    assert judge("PIN006", facts, shipped).verdict is Verdict.HEALTHY
    facts = with_metadata(distribution("outlines", "0.0.46", "pyairports"))
    assert judge("PIN006", facts, shipped).verdict is Verdict.HEALTHY


def test_what_metadata_allows_is_judged(shipped):
    outlines = distribution("outlines", "0.0.46", "pyairports", "bad requirement ===")
    facts = with_metadata(outlines, distribution("pyairports", "0.0.1"))
    (problem,) = judge("PIN006", facts, shipped).problems
    assert problem.remedies[0].pins == ("outlines==0.1.1", "outlines-core==0.1.14", "airportsdata")
    optional = distribution("xformers", "0.0.27.post2", 'torch==2.4.0 ; extra == "all"')
    assert len(judge("PIN006", with_metadata(optional, distribution("torch", "2.5.1")), shipped).problems) == 1


def test_metadata_that_cannot_be_read_does_not_hide_a_misfit(shipped):
    xformers = distribution("xformers", "0.0.27.post2", requires=unknown())
    facts = with_metadata(xformers, distribution("torch", "2.5.1"))
    assert judge("PIN006", facts, shipped).verdict is Verdict.PROBLEM


def test_a_torch_of_somebodys_own_build_is_undetermined(shipped):
    outcome = judge("PIN006", stack({"torchvision": "0.19.0", "torch": "2.4.0a0+3bcc3cddb5.nv24.07"}), shipped)
    assert outcome.verdict is Verdict.UNKNOWN


def test_a_build_from_source_of_the_package_is_not_judged(shipped):
    versions = {"vllm": "0.6.3.dev173+g1234567", "torch": "2.5.1", "transformers": "4.45.2"}
    assert judge("PIN006", stack(versions), shipped).verdict is Verdict.HEALTHY


def test_versions_that_cannot_be_compared_are_undetermined(shipped):
    assert judge("PIN006", stack({"xformers": "0.0.30", "torch": "none"}), shipped).verdict is Verdict.UNKNOWN
    assert judge("PIN006", stack({"xformers": "none", "torch": "2.7.0"}), shipped).verdict is Verdict.UNKNOWN


def test_without_anything_that_has_partners_it_does_not_apply(shipped):
    assert judge("PIN006", stack({"pip": "24.0"}), shipped).verdict is Verdict.NOT_APPLICABLE


def test_unknown_distributions_are_undetermined(shipped):
    facts = {INTERPRETER: interpreter(), DISTRIBUTIONS: unknown()}
    assert judge("PIN006", facts, shipped).verdict is Verdict.UNKNOWN


def test_what_a_list_of_versions_leaves_out_is_not_missing(shipped):
    """A pasted list names triton and not setuptools: nobody said that it is not installed."""
    triton = distribution("triton", "3.0.0", requires=unknown(Reason.NOT_STATED))
    outcome = judge("PIN006", {INTERPRETER: interpreter(), DISTRIBUTIONS: (triton,)}, shipped)
    assert outcome.verdict is Verdict.UNKNOWN
    assert outcome.problems == ()


def test_another_patch_release_of_torch_is_a_warning(shipped):
    outcome = judge("PIN006", stack({"torchvision": "0.17.0", "torch": "2.2.1"}), shipped)
    assert problems(outcome) == [("torch", Severity.WARNING, Cause.ABI_MISMATCH_OTHER)]


def test_a_torchvision_that_was_compiled_from_source_is_not_judged_by_its_number(shipped):
    outcome = judge("PIN006", stack({"torchvision": "0.16.1+fdea156", "torch": "2.4.1+rocm6.1"}), shipped)
    assert outcome.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(("versions", "reasons"), [({"triton": "3.0.0"}, True), ({"transformers": "5.20.0"}, False)])
def test_a_list_may_leave_a_partner_out(shipped, versions, reasons):
    """Of one that has to be there it is open whether it is; of one that need not be nothing is to be said."""
    untold = unknown(Reason.NOT_STATED)
    listed = tuple(
        distribution(name, version, requires=untold, requires_python=untold) for name, version in versions.items()
    )
    outcome = judge("PIN006", {INTERPRETER: interpreter(), DISTRIBUTIONS: listed}, shipped)
    assert outcome.problems == ()
    assert any(reason.startswith("whether setuptools is installed") for reason in outcome.reasons) is reasons


@pytest.mark.parametrize(
    ("torch", "severities"), [("2.6.0+cu126", [Severity.WARNING]), ("2.6.0+cu124", []), ("2.6.0", [])]
)
def test_the_one_build_of_torch_2_6_with_the_new_abi_is_a_warning(shipped, torch, severities):
    """Whether the installed flash-attn is one for it only its files tell."""
    outcome = judge("PIN006", stack({"flash-attn": "2.7.4.post1", "torch": torch}), shipped)
    assert [outcome.severity_of(problem) for problem in outcome.problems] == severities

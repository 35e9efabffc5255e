"""PIN001: the versions are those of the known-good set of this vLLM."""

from __future__ import annotations

import dataclasses

import pytest

from doctor.core.fact import Reason
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Cause, Severity, Verdict
from tests.facts import absent, distribution, interpreter, judge, unknown
from tests.rules.pin.stacks import CPU_STACK, CUDA_STACK, stack


def found(outcome):
    return {item.subject: (outcome.severity_of(item), outcome.cause_of(item)) for item in outcome.problems}


@pytest.mark.parametrize("versions", [CUDA_STACK, CPU_STACK], ids=["cuda", "cpu"])
def test_an_environment_like_its_set_is_healthy_and_cites_it(matrix, versions):
    outcome = judge("PIN001", stack(versions), matrix)
    assert outcome.verdict is Verdict.HEALTHY
    assert any(item.key.startswith("set ") for item in outcome.evidence)


def test_the_shipped_sets_find_themselves_healthy(shipped):
    for row in shipped.sets:
        for pins in (row.pins, {**row.pins, **row.alternatives}):
            assert judge("PIN001", stack(pins), shipped).verdict is Verdict.HEALTHY, row.name


@pytest.mark.parametrize(
    ("change", "severity", "cause"),
    [
        ({"torch": "2.5.1"}, Severity.ERROR, Cause.TORCH_PIN_VIOLATED),
        ({"torch": "2.4.0+cpu"}, Severity.ERROR, Cause.TORCH_PIN_VIOLATED),
        ({"torch": "2.4.0+cu118"}, Severity.ERROR, Cause.CUDA_TOOLKIT_MISMATCH),
        ({"torch": "2.4.0+cu124"}, Severity.WARNING, Cause.CUDA_TOOLKIT_MISMATCH),
        ({"torch": ""}, Severity.ERROR, Cause.MISSING_PACKAGE),
        ({"xformers": "0.0.28"}, Severity.ERROR, Cause.ABI_MISMATCH_OTHER),
        ({"vllm_flash_attn": "2.6.2"}, Severity.ERROR, Cause.ABI_MISMATCH_FLASH_ATTN),
        ({"flash_attn": "2.7.0"}, Severity.WARNING, Cause.ABI_MISMATCH_FLASH_ATTN),
        ({"transformers": "5.23.0"}, Severity.WARNING, Cause.TRANSFORMERS_TOO_NEW),
        ({"transformers": "4.43.1"}, Severity.WARNING, Cause.TRANSFORMERS_TOO_OLD),
        ({"transformers": "4.44.1"}, Severity.INFO, Cause.TRANSFORMERS_TOO_OLD),
        ({"numpy": "2.1.0"}, Severity.WARNING, Cause.NUMPY_2),
        ({"numpy": "1.26.3"}, Severity.INFO, Cause.OTHER),
        ({"setuptools": ""}, Severity.WARNING, Cause.MISSING_PACKAGE),
    ],
)
def test_a_difference_is_as_grave_as_what_it_binds(matrix, change, severity, cause):
    outcome = judge("PIN001", stack(CUDA_STACK, **change), matrix)
    (subject,) = (name.replace("_", "-") for name in change)
    assert found(outcome) == {subject: (severity, cause)}


TRAINING = {"unsloth": "2026.4.8", "torch": "2.10.0", "transformers": "5.5.0", "peft": "0.19.1"}


@pytest.fixture
def trained(matrix):
    row = dataclasses.replace(matrix.sets[0], name="training", pins=TRAINING, bound=("torch",), alternatives={})
    return dataclasses.replace(matrix, sets=(*matrix.sets, row))


def test_a_set_for_training_is_recognised_by_unsloth(trained):
    assert judge("PIN001", stack(TRAINING), trained).verdict is Verdict.HEALTHY
    outcome = judge("PIN001", stack(TRAINING, peft="0.18.0"), trained)
    assert found(outcome) == {"peft": (Severity.WARNING, Cause.OTHER)}


def test_unsloth_without_a_set_is_no_gap_as_it_comes_out_every_few_days(trained):
    assert judge("PIN001", stack(TRAINING, unsloth="2026.4.7"), trained).verdict is Verdict.NOT_APPLICABLE


def test_beside_vllm_the_set_of_vllm_counts(trained):
    outcome = judge("PIN001", stack({**CUDA_STACK, "unsloth": "2026.4.8"}), trained)
    assert [item.key for item in outcome.evidence if item.key.startswith("set ")] == ["set cuda-set"]


@pytest.mark.parametrize("version", ["2.4.0", "2.4.0+cu121"])
def test_the_build_that_the_set_means_is_no_difference(matrix, version):
    assert judge("PIN001", stack(CUDA_STACK, torch=version), matrix).verdict is Verdict.HEALTHY


@pytest.mark.parametrize(
    ("name", "label"), [("vllm-0.19.1", "cu128"), ("vllm-0.19.1", "cu129"), ("vllm-0.7.3", "cu124")]
)
def test_what_comes_with_torch_from_an_index_of_pytorch_is_labelled_as_it_is(shipped, name, label):
    """vLLM's own kernels were built for CUDA 12.9, the torch 2.10 that it asks for is one for 12.8."""
    row = next(item for item in shipped.sets if item.name == name)
    labelled = {item: f"{row.pins[item]}+{label}" for item in ("torch", "torchvision", "torchaudio")}
    assert judge("PIN001", stack({**row.pins, **labelled}), shipped).verdict is Verdict.HEALTHY


def pins(outcome, subject):
    """What the first remedy of a problem installs."""
    [problem] = (item for item in outcome.problems if item.subject == subject)
    return set(problem.remedies[0].pins)


BOUND = {"torch==2.4.0", "xformers==0.0.27.post2", "vllm-flash-attn==2.6.1"}


@pytest.mark.parametrize(
    ("change", "installed"),
    [
        ({"torch": "2.5.1"}, BOUND),
        ({"torch": ""}, BOUND),
        ({"xformers": "0.0.27.post2+cpu"}, BOUND),
        ({"torch": "2.4.0+cu118", "xformers": "0.0.28"}, {*BOUND - {"torch==2.4.0"}, "torch==2.4.0+cu121"}),
        ({"flash_attn": "2.7.0"}, {"flash-attn==2.6.1"}),
        ({"numpy": "2.1.0"}, {"numpy==1.26.4"}),
    ],
)
def test_what_is_bound_is_installed_together_and_alone(matrix, change, installed):
    """Only a torch of the right version needs its label: an installer takes 2.4.0+cu118 for 2.4.0 and leaves it."""
    subject = next(iter(change)).replace("_", "-")
    outcome = judge("PIN001", stack(CUDA_STACK, **change, transformers="5.23.0"), matrix)
    others = {"transformers==4.44.2"}
    assert pins(outcome, subject) - others == installed
    assert pins(outcome, "transformers") & BOUND == set()


@pytest.mark.parametrize(
    ("change", "installed"),
    [
        ({"torch": "2.12.0"}, {"torch==2.13.0+cpu"}),
        ({"torch": "2.12.0", "torchvision": "0.27.0"}, {"torch==2.13.0+cpu", "torchvision==0.28.0+cpu"}),
        ({"torchvision": "0.27.0"}, {"torchvision==0.28.0+cpu"}),
    ],
)
def test_an_alternative_that_is_not_installed_is_not_brought_along(matrix, change, installed):
    assert pins(judge("PIN001", stack(CPU_STACK, **change), matrix), next(iter(change))) == installed


def test_beside_an_alternative_all_that_is_bound_is_installed(matrix):
    [_, row] = matrix.sets
    row = dataclasses.replace(row, pins={**row.pins, "triton": "3.8.0"}, bound=(*row.bound, "triton"))
    facts = stack({**row.pins, "torch": "2.12.0", "torchvision": "0.27.0"})
    outcome = judge("PIN001", facts, dataclasses.replace(matrix, sets=(row,)))
    assert pins(outcome, "torch") == {"torch==2.13.0+cpu", "triton==3.8.0", "torchvision==0.28.0+cpu"}


def test_a_label_that_the_set_states_itself_is_installed_as_it_stands(matrix):
    [row, _] = matrix.sets
    row = dataclasses.replace(row, pins={**row.pins, "torch": "2.4.0+cu121"})
    outcome = judge("PIN001", stack(CUDA_STACK, torch="2.4.0"), dataclasses.replace(matrix, sets=(row,)))
    assert "torch==2.4.0+cu121" in pins(outcome, "torch")


def test_a_set_without_cuda_asks_for_no_label_of_it(matrix):
    [row, _] = matrix.sets
    row = dataclasses.replace(row, cuda="")
    outcome = judge("PIN001", stack(CUDA_STACK, torch="2.4.0+cu121"), dataclasses.replace(matrix, sets=(row,)))
    assert "torch==2.4.0" in pins(outcome, "torch")


def test_a_difference_says_what_is_there_and_where(matrix):
    facts = stack(CUDA_STACK, torch="2.5.1", setuptools="")
    missing, torch = sorted(judge("PIN001", facts, matrix).problems, key=lambda item: item.subject)
    assert missing.message == "setuptools is not installed; the known-good set cuda-set has setuptools 74.1.2"
    assert missing.location is None
    assert torch.message == "torch 2.5.1 is installed; the known-good set cuda-set has torch 2.4.0"
    assert torch.location.where.endswith("/torch-2.5.1.dist-info/METADATA")


def test_a_cpu_torch_is_replaced_by_the_labelled_build_with_what_is_bound_to_it(matrix):
    (problem,) = judge("PIN001", stack(CUDA_STACK, torch="2.4.0+cpu"), matrix).problems
    assert "torch 2.4.0+cpu is installed, another build of the same version" in problem.message
    assert "cuda-set has torch 2.4.0" in problem.message
    labelled, rest = problem.remedies[0].commands
    assert labelled[-3:] == ("--extra-index-url", "https://download.pytorch.org/whl/cu121", "torch==2.4.0+cu121")
    assert rest[-2:] == ("xformers==0.0.27.post2", "vllm-flash-attn==2.6.1")


def test_a_companion_without_the_label_of_a_cpu_torch_is_a_warning_that_has_two_ways_out(matrix):
    """Whether it is a build for CUDA, ABI003 reads in its files; on 64-bit ARM it is not."""
    outcome = judge("PIN001", stack(CPU_STACK, torchvision="0.28.0"), matrix)
    assert found(outcome) == {"torchvision": (Severity.WARNING, Cause.ABI_MISMATCH_OTHER)}
    replace, remove = outcome.problems[0].remedies
    assert "torchvision==0.28.0+cpu" in replace.commands[0]
    assert remove.commands[0][-1] == "torchvision"
    assert "uninstall" in remove.commands[0]


def test_a_torch_of_another_build_than_the_cpu_set_is_an_error(matrix):
    outcome = judge("PIN001", stack(CPU_STACK, torch="2.13.0"), matrix)
    assert found(outcome) == {"torch": (Severity.ERROR, Cause.TORCH_PIN_VIOLATED)}
    assert "https://download.pytorch.org/whl/cpu" in outcome.problems[0].remedies[0].commands[0]


def test_a_version_that_cannot_be_compared_is_undetermined(matrix):
    outcome = judge("PIN001", stack(CUDA_STACK, numpy="none"), matrix)
    assert outcome.verdict is Verdict.UNKNOWN


def test_a_version_that_cannot_be_compared_hides_no_other_difference(matrix):
    outcome = judge("PIN001", stack(CUDA_STACK, numpy="none", setuptools=""), matrix)
    assert set(found(outcome)) == {"setuptools"}
    assert outcome.reasons == ("numpy has the version 'none', which cannot be compared",)


def test_a_distribution_that_is_hidden_by_another_does_not_count(matrix):
    hidden = distribution("torch", "2.0.0", shadowed=True)
    facts = stack(CUDA_STACK)
    facts[DISTRIBUTIONS] += (hidden,)
    assert judge("PIN001", facts, matrix).verdict is Verdict.HEALTHY


def test_without_vllm_it_does_not_apply(matrix):
    outcome = judge("PIN001", stack({"torch": "2.4.0", "transformers": "4.44.2"}), matrix)
    assert outcome.verdict is Verdict.NOT_APPLICABLE
    assert "no vLLM is installed" in outcome.reasons[0]


def test_unknown_distributions_are_undetermined(matrix):
    outcome = judge("PIN001", {INTERPRETER: interpreter(), DISTRIBUTIONS: unknown()}, matrix)
    assert outcome.verdict is Verdict.UNKNOWN


def test_absent_distributions_do_not_apply(matrix):
    outcome = judge("PIN001", {INTERPRETER: interpreter(), DISTRIBUTIONS: absent()}, matrix)
    assert outcome.verdict is Verdict.NOT_APPLICABLE


def test_differences_of_one_kind_share_one_remedy(matrix):
    outcome = judge("PIN001", stack(CUDA_STACK, transformers="5.23.0", numpy="2.1.0"), matrix)
    first, second = outcome.problems
    assert first.remedies == second.remedies
    assert first.remedies[0].commands[0][-2:] in (
        ("transformers==4.44.2", "numpy==1.26.4"),
        ("numpy==1.26.4", "transformers==4.44.2"),
    )


def test_what_a_stated_list_leaves_out_is_not_called_missing(matrix):
    """A requirements file or a pasted text names some of what is installed."""
    facts = stack({name: version for name, version in CUDA_STACK.items() if name in ("vllm", "torch")})
    listed = tuple(dataclasses.replace(item, requires=unknown(Reason.NOT_STATED)) for item in facts[DISTRIBUTIONS])
    outcome = judge("PIN001", {**facts, DISTRIBUTIONS: listed}, matrix)
    assert not outcome.problems and outcome.verdict is Verdict.UNKNOWN
    assert any("whether transformers is installed: not stated" in reason for reason in outcome.reasons)


def test_one_entry_of_a_stated_list_leaves_open_what_is_missing_but_not_what_differs(matrix):
    facts = stack(CUDA_STACK, setuptools="", transformers="5.23.0")
    first, *rest = facts[DISTRIBUTIONS]
    stated = dataclasses.replace(first, requires=unknown(Reason.NOT_STATED))
    outcome = judge("PIN001", {**facts, DISTRIBUTIONS: (stated, *rest)}, matrix)
    assert set(found(outcome)) == {"transformers"}
    assert any("whether setuptools is installed: not stated" in reason for reason in outcome.reasons)


def test_only_what_a_set_does_without_is_removed(matrix):
    """A deviation of a set says what it was proven without; of what it pins that would be no remedy."""
    [_, row] = matrix.sets
    torch = dataclasses.replace(row.deviations[0], requirement="torch==2.12")
    row = dataclasses.replace(
        row, deviations=(*row.deviations, torch), alternatives={**row.alternatives, "peft": "1.0"}
    )
    facts = stack(CPU_STACK, torch="2.12.0+cpu", torchvision="0.28.0", peft="0.9")
    outcome = judge("PIN001", facts, dataclasses.replace(matrix, sets=(row,)))
    removed = {item.subject: [remedy.text for remedy in item.remedies[1:]] for item in outcome.problems}
    text = "Remove torchvision, as the set was proven: not needed"
    assert removed == {"torch": [], "torchvision": [text], "peft": []}


def test_a_version_that_is_written_without_its_zero_is_the_same(shipped):
    row = next(item for item in shipped.sets if item.name == "vllm-0.21.0")
    short = {**row.pins, "torch": row.pins["torch"].removesuffix(".0")}
    assert short["torch"] != row.pins["torch"]
    assert judge("PIN001", stack(short), shipped).verdict is Verdict.HEALTHY


def test_a_set_that_was_proven_on_another_processor_recommends_nothing(shipped):
    """On ARM other builds of torch and others fit together, and nobody has proven them."""
    arm = interpreter(markers={**interpreter().markers, "platform_machine": "aarch64"})
    facts = {**stack(CUDA_STACK, transformers="5.23.0"), INTERPRETER: arm}
    outcome = judge("PIN001", facts, shipped)
    assert (outcome.verdict, outcome.problems) == (Verdict.UNKNOWN, ())
    assert "no proven set for vllm 0.5.5 on aarch64" in outcome.reasons[0]
    unheard = {**stack({**CUDA_STACK, "vllm": "0.5.2"}), INTERPRETER: arm}
    assert "nearest" not in judge("PIN001", unheard, shipped).reasons[0]

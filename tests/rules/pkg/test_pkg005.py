"""PKG005: the files of every installed distribution are as they were installed."""

from __future__ import annotations

import pytest

from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DAMAGED_FILES, DISTRIBUTIONS, DamagedFile
from doctor.core.report import Cause, Severity, Verdict
from doctor.rules.pkg.pkg005_damaged_files import MOST_PATCHED
from tests.facts import distribution, interpreter, judge

SITE = "/env/lib/python3.11/site-packages"


def damaged(path, damage="missing", **details):
    return DamagedFile(distribution=details.pop("of", "torch"), path=f"{SITE}/{path}", damage=damage, **details)


def outcome(*files):
    facts = {
        INTERPRETER: interpreter(),
        DISTRIBUTIONS: (distribution("torch", "2.4.0"), distribution("rich", "13")),
        DAMAGED_FILES: files,
    }
    return judge("PKG005", facts)


def test_nothing_damaged():
    assert outcome().verdict is Verdict.HEALTHY


@pytest.mark.parametrize(
    ("file", "severity"),
    [
        (damaged("torch/lib/libc10.so"), Severity.ERROR),
        (damaged("torch/__init__.py", "size", expected="9", found="0"), Severity.ERROR),
        (damaged("torch/a.py", "size", expected="9", found="4"), Severity.ERROR),
        (damaged("torch/a.py", "size", expected="9", found="12"), Severity.WARNING),
        (damaged("torch/a.py", "size", expected="9"), Severity.WARNING),
        (damaged("torch/a.py", "hash"), Severity.WARNING),
        (damaged("torch/lib/libcudnn.so.9", "truncated", expected="9", found="4"), Severity.ERROR),
        (damaged("torch/lib/libcudnn.so.9", "size", expected="9", found="4"), Severity.WARNING),
        (damaged("torch/lib/libx.so", "size", expected="2402945", found="2439136"), Severity.INFO),
        (damaged("torch/lib/libx.so", "size", expected="2402945", found="3402945"), Severity.WARNING),
        (damaged("torch/lib/libx.so", "size", expected="2402945"), Severity.WARNING),
        (damaged("torch/lib/libx.so", "size", expected="9", found="10"), Severity.INFO),
        (damaged("torch/lib/libx.so", "size", expected="9", found=str(9 + MOST_PATCHED)), Severity.INFO),
        (damaged("torch/lib/libx.so", "size", expected="9", found=str(10 + MOST_PATCHED)), Severity.WARNING),
        (damaged("torch/lib/libx.so", "size", expected="9", found="0"), Severity.ERROR),
        (damaged("torch/lib/libx.so", "hash"), Severity.WARNING),
        (damaged("torch-2.4.0.dist-info/LICENSE.txt", "record", found="it is empty"), Severity.WARNING),
        (damaged("torch/", count=11989), Severity.ERROR),
        (damaged("torch/data.json"), Severity.WARNING),
        (damaged("torch/tests/a.py"), Severity.INFO),
        (damaged("torch/tests/"), Severity.INFO),
        (damaged("torch/testing/a.py"), Severity.ERROR),
        (damaged("certifi/cacert.pem", "size", expected="9", found="12"), Severity.INFO),
        (damaged("certifi/cacert.pem"), Severity.WARNING),
        (damaged("torch/_C.pyi"), Severity.INFO),
        (damaged("torch-2.4.0.dist-info/LICENSE.txt"), Severity.INFO),
    ],
)
def test_severity_follows_what_the_damage_does(file, severity):
    found = outcome(file)
    [problem] = found.problems
    assert found.severity_of(problem) is severity
    assert found.cause_of(problem) is Cause.CORRUPTED_INSTALL


def test_one_problem_a_distribution_that_names_the_gravest_file_first():
    found = outcome(damaged("torch/a.json"), damaged("torch/lib/libc10.so"), damaged("rich/a.json", of="rich"))
    assert [problem.subject for problem in found.problems] == ["torch", "rich"]
    assert found.problems[0].message.startswith("torch 2.4.0: torch/lib/libc10.so is missing")
    assert found.problems[0].remedies[0].commands[0][-1] == "torch==2.4.0"


@pytest.mark.parametrize(
    ("installer", "damage", "fresh"), [("uv", "size", True), ("uv", "missing", False), ("pip", "size", False)]
)
def test_what_uv_linked_from_a_damaged_cache_is_downloaded_again(installer, damage, fresh):
    facts = {
        INTERPRETER: interpreter(),
        DISTRIBUTIONS: (distribution("torch", "2.4.0", installer=installer),),
        DAMAGED_FILES: (damaged("torch/a.py", damage, expected="9", found="0"),),
    }
    [problem] = judge("PKG005", facts).problems
    assert ("--no-cache-dir" in problem.remedies[0].commands[0]) is fresh


def test_a_missing_record_is_a_problem_and_a_gap():
    found = outcome(damaged("torch-2.4.0.dist-info/RECORD", "record", found="there is no RECORD"))
    assert found.undetermined and found.severity_of(found.problems[0]) is Severity.WARNING


def test_a_file_that_could_not_be_looked_at_is_not_healthy():
    found = outcome(damaged("torch/a.py", "unreadable", found="Permission denied"))
    assert found.verdict is Verdict.UNKNOWN
    assert [reason.rpartition("/")[2] for reason in found.reasons] == ["a.py: Permission denied"]


def test_files_that_this_user_may_not_read_are_one_gap_and_no_damage():
    closed = [damaged(f"torch/{name}.py", "permission", found="Permission denied") for name in "abc"]
    found = outcome(*closed)
    assert found.verdict is Verdict.UNKNOWN
    assert [reason.rpartition("/")[2] for reason in found.reasons] == ["a.py and 2 more: Permission denied"]
    assert [reason.rpartition("/")[2] for reason in outcome(closed[0]).reasons] == ["a.py: Permission denied"]


def test_those_of_equal_rank_are_in_the_order_of_their_names():
    found = outcome(damaged("b/a.py", of="b"), damaged("a/b.py", of="a"), damaged("c/0.py", of="c"))
    assert [problem.subject for problem in found.problems] == ["a", "b", "c"]


def test_files_of_a_distribution_without_metadata_are_restored_by_its_name():
    found = outcome(damaged("xformers/_C.so", of="xformers"))
    assert found.problems[0].remedies[0].commands[0][-3:] == ("--force-reinstall", "--no-deps", "xformers")


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (damaged("torch/a.py"), "torch/a.py is missing"),
        (damaged("torch/", count=11989), "torch/ is missing with 11989 files"),
        (damaged("torch/a.py", "truncated", expected="9", found="4"), "torch/a.py is cut to 4 of 9 bytes"),
        (damaged("torch/a.py", "size", expected="9", found="4"), "torch/a.py has 4 bytes instead of 9"),
        (damaged("torch/a.py", "size", expected="9"), "torch/a.py has another size"),
        (damaged("torch/a.py", "hash"), "torch/a.py has other content than was installed"),
        (
            damaged("RECORD", "record", found="it is empty"),
            "its files cannot be verified, because of RECORD: it is empty",
        ),
    ],
)
def test_the_message_says_what_happened_to_the_file(file, words):
    assert outcome(file).problems[0].message == f"torch 2.4.0: {words}"


def test_of_many_files_the_gravest_three_are_named_and_all_counted():
    three = [damaged(f"torch/data{number}.json") for number in range(3)]
    assert "in all" not in outcome(*three).problems[0].message
    found = outcome(*three, damaged("torch/", count=40))
    assert "(43 files in all)" in found.problems[0].message
    assert found.problems[0].location.where == f"{SITE}/torch/"
    assert found.severity_of(found.problems[0]) is Severity.ERROR


def test_what_nobody_needs_does_not_have_to_be_restored():
    unused, needed = damaged("torch/tests/a.py"), damaged("torch/a.py")
    assert outcome(unused).problems[0].remedies[0].text.startswith("Nothing, unless")
    assert outcome(unused, needed).problems[0].remedies[0].text.startswith("Install the same torch again")


def test_the_version_is_pinned_where_it_is_known():
    assert outcome(damaged("torch/a.py")).problems[0].remedies[0].pins == ("torch==2.4.0",)
    facts = {
        INTERPRETER: interpreter(),
        DISTRIBUTIONS: (distribution("torch", ""),),
        DAMAGED_FILES: (damaged("torch/a.py"),),
    }
    assert judge("PKG005", facts).problems[0].remedies[0].pins == ()


def test_a_cache_of_uv_is_left_out_where_any_file_was_changed():
    facts = {
        INTERPRETER: interpreter(),
        DISTRIBUTIONS: (distribution("torch", "2.4.0", installer="uv"),),
        DAMAGED_FILES: (damaged("torch/b.py"), damaged("torch/a.py", "size", expected="9", found="0")),
    }
    assert "--no-cache-dir" in judge("PKG005", facts).problems[0].remedies[0].commands[0]


def test_a_problem_beside_a_file_that_could_not_be_looked_at():
    found = outcome(damaged("torch/a.py", "unreadable", found="Permission denied"), damaged("torch/b.py"))
    assert found.undetermined
    assert found.problems[0].message == "torch 2.4.0: torch/b.py is missing"


def test_what_was_looked_at_leaves_nothing_undetermined():
    assert not outcome(damaged("torch/a.py")).undetermined


def test_the_version_that_python_finds_is_the_one_that_is_restored():
    facts = {
        INTERPRETER: interpreter(),
        DISTRIBUTIONS: (distribution("torch", "2.4.0"), distribution("torch", "1.0", shadowed=True)),
        DAMAGED_FILES: (damaged("torch/a.py"),),
    }
    assert judge("PKG005", facts).problems[0].remedies[0].pins == ("torch==2.4.0",)

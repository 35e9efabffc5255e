"""PKG005: the files of every installed distribution are as they were installed."""

from __future__ import annotations

import pytest

from doctor.core.distribution import DAMAGED_FILES, DISTRIBUTIONS, DamagedFile
from doctor.core.interpreter import INTERPRETER
from doctor.core.report import Cause, Severity, Verdict
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
        (damaged("torch/a.py", "hash"), Severity.WARNING),
        (damaged("torch/lib/libcudnn.so.9", "truncated", expected="9", found="4"), Severity.ERROR),
        (damaged("torch/lib/libcudnn.so.9", "size", expected="9", found="4"), Severity.WARNING),
        (damaged("torch/lib/libx.so", "size", expected="2402945", found="2439136"), Severity.INFO),
        (damaged("torch/lib/libx.so", "size", expected="2402945", found="3402945"), Severity.WARNING),
        (damaged("torch/lib/libx.so", "size", expected="2402945"), Severity.WARNING),
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
    assert outcome(damaged("torch/a.py", "unreadable", found="Permission denied")).verdict is Verdict.UNKNOWN


def test_files_of_a_distribution_without_metadata_are_restored_by_its_name():
    found = outcome(damaged("xformers/_C.so", of="xformers"))
    assert found.problems[0].remedies[0].commands[0][-3:] == ("--force-reinstall", "--no-deps", "xformers")

"""The remedies for a list name its lines, or the command that writes it anew."""

from __future__ import annotations

from dataclasses import replace

import pytest

from doctor.core.fact import Known, Source, SourceKind
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.report import Problem, Remedy, Safety
from doctor.core.serve import SERVE, ServeCommand
from doctor.engine.catalogue import select
from doctor.engine.judge import judge
from doctor.remedy.listed import for_list
from tests.facts import EMPTY_MATRIX, distribution, interpreter, snapshot, unknown


def remedy_of(form, *requires, lib="2.0"):
    """What is said to do about an app whose requirements a list of a form does not meet."""
    place = {line: Source(kind=SourceKind.LOCK, where=f"/src/{form}", line=line) for line in (1, 2)}
    app = distribution("app", "1.0", *requires, place=place[1])
    listed = (app, distribution("lib", lib, place=place[2]))
    facts = snapshot({INTERPRETER: interpreter(), DISTRIBUTIONS: listed})
    report = judge(facts, EMPTY_MATRIX, select(("PKG001", "PKG002"))[0])
    [(_, problem)] = for_list(report, facts, form).problems()
    return problem.location, problem.remedies[0]


@pytest.mark.parametrize(
    ("form", "command"),
    [
        ("uv.lock", ("uv", "lock", "--upgrade-package", "lib<2")),
        ("poetry.lock", ("poetry", "add", "lib<2")),
        ("pdm.lock", ("pdm", "add", "lib<2")),
    ],
)
def test_a_lock_is_written_anew_by_its_own_tool(form, command):
    location, remedy = remedy_of(form, "lib<2")
    assert remedy.commands == (command,) and remedy.text.endswith(", and lock again")
    assert location.where == f"/src/{form}" and location.line == 2


def test_of_other_lists_the_line_is_named_that_has_to_change():
    _, remedy = remedy_of("requirements.txt", "lib<2")
    assert remedy.text.endswith("lib<2 in place of lib==2.0 in line 2 of requirements.txt")
    assert remedy.safety is Safety.MANUAL and not remedy.commands


def test_what_is_not_in_the_list_is_added():
    _, remedy = remedy_of("requirements.txt", "lib", "deep>=3")
    assert remedy.text.endswith("add deep>=3")


def changed(remedy, form="requirements.txt", subject="torch", location=None, command=None, more=()):
    """What `for_list` makes of a problem that has one remedy, where torch and lib are listed."""
    listed = tuple(
        distribution(name, "2.0", place=Source(kind=SourceKind.LOCK, where=f"/src/{form}", line=line or None))
        for line, name in enumerate(("lib", "torch"))
    )
    facts = snapshot({INTERPRETER: interpreter(), DISTRIBUTIONS: (*listed, *more), SERVE: command or COMMAND})
    report = judge(facts, EMPTY_MATRIX, select(("PKG001",))[0])
    problem = Problem(subject=subject, message="it is wrong", remedies=(remedy,), location=location)
    report = replace(report, outcomes=(replace(report.outcomes[0], problems=(problem,)),))
    [(_, found)] = for_list(report, facts, form).problems()
    return found


COMMAND = Known(
    value=ServeCommand(model="m", text="vllm serve m"),
    source=Source(kind=SourceKind.FILE, where="/src/Dockerfile", line=7),
)
PIP = ("python", "-m", "pip")


@pytest.mark.parametrize(
    ("commands", "said"),
    [
        (((*PIP, "uninstall", "--yes", "torch", "other"),), "Mend it: take torch out of line 1 of requirements.txt"),
        (((*PIP, "install", "--upgrade", "lib", "more"),), "Mend it: let lib move in requirements.txt"),
        (
            ((*PIP, "install", "torch<2", "new>1"), (*PIP, "uninstall", "--yes", "lib")),
            "Mend it: torch<2 in place of torch==2.0 in line 1 of requirements.txt; add new>1; "
            "take lib out of requirements.txt",
        ),
        (((*PIP, "uninstall", "--yes", "other"),), "Mend it"),
        ((("nvidia-smi",),), "Mend it"),
    ],
)
def test_each_change_names_what_is_listed(commands, said):
    remedy = Remedy(text="Mend it", commands=commands)
    [found] = changed(remedy).remedies
    assert found.text == said
    assert (found == remedy) is (said == "Mend it") and bool(found.commands) is (said == "Mend it")


def test_a_lock_from_which_something_goes_is_left_to_a_person():
    commands = ((*PIP, "install", "torch<2"), (*PIP, "uninstall", "--yes", "lib"))
    [found] = changed(Remedy(text="Mend it", commands=commands), "uv.lock").remedies
    assert (found.safety, found.commands) == (Safety.MANUAL, ())
    both = Remedy(text="Mend it", commands=((*PIP, "install", "torch<2", "lib<2"),))
    [found] = changed(both, "uv.lock").remedies
    assert [command[-1] for command in found.commands] == ["torch<2", "lib<2"]


def test_a_problem_of_the_command_that_a_file_states_is_seen_there():
    given = Source(kind=SourceKind.CONFIG, where="--serve")
    remedy = Remedy(text="Mend it", safety=Safety.MANUAL)
    assert changed(remedy, subject="vllm", location=given).location == COMMAND.source
    assert changed(remedy, subject="torch", location=given).location.line == 1
    elsewhere = Source(kind=SourceKind.CONFIG, where="config.json")
    assert changed(remedy, subject="vllm", location=elsewhere).location == elsewhere
    assert changed(remedy, subject="vllm", location=given, command=unknown()).location == given


def test_what_is_not_of_the_list_is_seen_where_it_is():
    """An environment beside the list, what a command states, and a report that knows no packages."""
    remedy, here = Remedy(text="Mend it", safety=Safety.MANUAL), Source(kind=SourceKind.FILE, where="here")
    stated = distribution("vllm", "1", place=Source(kind=SourceKind.CONFIG, where="--vllm"))
    for more in ((distribution("vllm", "1"),), (stated,)):
        assert changed(remedy, subject="vllm", location=here, more=more).location == here
    report = judge(snapshot({}), EMPTY_MATRIX, select(("PKG001",))[0])
    assert for_list(report, snapshot({}), "uv.lock") == report


def test_what_may_take_any_other_version_is_told_by_its_line_in_a_lock_too():
    move = Remedy(text="Mend it", commands=((*PIP, "install", "--upgrade", "torch"),))
    [found] = changed(move, "uv.lock").remedies
    assert found.text == "Mend it: let torch move in line 1 of uv.lock" and found.safety is Safety.MANUAL

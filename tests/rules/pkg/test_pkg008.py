"""PKG008: the metadata of every installed distribution can be read."""

from __future__ import annotations

from doctor.core.fact import Reason
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS, LEFTOVERS, Leftover
from doctor.core.report import Severity, Verdict
from tests.facts import distribution, interpreter, judge, unknown


def outcome(distributions, leftovers=()):
    return judge("PKG008", {INTERPRETER: interpreter(), DISTRIBUTIONS: distributions, LEFTOVERS: leftovers})


def test_readable():
    assert outcome((distribution("torch", "2.4.0"),)).verdict is Verdict.HEALTHY


def test_unreadable_is_an_error_once():
    torch = distribution("torch", "2.4.0", requires=unknown(Reason.MALFORMED, "it is binary"))
    left = Leftover(kind="no-metadata", name="torch", path=torch.path)
    found = outcome((torch,), (left,))
    [problem] = found.problems
    assert found.severity_of(problem) is Severity.ERROR and "it is binary" in problem.message
    assert found.undetermined


def test_outside_of_the_stack_it_is_a_warning():
    found = outcome((distribution("rich", "13", requires=unknown()),))
    assert found.severity_of(found.problems[0]) is Severity.WARNING and found.undetermined


def test_what_this_user_may_not_read_is_not_deleted_but_not_known_either():
    found = outcome((distribution("torch", "2.4.0", requires=unknown(Reason.NO_PERMISSION)),))
    assert found.verdict is Verdict.UNKNOWN and not found.problems


def test_of_a_shadowed_one_nobody_asks():
    assert outcome((distribution("torch", "1", requires=unknown(), shadowed=True),)).verdict is Verdict.HEALTHY


def test_an_empty_folder_is_a_warning_and_what_is_installed_stays():
    left = Leftover(kind="no-metadata", name="torch", path="/site/torch-1.dist-info")
    found = outcome((distribution("torch", "2.4.0"),), (left,))
    [problem] = found.problems
    assert found.severity_of(problem) is Severity.WARNING
    assert [remedy.commands for remedy in problem.remedies] == [(("rm", "-r", "/site/torch-1.dist-info"),)]
    [alone] = outcome((), (left,)).problems
    assert alone.remedies[1].commands[0][-1] == "torch"


def test_what_nobody_stated_is_not_damaged():
    """A pasted list of versions states no requirements: nothing can be said about METADATA then."""
    found = outcome((distribution("torch", "2.4.0", requires=unknown(Reason.NOT_STATED)),))
    assert found.verdict is Verdict.UNKNOWN
    assert found.problems == ()


def test_each_is_looked_at():
    """A sound one, one that only lacks its requirements, and a leftover of another kind hide none after them."""
    rich = distribution("rich", "13", requires=unknown())
    found = outcome(
        (distribution("torch", "2.4.0"), rich, distribution("peft", "1", requires=unknown())),
        (
            Leftover(kind="hollow", name="mine", path="/site/mine"),
            Leftover(kind="no-metadata", name="old", path="/site/old-1.dist-info"),
        ),
    )
    assert {problem.subject for problem in found.problems} == {"rich", "peft", "old"}


def test_what_nobody_stated_hides_no_damage_behind_it():
    untold, damaged = unknown(Reason.NOT_STATED), unknown(Reason.MALFORMED, "it is binary")
    found = outcome((distribution("torch", "2.4.0", requires=untold), distribution("peft", "1", requires=damaged)))
    assert [problem.subject for problem in found.problems] == ["peft"]


def test_beside_one_that_cannot_be_read_an_empty_folder_does_not_count_as_installed():
    torch = distribution("torch", "2.4.0", requires=unknown(Reason.MALFORMED, "it is binary"))
    found = outcome((torch,), (Leftover(kind="no-metadata", name="torch", path="/site/torch-1.dist-info"),))
    assert [len(problem.remedies) for problem in found.problems] == [1, 2]


def test_code_of_the_stack_that_nobody_owns_is_an_error():
    lefts = tuple(Leftover(kind="unowned", name=name, path=f"/site/{name}") for name in ("flash_attn", "flashinfer"))
    found = outcome((distribution("torch", "2.4.0"),), lefts)
    assert [problem.subject for problem in found.problems] == ["flash-attn", "flashinfer-python"]
    assert {found.severity_of(problem) for problem in found.problems} == {Severity.ERROR}
    [remedy] = found.problems[0].remedies
    assert remedy.commands[0] == ("rm", "-r", "/site/flash_attn") and remedy.commands[1][-1] == "flash-attn"


def test_beside_an_empty_folder_of_metadata_it_is_told_once_and_the_next_too():
    lefts = (
        Leftover(kind="unowned", name="flash_attn", path="/site/flash_attn"),
        Leftover(kind="no-metadata", name="flash_attn", path="/site/flash_attn-1.dist-info"),
        Leftover(kind="unowned", name="triton", path="/site/triton"),
    )
    found = [problem.location.where for problem in outcome((), lefts).problems]
    assert found == ["/site/triton", "/site/flash_attn-1.dist-info"]

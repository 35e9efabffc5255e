"""PKG006: every distribution has one metadata folder in its site-packages."""

from __future__ import annotations

from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS, LEFTOVERS, Leftover
from doctor.core.report import Cause, Severity, Verdict
from tests.facts import distribution, interpreter, judge

STALE = "/env/lib/python3.11/site-packages/torch-2.4.0.dist-info"


def outcome(*leftovers):
    stale = distribution("torch", "2.4.0", shadowed=True)
    facts = {INTERPRETER: interpreter(), DISTRIBUTIONS: (distribution("torch", "2.13.0"), stale), LEFTOVERS: leftovers}
    return judge("PKG006", facts)


def test_shadowed_by_an_earlier_folder_is_sound():
    assert outcome().verdict is Verdict.HEALTHY


def test_two_in_one_folder():
    found = outcome(Leftover(kind="duplicate", name="torch", path=STALE))
    [problem] = found.problems
    assert (found.severity, found.cause) == (Severity.ERROR, Cause.DUPLICATE_OR_CONFLICTING_PACKAGES)
    assert problem.message == (
        "torch has two metadata folders: torch-2.13.0.dist-info fits the files, torch-2.4.0.dist-info does not"
    )
    removal, again = problem.remedies[0].commands
    assert removal == ("rm", "-r", STALE)
    assert again[-1] == "torch==2.13.0"


def test_where_no_other_folder_is_known_only_the_stale_one_is_removed():
    facts = {
        INTERPRETER: interpreter(),
        DISTRIBUTIONS: (),
        LEFTOVERS: (Leftover(kind="duplicate", name="torch", path=STALE),),
    }
    [problem] = judge("PKG006", facts).problems
    assert problem.remedies[0].commands == (("rm", "-r", STALE),)
    assert "another one fits the files" in problem.message


def test_the_remedy_says_what_is_removed_and_what_is_installed_again():
    """A leftover of another kind at another place is the matter of another rule."""
    other = Leftover(kind="renamed", name="torch", path="/site/~orch")
    [problem] = outcome(other, Leftover(kind="duplicate", name="torch", path=STALE)).problems
    assert problem.remedies[0].text == (
        "Remove the metadata that is left of torch 2.4.0, then install 2.13.0 again, in case files of both are mixed"
    )

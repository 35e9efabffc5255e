"""PKG021: the user that starts the stack may read its files."""

from __future__ import annotations

from doctor.core.fact import Reason
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DAMAGED_FILES, DISTRIBUTIONS, DamagedFile
from doctor.core.report import Outcome, Severity, Verdict
from tests.facts import distribution, interpreter, judge, unknown

SITE = "/env/lib/python3.11/site-packages"


def closed(name: str, file: str = "__init__.py", damage: str = "permission") -> DamagedFile:
    return DamagedFile(distribution=name, path=f"{SITE}/{name}/{file}", damage=damage, found="Permission denied")


def judged(*files: DamagedFile, distributions=(), **facts) -> Outcome:
    return judge("PKG021", {INTERPRETER: interpreter(**facts), DISTRIBUTIONS: distributions, DAMAGED_FILES: files})


def test_closed_files_of_the_stack_are_one_error():
    found = judged(closed("cowsay"), closed("torch"), closed("torch", "a.py"))
    [problem] = found.problems
    assert found.severity_of(problem) is Severity.ERROR
    assert problem.message == f"this user may not read files of torch and cowsay: {SITE}/torch/__init__.py"
    assert problem.remedies[0].commands == (("chmod", "-R", "a+rX", "/env"),)


def test_closed_files_of_others_are_a_warning():
    found = judged(closed("cowsay"))
    assert [found.severity_of(problem) for problem in found.problems] == [Severity.WARNING]


def test_closed_metadata_counts_too_unless_nobody_asks_for_it():
    hidden = distribution("peft", "0.21.2", requires=unknown(Reason.NO_PERMISSION))
    [problem] = judged(distributions=(hidden,)).problems
    assert problem.message == f"this user may not read files of peft: {hidden.path}"
    shadowed = distribution("peft", "0.21.2", requires=unknown(Reason.NO_PERMISSION), shadowed=True)
    torn = distribution("trl", "1.0", requires=unknown(Reason.MALFORMED))
    sound = distribution("torch", "2.4.0")
    assert judged(distributions=(shadowed, torn, sound)).verdict is Verdict.HEALTHY


def test_of_an_installation_that_is_no_environment_nothing_is_opened_as_a_whole():
    [problem] = judged(closed("torch"), prefix="/usr", base_prefix="/usr").problems
    assert problem.remedies[0].commands == ()


def test_other_damage_is_another_rules_finding():
    assert judged(closed("torch", damage="missing"), closed("torch", damage="unreadable")).verdict is Verdict.HEALTHY

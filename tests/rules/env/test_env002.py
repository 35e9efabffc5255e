from __future__ import annotations

from doctor.core.machine.system import OVERLAYS, Overlay
from doctor.core.packages.distribution import SHADOWS, Shadow
from doctor.core.report import Outcome, Severity, Verdict
from tests.facts import absent, judge, unknown


def overlay(package: str, hides: str = "/env/torch", variable: str = "PYTHONPATH", folder: str = "/src") -> Overlay:
    return Overlay(variable=variable, folder=folder, package=package, hides=hides)


def outcome(*overlays: Overlay) -> Outcome:
    return judge("ENV002", {OVERLAYS: overlays, SHADOWS: ()})


def test_nothing_outside_is_healthy() -> None:
    assert outcome().verdict is Verdict.HEALTHY


def test_packages_that_hide_the_environments_own_are_one_warning_a_folder() -> None:
    (problem,) = outcome(overlay("torch"), overlay("vllm")).problems
    assert (
        problem.message == "/src (PYTHONPATH) holds torch, vllm, which Python imports instead of the environment's own"
    )
    assert problem.severity is Severity.WARNING
    assert problem.remedies[0].commands == (("unset", "PYTHONPATH"),)


def test_a_package_that_the_environment_lacks_is_worth_knowing() -> None:
    user_site = overlay("peft", hides="", variable="user site", folder="/home/ada/.local")
    (problem,) = outcome(user_site, overlay("vllm", hides="")).problems
    assert problem.message == "/src (PYTHONPATH) holds vllm, which the environment lacks"
    assert problem.severity is Severity.INFO


def test_the_user_site_may_hold_what_the_environment_lacks() -> None:
    assert outcome(overlay("vllm", hides="", variable="user site")).verdict is Verdict.HEALTHY


def test_a_user_site_that_hides_is_switched_off() -> None:
    (problem,) = outcome(overlay("torch", variable="user site", folder="/home/ada/.local")).problems
    assert problem.remedies[0].commands == (("export", "PYTHONNOUSERSITE=1"),)


def test_a_module_that_hides_the_environments_own_is_told_once() -> None:
    """PKG010 says it as an error."""
    shadow = Shadow(module="torch", owner="torch", found="/src/torch.py", expected="/env/torch", entry="python-path")
    found = judge("ENV002", {OVERLAYS: (overlay("torch"), overlay("vllm")), SHADOWS: (shadow,)})
    assert [problem.severity for problem in found.problems] == [Severity.INFO, Severity.WARNING]


def test_unknown_overlays_are_undetermined() -> None:
    assert judge("ENV002", {OVERLAYS: unknown()}).verdict is Verdict.UNKNOWN


def test_what_was_found_outside_is_told_where_shadows_are_not_known() -> None:
    """It may be told twice then, which is better than not at all; the gap is told, too."""
    assert len(judge("ENV002", {OVERLAYS: (overlay("torch"),), SHADOWS: absent()}).problems) == 1
    found = judge("ENV002", {OVERLAYS: (overlay("torch"),), SHADOWS: unknown()})
    assert [problem.severity for problem in found.problems] == [Severity.WARNING]
    assert found.undetermined

from __future__ import annotations

from typing import Any

from doctor.core.machine.system import USER, VARIABLES
from doctor.core.packages.distribution import DISTRIBUTIONS, Distribution
from doctor.core.report import Outcome, Severity, Verdict
from tests.facts import absent, distribution, judge, unknown


def outcome(torch: str, *others: Distribution, user: Any = None, **variables: str) -> Outcome:
    facts = {
        USER: user or absent("user 1002700000 has no name"),
        VARIABLES: variables,
        DISTRIBUTIONS: (distribution("torch", torch), *others),
    }
    return judge("SYS011", facts)


def test_a_user_with_a_name_is_healthy() -> None:
    assert outcome("2.4.0", user="root").verdict is Verdict.HEALTHY


def test_a_user_without_a_name_breaks_the_compile_cache_of_older_torch() -> None:
    (problem,) = outcome("2.4.0").problems
    assert problem.message == "this user has no name; torch 2.4.0 needs one for its compile cache"
    assert problem.severity is Severity.WARNING
    assert outcome("2.13.0+cpu").verdict is Verdict.HEALTHY


def test_naming_the_folder_helps_unless_vllm_asks_at_import() -> None:
    folder = {"TORCHINDUCTOR_CACHE_DIR": "/cache"}
    assert outcome("2.4.0", distribution("vllm", "0.5.5"), **folder).verdict is Verdict.HEALTHY
    (problem,) = outcome("2.11.0", distribution("vllm", "0.22.0"), **folder).problems
    assert problem.severity is Severity.ERROR
    assert (
        problem.message
        == "this user has no name; torch 2.11.0 needs one for its compile cache, and vLLM 0.22.0 asks for it at import"
    )


def test_without_torch_no_one_asks() -> None:
    facts = {USER: absent(), VARIABLES: {}, DISTRIBUTIONS: ()}
    assert judge("SYS011", facts).verdict is Verdict.NOT_APPLICABLE


def test_what_is_not_known_leaves_it_undetermined() -> None:
    assert outcome("nightly").reasons == ("the version of torch cannot be read: nightly",)
    assert outcome("2.4.0", user=unknown()).verdict is Verdict.UNKNOWN

"""What holds for all tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# How fast an example is depends on what else the machine does, which is no fault of what is tested.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

SHARING = {
    "the real environments": ("tests/realenv/", "tests/endtoend/test_proof.py"),
    "the Ray cluster": ("tests/fleet/test_ray",),
    "the validators of others": (
        "tests/formats/test_html.py",
        "tests/formats/test_junit.py",
        "tests/formats/test_sarif.py",
        "tests/test_integrations.py",
    ),
}
"""Files whose tests make something in the cache folder on first use: with ``-n`` they stay in one process."""


def group_of(test: str) -> str:
    """The tests that a test shares a process with: those of its file, or those that share something bigger."""
    return next((group for group, files in SHARING.items() if test.startswith(files)), test.partition("::")[0])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that the rest fills the other processes."""
    order = list(SHARING)
    items.sort(key=lambda item: order.index(found) if (found := group_of(item.nodeid)) in order else len(order))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: Any, log: Callable[..., None]) -> Any:
    """Hand out whole groups, in the order of collection."""
    from xdist.scheduler import LoadScopeScheduling

    class Groups(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return group_of(nodeid)

    config.option.loadscopereorder = False
    return Groups(config, log)

from __future__ import annotations

import pytest

from doctor.core.report import Severity, Verdict
from doctor.rules.model.model040_format_not_stated import _READS_ANY
from tests.models import Draft
from tests.rules.model.folders import OLD, judge, with_versions


def without_metadata(draft: Draft) -> None:
    draft.metadata = {}


def without_format(draft: Draft) -> None:
    draft.metadata = {"made by": "hand"}


@pytest.mark.parametrize("version", ["4.44.2", "4.47.1"])
def test_old_releases_need_metadata(version: str):
    found = judge("MODEL040", without_metadata, distributions=with_versions(transformers=version))
    assert found.severity is Severity.ERROR
    assert f"transformers {version} refuses it" in found.problems[0].message


@pytest.mark.parametrize("version", ["4.44.2", "4.48.0", "4.57.6"])
def test_release_4_needs_the_format_where_there_is_metadata(version: str):
    found = judge("MODEL040", without_format, distributions=with_versions(transformers=version))
    assert found.verdict is Verdict.PROBLEM


def test_healthy():
    later = with_versions(transformers="4.48.0")
    assert judge("MODEL040", without_metadata, distributions=later).verdict is Verdict.HEALTHY
    for change in (without_metadata, without_format):
        assert judge("MODEL040", change).verdict is Verdict.HEALTHY
        assert judge("MODEL040", change, distributions=()).verdict is Verdict.HEALTHY
    assert judge("MODEL040", distributions=OLD).verdict is Verdict.HEALTHY


def test_the_first_release_that_needs_none():
    first = with_versions(transformers=str(_READS_ANY))
    assert judge("MODEL040", without_format, distributions=first).verdict is Verdict.HEALTHY

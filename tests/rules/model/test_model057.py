from __future__ import annotations

from doctor.core.report import Severity, Verdict
from doctor.rules.model.model057_merges_as_pairs import _READS_PAIRS
from tests.rules.model.folders import OLD, judge, with_versions


def test_old_releases_read_texts_only():
    found = judge("MODEL057", distributions=OLD)
    assert found.severity is Severity.ERROR
    assert "tokenizers 0.19.1" in found.problems[0].message


def test_healthy_and_not_applicable():
    texts = lambda draft: draft.tokenizer["model"].update(merges=["h e"])  # noqa: E731
    assert judge("MODEL057", texts, distributions=OLD).verdict is Verdict.HEALTHY
    assert judge("MODEL057").verdict is Verdict.HEALTHY
    assert judge("MODEL057", distributions=()).verdict is Verdict.NOT_APPLICABLE


def test_the_first_release_that_reads_them():
    assert judge("MODEL057", distributions=with_versions(tokenizers=str(_READS_PAIRS))).verdict is Verdict.HEALTHY


def test_a_piece_with_a_space_can_be_written_as_a_pair_only():
    assert judge("MODEL057", distributions=OLD).problems[0].remedies[0].text.endswith("every release reads them.")
    spaced = lambda draft: draft.tokenizer["model"].update(merges=[["h ", "e"]])  # noqa: E731
    assert (
        judge("MODEL057", spaced, distributions=OLD).problems[0].remedies[0].text == "Save it with tokenizers 0.19.1."
    )

"""Folders that differ."""

from __future__ import annotations

import pytest

from doctor.core.fleet.node import FOLDER_DIGESTS, FolderDigest
from doctor.core.report import Cause, Verdict
from tests.facts import absent, unknown
from tests.fleets import arrive, nodes, outcome_of
from tests.rules.flt.broken import folder


def with_folders(*folders):
    return {FOLDER_DIGESTS: folders}


def test_an_adapter_that_lies_on_the_first_node_only():
    adapter = folder(role="adapter", path="/adapters/a")
    outcome = outcome_of(
        "FLT013", nodes(with_folders(folder(), adapter), with_folders(folder()), with_folders(folder()))
    )
    (finding,) = outcome.findings
    assert finding.problem.subject == "adapter /adapters/a"
    assert outcome.cause_of(finding) is Cause.LORA_ADAPTER_FORMAT
    (remedy,) = finding.problem.remedies
    assert remedy.text == "Copy /adapters/a from node1 to node[2-3]"
    assert remedy.commands == (("rsync", "-a", "--checksum", "node1:/adapters/a/", "/adapters/a/"),)


def test_an_older_adapter_under_the_same_path():
    outcome = outcome_of("FLT013", nodes(*(with_folders(folder(digest)) for digest in "aab")))
    (finding,) = outcome.findings
    assert outcome.cause_of(finding) is Cause.MODEL_WEIGHTS_INCOMPLETE
    assert finding.nodes == (2,)
    (remedy,) = finding.problem.remedies
    assert remedy.text == "Copy /models/m from node1 to node3"
    assert remedy.commands[0][-2:] == ("node1:/models/m/", "/models/m/")


@pytest.mark.parametrize("digests", ["ab", "aabb", "a.b..", "abc"])
def test_where_nothing_tells_which_is_right_a_person_has_to_say(digests: str):
    """A dot is a node that has no such folder."""
    has = (with_folders(folder(digest)) if digest != "." else with_folders() for digest in digests)
    (finding,) = outcome_of("FLT013", nodes(*has)).findings
    assert [remedy.commands for remedy in finding.problem.remedies] == [()]


def test_a_folder_that_is_known_to_be_missing():
    gone = FolderDigest(role="model", path="/models/m", content=absent("it is not there"))
    (finding,) = outcome_of(
        "FLT013", nodes(with_folders(folder()), with_folders(folder()), with_folders(gone))
    ).findings
    assert [share.text.partition(" ")[0] for share in finding.shares] == ["a" * 12, "not"]


def test_a_folder_that_may_not_be_read_is_undetermined():
    closed = FolderDigest(role="model", path="/models/m", content=unknown())
    assert outcome_of("FLT013", nodes(with_folders(folder()), with_folders(closed))).verdict is Verdict.UNKNOWN


def test_a_head_that_does_not_serve_may_have_another():
    head = arrive("head", 9, facts=with_folders(folder("b")), of="sound_cpu", role="head")
    two = nodes(with_folders(folder()), with_folders(folder()))
    assert outcome_of("FLT013", [*two, head]).verdict is Verdict.HEALTHY

"""The HTML report, in a real browser where there is one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from doctor.core.machine.ladder import Ladder, Ladders, Rung
from doctor.core.report import Remedy, Verdict
from doctor.core.rule import unstated
from doctor.core.serving import GIB
from doctor.core.size import say_bytes
from doctor.formats.html import KINDS as ENTRY_KINDS
from doctor.formats.html import render
from doctor.formats.serving_html import render as render_plan
from doctor.serving.advice import plan_server
from doctor.serving.demand import demand_of
from doctor.serving.wishes import Hardware, Wishes
from tests.formats.pages import EXTERNAL, tags_of
from tests.formats.reports import BROKEN, KINDS, TOLD, UNDETERMINED, outcome, problem, rendering, report
from tests.formats.validators import browse, look_at
from tests.serving.models import LLAMA_8B, folder_of

COMPATIBILITY = Path(__file__).resolve().parents[2] / "docs" / "compatibility.html"
HARDWARE = Hardware(name="NVIDIA L40S", memory=45 * GIB, free=40 * GIB, capability=(8, 9))
PLAN = plan_server("/models/served", demand_of(folder_of(LLAMA_8B), None), HARDWARE, Wishes(ranks=(64,)))
LADDERS = Ladders(
    release="vllm 0.5.5",
    set="vllm-0.5.5",
    exact=True,
    ladders=(
        Ladder(
            package="torch",
            installed="2.5.1",
            wanted="2.4.0",
            allowed="==2.4.0",
            fits=False,
            demands=("vllm 0.5.5 needs torch==2.4.0",),
            rungs=(
                Rung(label="2.3", allowed=False),
                Rung(label="2.4.0", allowed=True, wanted=True),
                Rung(label="2.5.1", allowed=False, installed=True),
                Rung(label="2.15", allowed=False, skipped=True),
            ),
        ),
        Ladder(package="peft", installed="", wanted="0.12.0", allowed="", fits=None),
    ),
)
PICTURED = rendering(BROKEN, TOLD, plan=PLAN, ladders=LADDERS)


def test_a_person_filters_copies_and_reads_it_in_chromium(tmp_path):
    page = tmp_path / "report.html"
    page.write_text(render(rendering(BROKEN)), encoding="utf-8")
    seen = browse(page, tmp_path / "report.png")
    assert (seen["errors"], seen["healthy"], seen["healthyShown"], seen["errorsHidden"]) == (1, 0, 1, 0)
    assert seen["others"] == 0
    assert seen["copied"] == seen["command"] == "/env/bin/python -m pip install 'torch<2.5'"
    assert seen["phoneScrolls"] is False
    assert seen["violations"] == {"light": [], "dark": []}
    assert seen["said"] == []  # its own content policy is not broken
    assert set(seen["requests"]) == {page.as_uri()}


def test_the_pictures_are_true_and_readable_in_chromium(tmp_path):
    """On a desktop and a phone, light and dark, by eye and by ear; and so is the page of what fits what."""
    report, plan = tmp_path / "report.html", tmp_path / "plan.html"
    report.write_text(render(PICTURED), encoding="utf-8")
    plan.write_text(render_plan(PLAN), encoding="utf-8")
    seen = look_at(report, plan, COMPATIBILITY, screenshots=tmp_path)
    for page in seen.values():
        assert page["violations"] == []
        assert page["said"] == []
        assert page["scrolls"] == []
        assert len(set(page["requests"])) == 1
    shares = [segment.size / PLAN.memory for segment in PLAN.segments]
    for page in (seen["report"], seen["plan"]):
        for pictures in page["pictures"]:
            assert len(pictures) == PLAN.gpus
            assert pictures[0]["shares"] == pytest.approx([share for share in shares if share], abs=0.005)
            assert "14.96 GiB weights" in pictures[0]["label"]


def test_all_that_a_picture_shows_stands_in_words():
    text = render(PICTURED)
    for segment in PLAN.segments:
        assert f"{say_bytes(segment.size)}</td>" in text
        assert segment.detail in text
    assert "2.5.1 is installed, and vllm 0.5.5 needs ==2.4.0; the set has 2.4.0." in " ".join(text.split())
    assert "No plan can be made" not in text
    assert "No plan can be made: there is no GPU" in render(rendering(BROKEN, no_plan="there is no GPU here"))


def test_what_several_rules_could_not_judge_is_told_once():
    unknown = {"verdict": Verdict.UNKNOWN, "evidence": ()}
    shared, limits = "the driver did not answer", unstated("limits")
    outcomes = (
        outcome("GPU001", reasons=(shared,), **unknown),
        outcome("GPU002", reasons=(shared, limits), **unknown),
        outcome("SYS001", reasons=(limits,), **unknown),
        outcome("SYS002", reasons=("only this `df`",), **unknown),
    )
    text = render(rendering(report(*outcomes)))
    assert text.count(f"<p>{shared}</p>") == 1
    assert text.count("<p>limits</p>") == 1
    assert "undetermined: 2 rules" in text
    assert "<li><code>limits</code>: GPU002 SYS001</li>" in text
    assert "<li>GPU001 The title of GPU001</li>" in text
    assert "undetermined: SYS002 name-of-sys002" in text
    assert "<p>only this <code>df</code></p>" in text
    assert '"entry k-undetermined t-GPU t-SYS"' in text


def test_without_pictures_there_is_no_place_for_them():
    text = render(rendering(BROKEN))
    assert 'id="memory"' not in text
    assert 'id="versions"' not in text


@pytest.mark.parametrize("kind", KINDS)
def test_needs_nothing_from_elsewhere(kind):
    assert not EXTERNAL.search(render(rendering(KINDS[kind])))


@pytest.mark.parametrize("kind", KINDS)
def test_every_outcome_is_told_and_every_kind_has_words(kind):
    text = render(rendering(KINDS[kind]))
    for item in KINDS[kind].outcomes:
        assert item.code in text
    for name in set(re.findall(r'class="entry k-([\w-]+)', text)):
        assert f"{name.replace('-', ' ')}: " in text
        assert name in ENTRY_KINDS


def test_what_could_not_be_judged_is_the_verdict():
    assert 'class="verdict v-undetermined"' in render(rendering(UNDETERMINED))


def test_nothing_of_the_patient_becomes_markup_or_a_control():
    bad = '</style><script>alert(1)</script><img src=x onerror="y">\x1b[31m\u202e'
    remedy = Remedy(text=bad, commands=((bad,),))
    judged = report(outcome("PKG001", Verdict.PROBLEM, problem(bad, bad, remedies=(remedy,)), reasons=(bad,)))
    text = render(rendering(judged, why=bad))
    plain = tags_of(render(rendering(BROKEN)))
    assert set(tags_of(text)) <= set(plain)
    assert tags_of(text).count("script") == 1
    assert "\x1b" not in text
    assert "\u202e" not in text

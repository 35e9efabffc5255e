"""Platforms that differ."""

from __future__ import annotations

from doctor.core.fleet.node import HOST
from doctor.core.interpreter import PLATFORM
from doctor.core.report import Verdict
from tests.facts import host, known, platform
from tests.fleets import arrive, nodes, outcome_of


def test_a_node_beside_the_container():
    inside = {PLATFORM: platform(container="docker", distribution="Ubuntu 22.04", libc_version="2.35")}
    findings = outcome_of("FLT019", nodes(inside, inside, {})).findings
    assert {finding.problem.subject for finding in findings} == {
        "the container",
        "the libc",
        "the system",
    }
    assert {finding.nodes for finding in findings} == {(2,)}


def test_another_kernel_is_no_difference():
    assert outcome_of("FLT019", nodes({}, {PLATFORM: platform(release="6.9.1")})).verdict is Verdict.HEALTHY


def test_an_image_that_the_launcher_names():
    images = [
        {HOST: host(f"node{number}", f"10.0.0.{number}", image=known(f"vllm@sha256:{digest}"))}
        for number, digest in ((2, "a"), (3, "b"))
    ]
    (finding,) = outcome_of("FLT019", nodes(*images)).findings
    assert finding.problem.subject == "the container image"


def test_a_head_that_does_not_serve_may_have_another():
    head = arrive("head", 9, facts={PLATFORM: platform(distribution="Ubuntu 22.04")}, of="sound_cpu", role="head")
    assert outcome_of("FLT019", [*nodes({}, {}), head]).verdict is Verdict.HEALTHY

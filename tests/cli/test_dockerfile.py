"""`--dockerfile`: an image is judged before it is built."""

from __future__ import annotations

import json

import pytest

IMAGE = """ARG TAG=11.8.0-devel-ubuntu22.04
FROM nvidia/cuda:${TAG}
RUN apt-get update && apt-get install -y python3-pip
RUN pip install --no-cache-dir \\
    vllm==0.5.5 \\
    torch==2.5.1
CMD ["vllm", "serve", "/models/m", "--max-lora-rank", "8", "--no-such-option"]
"""


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "Dockerfile"
    path.write_text(IMAGE)
    return path


def judged(doctor, *options):
    done = doctor("check", *options, "--format", "json")
    return done, {item["code"]: item for item in json.loads(done.stdout)["outcomes"] if item["problems"]}


def test_each_finding_lies_in_its_line(doctor, image):
    done, told = judged(doctor, "--dockerfile", image)
    assert done.returncode == 1, done.stderr
    lines = {code: told[code]["problems"][0]["location"] for code in ("PKG001", "SYS012", "SERVE001")}
    assert {code: place["line"] for code, place in lines.items()} == {"PKG001": 6, "SYS012": 2, "SERVE001": 7}
    assert {place["where"] for place in lines.values()} == {str(image)}


def test_arguments_and_a_target_change_the_verdict(doctor, image):
    # A branch that NVIDIA supports no CUDA 12.4 on, unlike 535.
    target = ("--target-gpu", "T4", "--target-driver", "545.23.08")
    _, told = judged(doctor, "--dockerfile", image, *target, "--build-arg", "TAG=12.4.1-devel-ubuntu22.04")
    assert "GPU018" in told and "GPU007" in told and "SYS012" not in told


def test_a_command_that_is_given_comes_before_that_of_the_image(doctor, image):
    _, told = judged(doctor, "--dockerfile", image, "--serve", "vllm serve /models/m")
    assert "SERVE001" not in told


def test_the_report_speaks_of_lines(doctor, image):
    done = doctor("check", "--dockerfile", image)
    assert "torch==2.4.0 in place of torch==2.5.1 in line 6 of Dockerfile" in " ".join(done.stdout.split())


def test_what_is_no_dockerfile(doctor, tmp_path):
    path = tmp_path / "Dockerfile"
    path.write_text("vllm==0.5.5\n")
    done = doctor("check", "--dockerfile", path)
    assert done.returncode == 2 and "is no Dockerfile" in done.stderr

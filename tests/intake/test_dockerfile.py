"""Dockerfiles as people write them: what the image would hold, and what it would start."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doctor.core.errors import TargetError
from doctor.core.fact import Known, Unknown
from doctor.core.interpreter import INTERPRETER, PLATFORM
from doctor.core.machine.gpu import GPUS
from doctor.core.machine.system import TOOLKITS, VARIABLES
from doctor.core.packages.distribution import DISTRIBUTIONS, MOST_DISTRIBUTIONS
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.reading import READING
from doctor.core.serve import SERVE
from doctor.intake.docker.images import image_of
from doctor.intake.docker.shell import commands_of, expand
from doctor.intake.dockerfile import read_dockerfile
from doctor.intake.target import target_of
from tests.intake.images import Build, pins, unread


class TestBaseImages:
    @pytest.mark.parametrize(
        ("reference", "python", "system", "cuda", "packages"),
        [
            ("python:3.11-slim-bookworm", "3.11", "bookworm", "", ()),
            ("docker.io/library/python:3.12.7", "3.12.7", "", "", ()),
            ("python:3.11-slim", "3.11", "", "", ()),
            ("python:latest", "", "", "", ()),
            ("ubuntu:22.04", "", "ubuntu22.04", "", ()),
            ("ubuntu:jammy-20240808", "", "ubuntu22.04", "", ()),
            ("ubuntu:rolling", "", "", "", ()),
            ("ubuntu:12.04", "", "", "", ()),
            ("debian:bookworm-slim", "", "bookworm", "", ()),
            ("debian:12.6", "", "bookworm", "", ()),
            ("debian:12-slim", "", "bookworm", "", ()),
            ("rockylinux:9.3", "", "rockylinux9", "", ()),
            ("rockylinux:10", "", "", "", ()),
            ("redhat/ubi8:8.10", "", "ubi8", "", ()),
            ("nvidia/cuda:12.4.1-base-alma9", "", "", "12.4", ()),
            ("nvidia/cuda:12.4.1-cudnn-devel-ubuntu22.04@sha256:00", "", "ubuntu22.04", "12.4", ()),
            ("nvcr.io/nvidia/cuda:11.8.0-base-ubi8", "", "ubi8", "11.8", ()),
            ("pytorch/pytorch:2.4.0-cuda12.1-cudnn9-runtime", "", "", "12.1", (("torch", "2.4.0+cu121"),)),
            ("vllm/vllm-openai:v0.6.3.post1", "", "", "", (("vllm", "0.6.3.post1"),)),
            ("ghcr.io/astral-sh/uv:python3.12-bookworm-slim", "3.12", "bookworm", "", ()),
        ],
    )
    def test_what_a_tag_tells(self, reference: str, python: str, system: str, cuda: str, packages: object) -> None:
        found = image_of(reference)
        assert (found.python, found.system, found.cuda, found.packages) == (python, system, cuda, packages)
        assert found.known

    @pytest.mark.parametrize(
        "reference",
        ["nvidia/cuda:latest", "pytorch/pytorch:latest", "ghcr.io/astral-sh/uv:0.9", "rocm/vllm:latest", "Bad Name:"],
    )
    def test_a_tag_of_another_form_tells_nothing(self, reference: str) -> None:
        found = image_of(reference)
        assert (found.known, found.python, found.system, found.cuda, found.packages) == (False, "", "", "", ())

    @pytest.mark.parametrize(
        "reference", ["example.org/team/base:1", "vllm/vllm-openai:latest", "nvcr.io/nvidia/pytorch:24.05-py3"]
    )
    def test_of_others_nothing_is_guessed(self, build: Build, reference: str) -> None:
        found = build(f"FROM {reference}\nRUN pip install peft==0.15.0\n")
        assert f"what is installed in the base image {reference} is not stated" in unread(found)
        assert found.get(READING).value.unpinned == (reference,)

    @pytest.mark.parametrize(
        ("packages", "version"),
        [("python3-pip", "3.10"), ("python3.12 python3.12-venv", "3.12"), ("python3.10 python3-pip", "3.10")],
    )
    def test_the_python_that_the_system_brings(self, build: Build, packages: str, version: str) -> None:
        base = "FROM ubuntu:22.04\nRUN apt-get update && apt-get install -y"
        assert build(f"{base} {packages}\nRUN pip install x==1\n").get(INTERPRETER).value.version == version
        # Debian's pip belongs to the system's Python, whatever /usr/bin/python was made to be.
        mixed = build(f"{base} python3.11 python3-pip\nRUN pip install x==1\n")
        assert mixed.get(INTERPRETER).value.version == ""

    def test_rocm(self, build: Build) -> None:
        assert "no NVIDIA GPU" in build("FROM rocm/pytorch:latest\nRUN pip install peft==0.15.0\n").get(GPUS).detail

    def test_python_glibc_and_toolkit(self, build: Build) -> None:
        found = build(
            "FROM --platform=linux/arm64 nvidia/cuda:12.4.1-devel-ubuntu22.04\n"
            "RUN apt-get update && apt-get install -y python3-pip\nRUN pip install torch==2.6.0\n"
        )
        assert found.get(INTERPRETER).value.version == "3.10"
        platform = found.get(PLATFORM).value
        assert (platform.libc_version, platform.machine) == ("2.35", "aarch64")
        assert [item.version for item in found.get(TOOLKITS).value] == ["12.4"]
        image = found.get(READING).value.image
        assert (image.cuda, image.line, image.demands) == ("12.4", 1, True)

    def test_a_torch_that_may_be_replaced_is_not_stated(self, build: Build) -> None:
        base = "FROM pytorch/pytorch:2.4.0-cuda12.1-cudnn9-runtime\n"
        assert pins(build(base)) == {"torch": "2.4.0+cu121"}
        assert build(base).get(TORCH_BUILD).value.cuda == "12.1"
        found = build(f"{base}RUN pip install vllm==0.6.6\n")
        assert pins(found) == {"vllm": "0.6.6"} and "may be replaced" in unread(found)
        assert pins(build(f"{base}RUN pip install --no-deps vllm==0.6.6\n"))["torch"] == "2.4.0+cu121"


class TestEnvironments:
    def test_the_one_that_is_started_is_judged(self, build: Build) -> None:
        found = build(
            "FROM python:3.11\nRUN python -m venv /srv/vllm && /srv/vllm/bin/pip install vllm==0.5.5\n"
            "RUN python -m venv /srv/doctor && /srv/doctor/bin/pip install rich==13.9.4 msgspec==0.19.0\n"
            'ENTRYPOINT ["/srv/vllm/bin/vllm", "serve", "/m"]\n'
        )
        assert pins(found) == {"vllm": "0.5.5"} and found.get(INTERPRETER).value.version == "3.11"

    @pytest.mark.parametrize(
        "text",
        [
            "RUN python3.11 -m venv /opt/venv\nENV PATH=/opt/venv/bin:$PATH\nRUN pip install vllm==0.5.5\n",
            "RUN uv venv --python 3.11 /opt/venv\nENV VIRTUAL_ENV=/opt/venv\nRUN uv pip install vllm==0.5.5\n",
            "RUN uv venv -p 3.11 /opt/venv && uv pip install --python /opt/venv/bin/python vllm==0.5.5\n",
            "RUN python3.11 -m venv /opt/venv && . /opt/venv/bin/activate && pip install vllm==0.5.5\n",
        ],
    )
    def test_ways_to_make_one(self, build: Build, text: str) -> None:
        found = build(f"FROM ubuntu:24.04\n{text}CMD vllm serve /m\n")
        assert pins(found) == {"vllm": "0.5.5"} and found.get(INTERPRETER).value.version == "3.11"

    def test_a_later_stage_gets_what_is_copied(self, build: Build) -> None:
        found = build(
            "FROM python:3.11-slim AS build\nRUN python -m venv /opt/venv && /opt/venv/bin/pip install vllm==0.5.5\n"
            "FROM python:3.11-slim-bookworm\nCOPY --from=build /opt/venv /opt/venv\n"
            'CMD ["/opt/venv/bin/vllm", "serve"]\n'
        )
        assert pins(found) == {"vllm": "0.5.5"} and found.get(PLATFORM).value.libc_version == "2.36"

    def test_a_stage_upon_a_stage_holds_it_and_another_does_not(self, build: Build) -> None:
        base = "FROM python:3.11 AS base\nRUN pip install torch==2.4.0\n"
        assert pins(build(f"{base}FROM base\nRUN pip install peft==0.12.0\n")) == {"torch": "2.4.0", "peft": "0.12.0"}
        assert pins(build(f"{base}FROM python:3.12\nRUN pip install peft==0.12.0\n")) == {"peft": "0.12.0"}


class TestStart:
    @pytest.mark.parametrize(
        "text",
        [
            'ENTRYPOINT ["vllm", "serve"]\nCMD ["/m", "--enable-lora"]\n',
            "CMD vllm serve /m --enable-lora\n",
            'CMD ["bash", "-c", "exec vllm serve /m --enable-lora"]\n',
            'ENTRYPOINT ["python3", "-m", "vllm.entrypoints.openai.api_server"]\n'
            'CMD ["--model", "/m", "--enable-lora"]\n',
            "ENV MODEL=/m\nCMD vllm serve $MODEL --enable-lora\n",
        ],
    )
    def test_the_command_is_that_of_the_server(self, build: Build, text: str) -> None:
        found = build(f"FROM python:3.11\nRUN pip install vllm==0.5.5\n{text}").get(SERVE)
        assert isinstance(found, Known) and found.value.model == "/m" and found.value.on("enable_lora")
        assert found.source.line is not None and found.source.line > 2

    def test_of_vllms_own_image_only_arguments_are_given(self, build: Build) -> None:
        found = build('FROM vllm/vllm-openai:v0.6.3\nCMD ["--model", "/m", "-tp", "2"]\n').get(SERVE)
        assert isinstance(found, Known) and found.value.number("tensor_parallel_size") == 2

    def test_variables_are_known_and_secrets_not_kept(self, build: Build) -> None:
        token = "hf_" + "a" * 34
        found = build(
            f'FROM python:3.11\nENV VLLM_USE_V1=0 HF_TOKEN={token}\nENV A="b c"\nRUN pip install vllm==0.10.0\n'
        )
        variables = found.get(VARIABLES).value
        assert (variables["VLLM_USE_V1"], variables["A"]) == ("0", "b c") and token not in str(variables)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no Dockerfile"),
        ("FOO bar\n", "is no Dockerfile"),
        ("RUN true\n", "has no FROM"),
        ("FROM python:3.11\nRUN pip install 'torch==2.4.0\n", "line 2 of .* cannot be split"),
        ("FROM python:3.11\nRUN pip install 'torch = 2'\n", "line 2 of .* is no requirement"),
        ("FROM python:3.11\n" + "RUN true\n" * 20_000, "has more than 128 KiB: this is no Dockerfile"),
    ],
)
def test_what_is_none_is_one_clear_error(build: Build, text: str, said: str) -> None:
    with pytest.raises(TargetError, match=said):
        build(text)


def test_what_commands_print_stays_one_word() -> None:
    assert list(commands_of("a x$(b $(c) | d)y `e f` && g")) == [["a", "x${...}y", "${...}"], ["g"]]


def test_words_of_a_shell() -> None:
    text = 'set -e; A=1 pip install "x[y]==1" \\\n z#egg=1 && (cd /a || true) # end\npip list'
    assert list(commands_of(text)) == [
        ["set", "-e"],
        ["A=1", "pip", "install", "x[y]==1", "z#egg=1"],
        ["cd", "/a"],
        ["true"],
        ["pip", "list"],
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$A-${A}", "1-1"),
        ("${B:-2}${A:+3}", "23"),
        ("${B}", "${B}"),
        (r"\$A", r"\$A"),
        ("${B:-$A}", "1"),
        ("${E:-x}", "x"),
    ],
)
def test_variables_are_replaced(text: str, expected: str) -> None:
    assert expand(text, {"A": "1", "E": ""}) == expected


@settings(max_examples=60)
@given(
    st.lists(
        st.sampled_from(
            [
                "FROM python:3.11",
                "FROM a AS b",
                "ARG X=1",
                "ENV A=$X",
                "RUN pip install x==$X",
                "RUN pip install -r",
                "COPY",
                "CMD [",
            ]
        )
        | st.text(alphabet="RUN pip=$x[]{}\"'\\\n-", max_size=20),
        max_size=6,
    )
)
def test_whatever_is_written_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    path = tmp_path_factory.mktemp("any") / "Dockerfile"
    path.write_text("\n".join(lines))
    try:
        snapshot = read_dockerfile(path, target_of())
    except TargetError:
        return
    assert isinstance(snapshot.get(DISTRIBUTIONS), (Known, Unknown))


def test_an_image_with_more_distributions_than_any_holds_is_refused(build: Build):
    names = " ".join(f"p{number}==1" for number in range(MOST_DISTRIBUTIONS // 2 + 1))
    text = f"FROM python:3.11\nRUN pip install {names}\nRUN pip install {names.replace('p', 'q')}\n"
    with pytest.raises(TargetError, match="names more than 2,500 distributions"):
        build(text)

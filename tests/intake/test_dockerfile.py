"""Dockerfiles as people write them: what the image would hold, and what it would start."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doctor.core.distribution import DISTRIBUTIONS, MOST_DISTRIBUTIONS
from doctor.core.errors import TargetError
from doctor.core.extension import TORCH_BUILD
from doctor.core.fact import Known, Unknown
from doctor.core.gpu import GPUS
from doctor.core.interpreter import INTERPRETER, PLATFORM
from doctor.core.reading import READING
from doctor.core.serve import SERVE
from doctor.core.snapshot import Snapshot
from doctor.core.system import TOOLKITS, VARIABLES
from doctor.intake.docker.images import image_of
from doctor.intake.docker.shell import commands_of, expand
from doctor.intake.dockerfile import read_dockerfile
from doctor.intake.target import target_of


class Build:
    """A build context in which a Dockerfile is read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, text: str, *, arguments: tuple[str, ...] = (), **files: str) -> Snapshot:
        for name, content in files.items():
            (self.folder / f"{name}.txt").write_text(content)
        path = self.folder / "Dockerfile"
        path.write_text(text)
        return read_dockerfile(path, target_of(arguments=arguments))


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return Build(tmp_path)


def pins(snapshot: Snapshot) -> dict[str, str]:
    return {item.name: item.version for item in snapshot.get(DISTRIBUTIONS).value}


def unread(snapshot: Snapshot) -> str:
    return " | ".join(snapshot.get(READING).value.unread)


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


class TestInstalls:
    def test_arguments_and_variables(self, build: Build) -> None:
        text = (
            "ARG PY=3.11\nFROM python:${PY}-slim\nARG TORCH=2.4.0\nENV VLLM=0.5.5\n"
            'RUN pip install "torch==${TORCH}" vllm==$VLLM peft==${PEFT:-0.12.0}\n'
        )
        assert pins(build(text)) == {"torch": "2.4.0", "vllm": "0.5.5", "peft": "0.12.0"}
        given = build(text, arguments=("TORCH=2.5.1", "PY=3.12"))
        assert pins(given)["torch"] == "2.5.1" and given.get(INTERPRETER).value.version == "3.12"

    def test_what_depends_on_what_nobody_gives(self, build: Build) -> None:
        found = build("FROM python:3.11\nARG TORCH\nRUN pip install torch==${TORCH} peft==0.12.0\n")
        assert pins(found) == {"peft": "0.12.0"} and "torch==${TORCH} in line 3" in unread(found)
        with pytest.raises(TargetError, match="depends on an ARG without a value"):
            build("ARG TAG\nFROM python:$TAG\n")

    def test_what_buildkit_gives_by_itself(self, tmp_path: Path) -> None:
        path = tmp_path / "Dockerfile"
        path.write_text(
            "ARG TARGETARCH\nFROM python:3.10 AS base-amd64\nFROM python:3.12 AS base-arm64\nFROM base-${TARGETARCH}\n"
        )
        found = read_dockerfile(path, target_of(platform="linux/arm64"))
        assert found.get(READING).value.image.line == 3

    def test_files_come_from_the_build_context(self, build: Build) -> None:
        text = (
            "FROM python:3.11-slim\nWORKDIR /app\nCOPY requirements.txt pins.txt ./\n"
            "RUN pip install --no-cache-dir -r requirements.txt -c pins.txt\n"
        )
        found = build(text, requirements="vllm==0.5.5\npeft\n", pins="peft==0.12.0\nunused==1\n")
        assert pins(found) == {"vllm": "0.5.5", "peft": "0.12.0"}
        vllm = next(item for item in found.get(DISTRIBUTIONS).value if item.name == "vllm")
        assert vllm.place.where.endswith("requirements.txt") and vllm.place.line == 1

    @pytest.mark.parametrize(
        "text",
        [
            "COPY . /src\nRUN pip install -r /src/requirements.txt\n",
            "COPY requirements.txt /tmp/r.txt\nRUN pip install -r /tmp/r.txt\n",
            "ADD require*.txt /tmp/\nRUN cd /tmp && pip install -r requirements.txt\n",
            "RUN --mount=type=bind,source=requirements.txt,target=/r.txt uv pip install --system -r /r.txt\n",
        ],
    )
    def test_ways_in_which_a_file_gets_there(self, build: Build, text: str) -> None:
        assert pins(build(f"FROM python:3.11\n{text}", requirements="vllm==0.5.5\n")) == {"vllm": "0.5.5"}

    def test_a_file_that_is_not_there(self, build: Build) -> None:
        found = build("FROM python:3.11\nRUN pip install -r gone.txt peft==0.12.0\n")
        assert "gone.txt, which line 2 installs from, is not in the build context" in unread(found)

    def test_nothing_is_read_from_outside_of_the_context(self, tmp_path: Path) -> None:
        (tmp_path / "secret.txt").write_text("vllm==0.5.5\n")
        folder = tmp_path / "context"
        folder.mkdir()
        found = Build(folder)("FROM python:3.11\nCOPY ../secret.txt /r.txt\nRUN pip install -r /r.txt peft==0.12.0\n")
        assert pins(found) == {"peft": "0.12.0"}

    @pytest.mark.parametrize(
        "command",
        [
            "pip install --index-url https://download.pytorch.org/whl/cu121 torch==2.4.0",
            "uv pip install --system --torch-backend=cu121 torch==2.4.0",
            "python3 -m pip install torch==2.4.0 --extra-index-url=https://download.pytorch.org/whl/cu121",
            "PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cu121 pip install torch==2.4.0",
        ],
    )
    def test_the_index_of_torch_labels_its_builds(self, build: Build, command: str) -> None:
        found = build(f"FROM python:3.11\nRUN {command}\n")
        assert pins(found) == {"torch": "2.4.0+cu121"} and found.get(TORCH_BUILD).value.cuda == "12.1"

    def test_an_index_that_is_computed_leaves_the_build_of_torch_open(self, build: Build) -> None:
        index = "https://download.pytorch.org/whl/cu$(echo $CUDA | tr -d '.')"
        found = build(f"FROM python:3.11\nRUN pip install --index-url {index} torch==2.4.0 peft==0.12.0\n")
        assert pins(found) == {"peft": "0.12.0"} and "torch==2.4.0 in line 2" in unread(found)

    def test_later_commands_win_and_bare_names_keep_what_is_there(self, build: Build) -> None:
        found = build(
            "FROM python:3.11\nRUN pip install torch==2.4.0 numpy==1.26.4\n"
            "RUN pip install torch==2.5.1 && pip install numpy\nRUN pip uninstall -y numpy\n"
        )
        assert pins(found) == {"torch": "2.5.1"}
        assert next(iter(found.get(DISTRIBUTIONS).value)).place.line == 3

    @pytest.mark.parametrize(("more", "stays"), [("numpy>=1.20", True), ("numpy<1.25", False)])
    def test_what_is_there_satisfies_a_range_or_gives_way(self, build: Build, more: str, stays: bool) -> None:
        found = build(
            f"FROM python:3.11\nRUN pip --no-cache-dir install numpy==1.26.4\nRUN pip install x==1 '{more}'\n"
        )
        assert found.get(READING).value.unpinned == (() if stays else (more,))
        assert ("numpy" in pins(found)) is stays

    def test_each_requirement_of_a_long_command_has_its_line(self, build: Build) -> None:
        found = build("FROM python:3.11\nRUN set -eux; \\\n    # the engine\n    pip install \\\n      vllm==0.5.5\n")
        assert next(iter(found.get(DISTRIBUTIONS).value)).place.line == 5

    def test_a_heredoc_and_the_exec_form(self, build: Build) -> None:
        text = "FROM python:3.11\nRUN <<EOF\n# comment\npip install vllm==0.5.5\nEOF\n"
        text += 'RUN ["pip", "install", "peft==0.12.0"]\n'
        assert pins(build(text)) == {"vllm": "0.5.5", "peft": "0.12.0"}

    def test_what_is_run_under_a_condition_is_not_stated(self, build: Build) -> None:
        text = (
            "FROM python:3.11\nARG TARGETPLATFORM\nRUN pip install torch==2.4.0 peft==0.12.0\n"
            'RUN if [ "$TARGETPLATFORM" = "linux/arm64" ]; then \\\n    pip install torch==2.5.1; \\\n  fi \\\n'
            " && pip install numpy==1.26.4\n"
        )
        found = build(text)
        assert pins(found) == {"peft": "0.12.0", "numpy": "1.26.4"}
        assert "whether torch==2.5.1 is installed in line 5 depends on a condition" in unread(found)

    @pytest.mark.parametrize("command", ["pixi install", "pipenv sync", "conda install pytorch"])
    def test_other_installers_are_not_read(self, build: Build, command: str) -> None:
        found = build(f"FROM python:3.11\nRUN {command}\nRUN pip install peft==0.12.0\n")
        assert "is not stated: judge its lock" in unread(found)


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

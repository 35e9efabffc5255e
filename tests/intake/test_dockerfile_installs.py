"""What the commands of a Dockerfile install."""

from __future__ import annotations

from pathlib import Path

import pytest

from doctor.core.errors import TargetError
from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.packages.extension import TORCH_BUILD
from doctor.core.reading import READING
from doctor.intake.dockerfile import read_dockerfile
from doctor.intake.target import target_of
from tests.intake.images import Build, pins, unread


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

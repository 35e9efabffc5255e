"""Images that install a project from its lock: what the lock holds for the options of the command."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from doctor.core.interpreter import INTERPRETER
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.reading import READING
from doctor.core.serve import SERVE
from doctor.core.snapshot import Snapshot
from doctor.intake.dockerfile import read_dockerfile
from doctor.intake.listed import read_listed
from doctor.intake.target import target_of

LOCKS = Path(__file__).parent / "locks"
HEAD = "FROM python:3.11\nWORKDIR /app\nCOPY . .\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("uv.lock", "poetry.lock", "pdm.lock"):
        shutil.copy(LOCKS / name, tmp_path)
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "served"\n[project.optional-dependencies]\ntrain = []\n'
    )
    return tmp_path


def build(folder: Path, text: str) -> Snapshot:
    path = folder / "Dockerfile"
    path.write_text(text)
    return read_dockerfile(path, target_of())


def pins(found: Snapshot) -> dict[str, str]:
    return {item.name: item.version for item in found.get(DISTRIBUTIONS).value}


def locked(name: str, **choice: tuple[str, ...]) -> dict[str, str]:
    return pins(read_listed(LOCKS / name, target_of(python="3.11", **choice)))


def unread(found: Snapshot) -> str:
    return " | ".join(found.get(READING).value.unread)


@pytest.mark.parametrize(
    ("command", "lock", "choice"),
    [
        ("uv sync --frozen", "uv.lock", {}),
        ("uv sync --locked --no-dev --link-mode copy", "uv.lock", {"groups": ()}),
        ("UV_NO_DEV=1 uv sync", "uv.lock", {"groups": ()}),
        ("uv sync --no-default-groups --extra train", "uv.lock", {"groups": (), "extras": ("train",)}),
        ("uv sync --all-extras --all-groups", "uv.lock", {"groups": ("dev",), "extras": ("train",)}),
        ("poetry install --no-root", "poetry.lock", {"groups": ("dev",)}),
        ("poetry install --only main --no-interaction", "poetry.lock", {}),
        ("poetry install --without dev -E train", "poetry.lock", {"extras": ("train",)}),
        ("poetry sync --only=main --all-extras", "poetry.lock", {"extras": ("train",)}),
        ("pdm install --frozen-lockfile", "pdm.lock", {}),
        ("pdm sync --prod --no-editable", "pdm.lock", {"groups": ()}),
        ("pdm install --prod -G train", "pdm.lock", {"groups": ("train",)}),
    ],
)
def test_what_a_command_takes_is_what_the_lock_holds_for_it(project, command, lock, choice):
    found = build(project, f"{HEAD}RUN {command}\n")
    wanted = locked(lock, **choice)
    assert pins(found) == wanted and wanted["transformers"] == "4.44.2"
    assert not unread(found)


def test_the_groups_for_development_are_taken_unless_they_are_left_out(project):
    assert "pytest" in pins(build(project, f"{HEAD}RUN uv sync\n"))
    assert "pytest" not in pins(build(project, f"{HEAD}RUN uv sync --no-dev\n"))


def test_the_environment_that_is_made_is_the_one_that_is_started(project):
    text = (
        "FROM python:3.11 AS build\nRUN pip install rich==13.9.4\nWORKDIR /srv/app\n"
        "RUN --mount=type=bind,source=uv.lock,target=uv.lock uv sync --frozen --no-dev --no-install-project\n"
        "FROM python:3.11-slim\nCOPY --from=build /srv/app/.venv /srv/app/.venv\n"
        'CMD ["/srv/app/.venv/bin/vllm", "serve", "/m"]\n'
    )
    assert pins(build(project, text)) == locked("uv.lock", groups=())


def test_into_the_images_own_python(project):
    """uv removes what the lock does not name; Poetry leaves it."""
    before = HEAD.replace("WORKDIR", "RUN pip install rich==13.9.4\nWORKDIR")
    uv = build(project, f"{before}ENV UV_PROJECT_ENVIRONMENT=/usr/local\nRUN uv sync --no-dev\n")
    assert pins(uv) == locked("uv.lock", groups=())
    poetry = build(project, f"{before}RUN poetry config virtualenvs.create false && poetry install --only main\n")
    assert pins(poetry) == {**locked("poetry.lock"), "rich": "13.9.4"}


def test_the_python_that_the_command_names(project):
    found = build(project, f"{HEAD}RUN uv sync --no-dev --python 3.12\n".replace(":3.11", ":3.10"))
    assert found.get(INTERPRETER).value.version == "3.12"


def test_the_default_groups_of_the_project(project):
    (project / "pyproject.toml").write_text("[tool.uv]\ndefault-groups = []\n")
    assert pins(build(project, f"{HEAD}RUN uv sync\n")) == locked("uv.lock", groups=())
    (project / "pyproject.toml").write_text("[tool.poetry.group.dev]\noptional = true\n")
    assert pins(build(project, f"{HEAD}RUN poetry install\n")) == locked("poetry.lock")


def test_a_project_that_is_not_as_its_tool_says_is_told(project):
    (project / "pyproject.toml").write_text("[tool.uv]\ndefault-groups = 3\n")
    assert "tool.uv.default-groups" in unread(build(project, f"{HEAD}RUN uv sync\nRUN pip install peft==0.12.0\n"))


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("RUN uv sync --only-group docs", "--only-group is not followed"),
        ("RUN uv sync --extra serve", "has no extra serve"),
        ("RUN uv sync --project other", "uv.lock is not in the build context"),
        ("RUN poetry install --only dev", "leaves the project's own requirements out"),
        ("RUN pdm install -G train", "is not told by the lock"),
        ("RUN if [ -f uv.lock ]; then uv sync; fi", "it depends on a condition"),
        ("RUN rm pyproject.toml\nRUN --mount=type=cache,target=/c poetry install --with=docs", "has no group docs"),
    ],
)
def test_what_is_not_told_is_said_and_not_guessed(project, lines, reason):
    found = build(project, f"{HEAD}{lines}\nRUN pip install peft==0.12.0\n")
    assert reason in unread(found)
    assert "installs in line" in unread(found)


def test_what_is_started_through_the_tool_is_the_server(project):
    found = build(project, f'{HEAD}RUN uv sync\nCMD ["uv", "run", "vllm", "serve", "/m", "--max-loras", "2"]\n')
    assert found.get(SERVE).value.options == {"max_loras": ("2",)}

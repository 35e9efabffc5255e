"""What documents, examples and scripts name is there: doctor's commands and their options, and the scripts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from scripts.documentation.commands import walk

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = {path.removeprefix("doctor "): context.command for path, context in walk()}
GROUPS = {name.partition(" ")[0] for name in COMMANDS}
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")] + sorted(
    path for path in (ROOT / "docs").glob("*.md") if path.name != "compatibility.md"
)
EXAMPLES = sorted(path for path in (ROOT / "examples").rglob("*") if path.is_file())
EXAMPLES += [ROOT / "action.yml", ROOT / ".pre-commit-hooks.yaml"]
SCRIPTS = sorted((ROOT / "scripts").rglob("*.py"))

CALL = re.compile(r"(?<![\w.=:@-])(?:doctor|llm-stack-doctor|\$\{?DOCTOR\}?)\"? ([a-z][a-z-]*\b[^`|;&>#\n]*)")
"""doctor, the word after it, and what follows on its line up to the next command, a redirection or a comment."""
CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)
OPTION = re.compile(r"--[a-z][a-z-]+")


def calls(path: Path) -> list[str]:
    """The words after `doctor`, where they are meant to be run: in a document those are in code."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    if path.suffix == ".md":
        text = "\n".join(CODE.findall(text))
    found = CALL.finditer(text)
    return [call[1] for call in found if call[1].split()[0] in GROUPS or not is_prose(text, call.start())]


def is_prose(text: str, position: int) -> bool:
    """Whether a comment, a description or an import speaks of doctor there."""
    line = text[text.rfind("\n", 0, position) + 1 : position]
    return re.search(r"#|\bdescription\b|\bfrom $", line, re.IGNORECASE) is not None


def faults(words: str) -> list[str]:
    """What of a call is not there: its command, or options that this command does not have."""
    name, *rest = words.split()
    if name not in GROUPS:
        return [f"no command {name}"]
    if name not in COMMANDS and rest:
        name = f"{name} {rest.pop(0)}"
    if name not in COMMANDS:
        return [] if name in GROUPS else [f"no command {name}"]
    options = {item for parameter in COMMANDS[name].params for item in (*parameter.opts, *parameter.secondary_opts)}
    own = re.sub(r'"[^"]*"', "", " ".join(rest))  # what is quoted is a value, of other options too
    return [f"{name} has no {item}" for item in OPTION.findall(own) if item not in options | {"--help"}]


@pytest.mark.parametrize("path", [*DOCUMENTS, *EXAMPLES], ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_and_options_are_there(path: Path) -> None:
    assert {call: faults(call) for call in calls(path) if faults(call)} == {}


def test_a_command_or_option_that_is_gone_is_noticed() -> None:
    assert faults("chekc --quiet") == ["no command chekc"]
    assert faults("check . --quite --quiet") == ["check has no --quite"]
    assert faults("matrix valid x.toml") == ["no command matrix valid"]
    assert sum(len(calls(path)) for path in EXAMPLES) > 10


def test_scripts_are_there() -> None:
    named = {
        name: path
        for path in (*DOCUMENTS, *SCRIPTS)
        for name in re.findall(r"(?<![\w/])scripts/[\w/]+\.py\b", path.read_text(encoding="utf-8"))
    }
    assert len(named) > 10
    assert {name: path for name, path in named.items() if not (ROOT / name).is_file()} == {}

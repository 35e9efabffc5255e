"""Which facts a command is about, as its options say."""

from __future__ import annotations

import click
import pytest

from doctor.cli import planned, subject
from doctor.cli.planned import OF_FILES
from doctor.cli.subject import BESIDE, FILES, FOLDERS, LIVE, subject_of


def test_every_option_has_its_place():
    """An option that is in neither list would be taken and not looked at."""
    options = [value for name, value in {**vars(planned), **vars(subject)}.items() if name.endswith("_option")]

    @click.command()
    def command() -> None: ...

    for option in options:
        option(command)
    assert {item.name for item in command.params} == {*FILES, *OF_FILES, *LIVE, *FOLDERS, *BESIDE}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(("live", "value"), [("python", "x"), ("deep", True), ("end_to_end", True)])
def test_a_file_does_not_go_with_a_look_at_this_machine(name, live, value):
    with pytest.raises(click.UsageError, match=f"{FILES[name]}.*{LIVE[live]}"):
        subject_of(**{name: "file", live: value})


def test_nothing_given_is_this_machine():
    assert subject_of().live
    assert not subject_of(snapshot="file").live


@pytest.mark.parametrize(
    ("option", "value", "files"),
    [
        ("target_gpu", "H100", "--requirements or --dockerfile or --collect-env"),
        ("extras", ("train",), "--requirements"),
        ("build_args", ("A=1",), "--dockerfile"),
    ],
)
def test_more_of_a_file_is_said_with_the_file(option, value, files):
    with pytest.raises(click.UsageError, match=files):
        subject_of(**{option: value})

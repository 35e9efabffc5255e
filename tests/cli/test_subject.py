"""Which facts a command is about, as its options say."""

from __future__ import annotations

import click
import pytest

from doctor.cli import subject
from doctor.cli.subject import BESIDE, FILES, LIVE, OF_FILES, subject_of


def test_every_option_has_its_place():
    """An option that is in neither list would be taken and not looked at."""
    options = [value for name, value in vars(subject).items() if name.endswith("_option")]

    @click.command()
    def command() -> None: ...

    for option in options:
        option(command)
    assert {item.name for item in command.params} == {*FILES, *OF_FILES, *LIVE, *BESIDE}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(("live", "value"), [("python", "x"), ("deep", True), ("end_to_end", True)])
def test_a_file_does_not_go_with_a_look_at_this_machine(name, live, value):
    with pytest.raises(click.UsageError, match=f"{FILES[name]}.*{LIVE[live]}"):
        subject_of(**{name: "file", live: value})


def test_nothing_given_is_this_machine():
    assert subject_of().live
    assert not subject_of(snapshot="file").live

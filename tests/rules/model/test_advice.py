"""The remedies that rules on model folders share."""

from __future__ import annotations

import pytest

from doctor.core.artifact.model import ModelFolder
from doctor.core.report import Safety
from doctor.probes.model.folder import read_folder
from doctor.rules.model.advice import copy, set_aside
from tests import models


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> ModelFolder:
    return read_folder(str(models.llama().write(tmp_path_factory.mktemp("model"))))


def test_what_the_base_has_is_copied_and_what_lay_there_is_kept(folder: ModelFolder) -> None:
    remedy = copy(folder, folder, "config.json", "missing.json", "generation_config.json", otherwise="Do it")
    assert remedy.text == "Copy config.json and generation_config.json from the base model"
    place = folder.path
    assert remedy.commands == tuple(
        ("cp", "--backup=simple", "--suffix=.doctor-bak", f"{place}/{name}", f"{place}/{name}")
        for name in ("config.json", "generation_config.json")
    )


def test_without_a_base_that_has_it_a_person_does_it(folder: ModelFolder) -> None:
    for base, name in ((None, "config.json"), (folder, "missing.json")):
        remedy = copy(base, folder, name, otherwise="Do it")
        assert (remedy.text, remedy.commands, remedy.safety) == ("Do it", (), Safety.MANUAL)


def test_what_is_in_the_way_is_moved_and_overwrites_nothing(folder: ModelFolder) -> None:
    remedy = set_aside(folder, "a.bin", "b.bin", text="Move them")
    assert remedy.text == "Move them"
    assert remedy.commands == tuple(
        ("mv", "-n", f"{folder.path}/{name}", f"{folder.path}/{name}.unused") for name in ("a.bin", "b.bin")
    )

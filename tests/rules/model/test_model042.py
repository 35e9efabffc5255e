from __future__ import annotations

from pathlib import Path

import pytest

from doctor.core.report import Verdict
from tests.models import llama, write_safetensors
from tests.rules.model.folders import judge_defect, judge_folder


def test_shards_without_an_index():
    (problem,) = judge_defect("MODEL042", "M141").problems
    assert problem.message.startswith("there are 6 shards and no index")


@pytest.mark.parametrize("number", ["M000", "M001", "M145", "M143e"])
def test_healthy(number: str):
    assert judge_defect("MODEL042", number).verdict is Verdict.HEALTHY


def test_one_shard_is_one_and_other_files_are_none(tmp_path: Path):
    folder = llama().write(tmp_path)
    (folder / "model.safetensors").rename(folder / "model-00001-of-00001.safetensors")
    write_safetensors(folder / "adapter.safetensors", {})
    (problem,) = judge_folder("MODEL042", folder).problems
    assert problem.message == "there is one shard and no index, without which transformers does not find it"
    (folder / "model-00001-of-00001.safetensors").unlink()
    assert judge_folder("MODEL042", folder).verdict is Verdict.HEALTHY

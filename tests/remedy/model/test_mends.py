"""Every folder that is mended is one in which the rules then find no error, and nothing is lost."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from doctor.core.artifact.model import ModelFolder
from doctor.probes.model.folder import read_folder
from doctor.remedy.model.apply import MendError, apply_mend
from doctor.remedy.model.plan import Mend, plan_mends
from tests.defects import DEFECTS
from tests.facts import unknown
from tests.models import llama, llama_config, llama_shapes, stored, write_json
from tests.rules.model.folders import errors, judge_all, problems

MENDED_ALONE = (
    "M104",
    "M105",
    "M106",
    "M107",
    "M111",
    "M111b",
    "M112",
    "M141",
    "M142",
    "M143",
    "M143b",
    "M143c",
    "M143e",
    "M143f",
    "M144",
)
MENDED_ALONE += ("M164", "M165", "M166", "M167", "M167b")
MENDED_FROM_BASE = (
    "M101",
    "M102",
    "M103",
    "M190",
    "M191",
    "M200",
    "M202",
    "M204",
    "M205",
    "M205b",
    "M212",
    "M215",
    "M223",
)


@pytest.fixture
def base(tmp_path: Path) -> ModelFolder:
    return read_folder(str(llama().write(tmp_path / "base")))


def plan(folder: Path, base: ModelFolder | None = None) -> tuple[Mend, ...]:
    return plan_mends(read_folder(str(folder)), base, frozenset(problems(judge_all(folder))))


@pytest.mark.parametrize("number", MENDED_ALONE + MENDED_FROM_BASE)
def test_nothing_is_wrong_afterwards(number: str, tmp_path: Path, base: ModelFolder):
    folder = DEFECTS[number].write(tmp_path / "m")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    mends = plan(folder, None if number in MENDED_ALONE else base)
    assert mends
    for mend in mends:
        apply_mend(folder, mend)
    assert errors(judge_all(folder)) == set()
    for name, content in before.items():
        kept = {path.read_bytes() for path in (folder / name, folder / f"{name}.doctor-bak") if path.exists()}
        assert content in kept, name
    assert plan(folder, base if number in MENDED_FROM_BASE else None) == () or number in ("M142", "M143b")


@pytest.mark.parametrize("number", sorted(set(DEFECTS) - set(MENDED_ALONE)))
def test_without_a_base_nothing_else_is_touched(number: str, tmp_path: Path):
    """What a mend cannot prove stays as it is."""
    assert plan(DEFECTS[number].write(tmp_path / "m")) == ()


def test_weights_are_never_written(tmp_path: Path, base: ModelFolder):
    for number, defect in DEFECTS.items():
        folder = defect.write(tmp_path / number)
        assert not [mend.file for mend in plan(folder, base) if mend.file.endswith(".safetensors")]


class TestWhatIsNotProven:
    def test_a_config_of_other_sizes(self, tmp_path: Path):
        base = read_folder(str(llama(hidden_size=128).write(tmp_path / "base")))
        assert plan(DEFECTS["M101"].write(tmp_path / "m"), base) == ()

    def test_a_config_of_more_layers(self, tmp_path: Path):
        base = read_folder(str(llama(num_hidden_layers=1).write(tmp_path / "base")))
        assert plan(DEFECTS["M101"].write(tmp_path / "m"), base) == ()

    @pytest.mark.parametrize("stated", [{"hidden_size": "wide"}, {"model_type": "one that nobody knows"}])
    def test_a_config_whose_tensors_do_not_follow(self, tmp_path: Path, stated: dict[str, object]):
        base = llama().write(tmp_path / "base")
        write_json(base / "config.json", {**llama_config(), **stated})
        assert plan(DEFECTS["M101"].write(tmp_path / "m"), read_folder(str(base))) == ()

    def test_a_tokenizer_that_is_damaged_in_the_base_too(self, tmp_path: Path, base: ModelFolder):
        (Path(base.path) / "tokenizer.json").write_text("{")
        assert plan(DEFECTS["M202"].write(tmp_path / "m"), read_folder(base.path)) == ()

    def test_a_tokenizer_that_is_too_large(self, tmp_path: Path):
        draft = llama()
        draft.tokenizer["added_tokens"][0]["id"] = 400
        base = read_folder(str(draft.write(tmp_path / "base")))
        assert plan(DEFECTS["M202"].write(tmp_path / "m"), base) == ()

    def test_an_index_while_a_shard_is_missing(self, tmp_path: Path):
        folder = DEFECTS["M141"].write(tmp_path / "m")
        (folder / "model-00002-of-00006.safetensors").unlink()
        assert plan(folder) == ()

    def test_a_quantization_config_beside_packed_weights(self, tmp_path: Path):
        draft = llama(quantization_config={})
        draft.tensors["model.layers.0.mlp.up_proj.weight"] = stored("packed", (8,))
        draft.tensors["model.layers.0.mlp.up_proj.weight"].dtype = "U8"
        assert plan(draft.write(tmp_path / "m")) == ()

    def test_an_architecture_whose_tensors_are_others(self, tmp_path: Path):
        draft = llama(architectures=["PeftModelForCausalLM"])
        del draft.tensors["model.norm.weight"]
        assert plan(draft.write(tmp_path / "m")) == ()


def test_a_config_from_the_base_brings_no_quantization(tmp_path: Path):
    base = read_folder(str(llama(quantization_config={"quant_method": "bitsandbytes"}).write(tmp_path / "base")))
    (mend,) = plan(DEFECTS["M101"].write(tmp_path / "m"), base)
    assert mend.content is not None
    assert json.loads(mend.content) == llama_config()


def test_the_index_counts_the_bytes(tmp_path: Path):
    folder = DEFECTS["M141"].write(tmp_path / "m")
    (mend,) = plan(folder)
    assert mend.content is not None
    index = json.loads(mend.content)
    assert index["weight_map"].keys() == llama_shapes(llama_config()).keys()
    assert index["metadata"]["total_size"] == sum(tensor.size for tensor in llama().tensors.values())


def test_an_earlier_backup_is_kept(tmp_path: Path):
    for number in range(3):
        write_json(tmp_path / "config.json", {"number": number})
        apply_mend(tmp_path, Mend(file="config.json", text="", content=b"new"))
    kept = sorted(tmp_path.glob("config.json.doctor-bak*"))
    assert [json.loads(path.read_text())["number"] for path in kept] == [0, 1, 2]


def test_a_link_is_replaced_and_what_it_leads_to_stays(tmp_path: Path):
    """The files of a cache are links to blobs that other folders use."""
    blob = tmp_path / "blob"
    blob.write_text("old")
    folder = tmp_path / "m"
    folder.mkdir()
    (folder / "config.json").symlink_to(blob)
    apply_mend(folder, Mend(file="config.json", text="", content=b"new"))
    assert blob.read_text() == "old"
    assert (folder / "config.json").read_text() == "new"
    assert (folder / "config.json.doctor-bak").resolve() == blob


def test_what_cannot_be_written_is_said_and_leaves_nothing(tmp_path: Path):
    (tmp_path / "config.json").mkdir()
    with pytest.raises(MendError, match=r"config\.json cannot be written"):
        apply_mend(tmp_path, Mend(file="config.json", text="", content=b"new"))
    assert [path.name for path in tmp_path.iterdir()] == ["config.json"]


STUB = {"model_type": "llama", "hidden_size": llama_config()["hidden_size"]}


def test_a_config_that_leaves_sizes_out_is_completed_from_the_bases(tmp_path: Path, base: ModelFolder):
    """It stands for a model of 7B then; what it states stays."""
    folder = llama().write(tmp_path / "m")
    write_json(folder / "config.json", {**STUB, "max_position_embeddings": 4096})
    (mend,) = plan(folder, base)
    assert mend.file == "config.json"
    assert mend.text.startswith("completed from the base model's")
    written = json.loads(mend.content or b"")
    assert written == {**llama_config(), "max_position_embeddings": 4096}
    apply_mend(folder, mend)
    assert errors(judge_all(folder)) == set()


@pytest.mark.parametrize("stated", [{"hidden_act": "gelu"}, {"num_hidden_layers": 7}, {"model_type": "mistral"}])
def test_a_config_of_another_model_is_not_completed(stated: dict[str, object], tmp_path: Path, base: ModelFolder):
    folder = llama().write(tmp_path / "m")
    write_json(folder / "config.json", {**STUB, **stated})
    assert [mend for mend in plan(folder, base) if "completed" in mend.text] == []


def test_a_config_is_not_completed_where_the_tensors_are_of_another_model(tmp_path: Path):
    folder = llama().write(tmp_path / "m")
    write_json(folder / "config.json", STUB)
    other = read_folder(str(llama(num_hidden_layers=3).write(tmp_path / "base")))
    assert plan(folder, other) == ()


def test_a_type_is_taken_over_where_the_tensors_have_it(tmp_path: Path, base: ModelFolder):
    folder = llama().write(tmp_path / "m")
    write_json(folder / "config.json", STUB)
    half = Path(base.path, "config.json")
    write_json(half, {**llama_config(), "dtype": "float32", "quantization_config": {"bits": 4}})
    (mend,) = plan(folder, read_folder(base.path))
    assert not {"dtype", "quantization_config"} & json.loads(mend.content or b"").keys() - llama_config().keys()


def test_a_config_that_may_not_be_read_costs_the_index_nothing(tmp_path: Path):
    folder = replace(read_folder(str(DEFECTS["M141"].write(tmp_path / "m"))), config=unknown())
    assert [mend.file for mend in plan_mends(folder, None, frozenset({"MODEL042"}))] == ["model.safetensors.index.json"]

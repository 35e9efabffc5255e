"""What is mended in an adapter folder: what the tensors prove, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.artifact.model import BASE, MODEL
from doctor.core.interpreter import INTERPRETER
from doctor.core.machine.gpu import GPUS
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.core.rule import Env
from doctor.core.serve import SERVE
from doctor.core.serve import not_asked_for as no_command
from doctor.engine.catalogue import select
from doctor.engine.judge import judge
from doctor.probes.adapter.folder import read_adapter
from doctor.probes.artifact.safetensors import read_layout
from doctor.probes.model.folder import read_folder
from doctor.remedy.adapter.plan import plan_mends
from doctor.remedy.model.apply import apply_mend
from doctor.rules.lora.base import base_of
from tests.adapters import Draft, embedding_pair, lora, pair
from tests.facts import absent, distribution, interpreter, snapshot
from tests.models import Draft as Model
from tests.models import Stored, llama, llama_config
from tests.rules.lora.judging import MATRIX

ROOT = "base_model.model."


def mended(draft: Draft, tmp_path: Path, *, model: Model | None = None) -> tuple[Path, set[str]]:
    """Mend a folder; returns it and the codes of the errors that are left."""
    path = draft.write(tmp_path / "adapter")
    base = (model or llama()).write(tmp_path / "base")
    rules, _ = select(("LORA",))

    def look():
        facts = {
            ADAPTERS: (read_adapter(str(path)),),
            MODEL: absent(),
            BASE: read_folder(str(base)),
            DISTRIBUTIONS: (distribution("vllm", "0.32.0"),),
            INTERPRETER: interpreter(),
            GPUS: absent(),
            SERVE: no_command(),
        }
        taken = snapshot(facts)
        return taken, judge(taken, MATRIX, rules)

    before, report = look()
    told = frozenset(outcome.code for outcome, _ in report.problems())
    env = Env(snapshot=before, matrix=MATRIX, reads=frozenset({"model", "base"}))
    for mend in plan_mends(read_adapter(str(path)), base_of(env), told):
        apply_mend(path, mend)
    return path, {outcome.code for outcome, _ in look()[1].problems()} - {"LORA041"}


def contents(path: Path) -> Mapping[str, bytes]:
    """The bytes of each tensor."""
    with (path / "adapter_model.safetensors").open("rb") as file:
        start, entries = read_layout(file)
        found = {}
        for name, _, _, begin, end in entries:
            file.seek(start + begin)
            found[name] = file.read(end - begin)
    return found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (".weight", ".default.weight"),
        (ROOT, ""),
        (f"{ROOT}model.", f"{ROOT}language_model.model."),
        (f"{ROOT}model.", f"{ROOT}model.language_model."),
        (f"{ROOT}model.", ROOT),
        (f"{ROOT}model.", f"{ROOT}model.model."),
        (ROOT, f"{ROOT}_orig_mod."),
    ],
)
def test_names_of_tensors(old: str, new: str, tmp_path: Path):
    path, left = mended(lora().rename(old, new), tmp_path)
    assert left == set()
    assert contents(path) == contents(lora().write(tmp_path / "good"))
    assert (path / "adapter_model.safetensors.doctor-bak").is_file()


def test_a_beginning_is_not_put_right_where_a_shape_does_not_fit(tmp_path: Path):
    draft = lora().rename(f"{ROOT}model.", ROOT)
    path, left = mended(draft, tmp_path, model=llama(hidden_size=96))
    assert "LORA035" in left
    assert not (path / "adapter_model.safetensors.doctor-bak").exists()


def test_names_that_would_meet_are_left(tmp_path: Path):
    draft = lora()
    draft.tensors |= {name.replace(".weight", ".default.weight"): tensor for name, tensor in draft.tensors.items()}
    _, left = mended(draft, tmp_path)
    assert "LORA014" in left


def test_what_is_no_lora_is_left(tmp_path: Path):
    draft = lora().rename(".weight", ".default.weight")
    draft.tensors[f"{ROOT}lm_head.weight"] = Stored("BF16", (320, 64))
    _, left = mended(draft, tmp_path)
    assert {"LORA014", "LORA028"} <= left


def test_entries_that_the_tensors_prove(tmp_path: Path):
    draft = lora().drop("r", "target_modules", "peft_type")
    path, left = mended(draft, tmp_path)
    assert left == set()
    value = json.loads((path / "adapter_config.json").read_text())
    assert value["r"] == 8
    assert value["peft_type"] == "LORA"
    assert sorted(value["target_modules"]) == sorted(lora().config["target_modules"])
    assert {**lora().config, **value} == value, "nothing else has changed"


def test_ranks_that_differ_prove_none(tmp_path: Path):
    draft = lora().state(r=0)
    draft.tensors |= pair("model.layers.0.self_attn.q_proj", (64, 64), 4)
    _, left = mended(draft, tmp_path)
    assert "LORA008" in left


def test_a_scale_is_never_guessed(tmp_path: Path):
    assert "LORA007" in mended(lora().drop("lora_alpha"), tmp_path / "a")[1]
    assert "LORA011" in mended(lora().state(r=4), tmp_path / "b")[1]


def test_the_base_that_is_named(tmp_path: Path):
    for number, name in enumerate(("unsloth/base-bnb-4bit", None, "/gone/llama")):
        folder = tmp_path / str(number)
        path, left = mended(lora(base_model_name_or_path=name), folder)
        assert left == set()
        value = json.loads((path / "adapter_config.json").read_text())
        assert value["base_model_name_or_path"] == str(folder / "base")


def test_the_base_is_not_written_where_it_does_not_fit(tmp_path: Path):
    _, left = mended(lora(base_model_name_or_path=None), tmp_path, model=llama(hidden_size=96))
    assert {"LORA037", "LORA040"} <= left


def test_a_whole_adapter_is_left_alone(tmp_path: Path):
    path, left = mended(lora(), tmp_path)
    assert left == set()
    assert sorted(item.name for item in path.iterdir()) == ["adapter_config.json", "adapter_model.safetensors"]


def test_names_of_another_model_are_left(tmp_path: Path):
    """No module of the base is near: whatever the names lack is not certain."""
    draft = lora().rename(f"{ROOT}model.", ROOT).rename(".self_attn.", ".attention.")
    path, left = mended(draft, tmp_path)
    assert "LORA035" in left
    assert not (path / "adapter_model.safetensors.doctor-bak").exists()


def test_names_are_left_where_half_of_a_pair_is_missing(tmp_path: Path):
    draft = lora().rename(f"{ROOT}model.", ROOT)
    assert draft.tensors is not None
    del draft.tensors[f"{ROOT}layers.0.self_attn.q_proj.lora_B.weight"]
    path, left = mended(draft, tmp_path)
    assert "LORA035" in left
    assert not (path / "adapter_model.safetensors.doctor-bak").exists()


def test_the_names_of_an_embedding(tmp_path: Path):
    """Its A is rank x vocabulary and its B size x rank: the other way round than a linear layer's."""
    draft = lora()
    assert draft.tensors is not None
    config = llama_config()
    draft.tensors |= embedding_pair("model.embed_tokens", config["vocab_size"], config["hidden_size"])
    good = contents(Draft(config=draft.config, tensors=dict(draft.tensors)).write(tmp_path / "good"))
    draft.config["target_modules"].append("embed_tokens")
    path, _ = mended(draft.rename(f"{ROOT}model.", ROOT), tmp_path)
    assert contents(path) == good


def test_a_config_that_cannot_be_read_costs_the_names_nothing(tmp_path: Path):
    path = lora().rename(".weight", ".default.weight").write(tmp_path / "adapter")
    (path / "adapter_config.json").write_text("{")
    [mend] = plan_mends(read_adapter(str(path)), None, frozenset({"LORA002", "LORA003", "LORA014"}))
    assert mend.file == "adapter_model.safetensors" and "renamed as PEFT writes them" in mend.text

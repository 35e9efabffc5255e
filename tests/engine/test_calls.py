"""A refused argument, a missing member: which releases have it, by the owner's name or that of what it derives from."""

from __future__ import annotations

import dataclasses
import json

import pytest

from doctor.core.diagnosis import Certainty, Finding
from doctor.core.matrix import Matrix
from doctor.core.report import Cause
from doctor.engine.calls import failed_calls
from doctor.engine.diagnose import diagnose
from doctor.matrix.releases import ShippedReleases
from tests.breakages.environment import environment
from tests.breakages.examples import matrix
from tests.facts import snapshot

TABLES = {
    "trl": {
        "SFTTrainer.__init__": {"0.5 0.13": "packing dataset_text_field", "0.12": "processing_class"},
        "SFTConfig.__init__": {"0.9 0.20": "max_seq_length"},
        "GRPOTrainer": {"0.15 0.20": "_get_per_token_logps"},
    },
    "transformers": {
        "Trainer": {"4.36 5.0": "deepspeed"},
        "Trainer.__init__": {"4.36 5.0": "tokenizer"},
        "Trainer.compute_loss": {"4.36": "return_outputs", "4.46": "num_items_in_batch"},
        "TrainingArguments.__init__": {"4.36 4.46": "evaluation_strategy"},
        "LoraConfig.__init__": {"5.0": "r"},
    },
}


def known() -> Matrix:
    files = {
        f"calls/{package}.json": json.dumps(
            {"schema": 1, "package": package, "releases": "0.5 4.36" if package == "trl" else "4.36", "owners": owners}
        ).encode()
        for package, owners in TABLES.items()
    }
    return dataclasses.replace(matrix(), releases=ShippedReleases(files.get, lambda: ()))


def told(text: str, **packages: str) -> list[Finding]:
    facts = snapshot(environment({"packages": packages})) if packages else None
    found = diagnose(text, facts, known()).findings
    return [item for item in found if item.name in ("name-dropped-by-a-release", "name-of-a-newer-release")]


def refused(owner: str, name: str) -> str:
    return f"TypeError: {owner}() got an unexpected keyword argument '{name}'"


def test_an_argument_that_was_dropped_with_what_to_install() -> None:
    [finding] = told(refused("SFTTrainer.__init__", "packing"), trl="0.14.0")
    assert (finding.name, finding.certainty) == ("name-dropped-by-a-release", Certainty.CONFIRMED)
    assert finding.reason.startswith("trl 0.13 and newer have no packing in SFTTrainer.__init__() any more")
    assert any("trl<0.13" in word for command in finding.remedies[0].commands for word in command)


@pytest.mark.parametrize("owner", ["Trainer", "OurTrainer", "SFTTrainer"])
def test_a_method_that_the_trainer_calls_itself_is_refused_by_an_override_that_is_older(owner: str) -> None:
    text = refused(f"{owner}.compute_loss", "num_items_in_batch")
    [row] = [row for row, _, _ in failed_calls(text, known())]
    assert (row.name, row.cause) == ("argument-passed-by-a-newer-release", Cause.TRANSFORMERS_TOO_NEW)
    assert row.install == ("transformers<4.46",) and row.when[0].packages == {"transformers": ">=4.46"}


def test_an_argument_of_a_newer_release() -> None:
    [finding] = told(refused("SFTTrainer.__init__", "processing_class"), trl="0.11.4")
    assert finding.name == "name-of-a-newer-release" and finding.certainty is Certainty.CONFIRMED


def test_a_release_that_takes_it_excludes_it() -> None:
    assert not told(refused("SFTTrainer.__init__", "packing"), trl="0.12.0")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("AttributeError: 'GRPOTrainer' object has no attribute '_get_per_token_logps'", "in GRPOTrainer any more"),
        ("AttributeError: '_UnslothGRPOTrainer' object has no attribute '_get_per_token_logps'", "in GRPOTrainer any"),
        ("AttributeError: 'OurTrainer' object has no attribute 'deepspeed'", "in Trainer any more"),
        ("AttributeError: type object 'Trainer' has no attribute 'deepspeed'", "in Trainer any more"),
        ("AttributeError: 'SFTConfig' object has no attribute 'max_seq_length'", "in SFTConfig.__init__() any more"),
        (refused("SFTConfig.__init__", "evaluation_strategy"), "in TrainingArguments.__init__() any more"),
        (refused("Trainer.__init__", "tokenizer"), "in Trainer.__init__() any more"),
        (refused("SFTConfig.init", "max_seq_length"), "in SFTConfig.__init__() any more"),
    ],
)
def test_of_which_owner_it_is_told(text: str, reason: str) -> None:
    assert any(reason in finding.reason for finding in told(text))


def test_the_package_says_of_which_age_it_is() -> None:
    assert told(refused("Trainer.__init__", "tokenizer"))[0].cause is Cause.TRANSFORMERS_TOO_NEW


@pytest.mark.parametrize(
    "text",
    [
        refused("LoraConfig.__init__", "r"),  # of an adapter_config.json, mostly
        refused("SFTTrainer.__init__", "no_such_argument"),
        refused("load", "packing"),
        refused("load", "evaluation_strategy"),
        refused("SFTTrainer.train", "packing"),  # what the class is made with is of another callable
        refused("OurTrainer.evaluate", "deepspeed"),  # an argument is no member
        refused("OurTrainer.__init__", "tokenizer"),  # a trainer with arguments of its own
        refused("OurTrainer.compute_loss", "return_outputs"),  # as old as what is known: no release is too new for it
        "AttributeError: 'NoneType' object has no attribute 'deepspeed'",
        "AttributeError: 'Dataset' object has no attribute 'packing'",
    ],
)
def test_of_anything_else_the_tables_say_nothing(text: str) -> None:
    assert not list(failed_calls(text, known()))


def test_of_a_text_full_of_them_some_are_looked_up() -> None:
    text = f"{refused('SFTTrainer.__init__', 'packing')} " * 30
    assert len(list(failed_calls(text, known()))) == 20


def test_what_ships_knows_the_arguments_that_people_miss_most() -> None:
    releases = ShippedReleases()
    spans = {
        (owner, name): [(item.package, item.spans) for item in releases.call_histories(owner, name)]
        for owner, name in [
            ("SFTTrainer.__init__", "tokenizer"),
            ("SFTConfig.__init__", "max_seq_length"),
            ("Accelerator.unwrap_model", "keep_torch_compile"),
            ("Trainer.__init__", "processing_class"),
        ]
    }
    assert spans == {
        ("SFTTrainer.__init__", "tokenizer"): [("trl", (("", "0.16"),))],
        ("SFTConfig.__init__", "max_seq_length"): [("trl", (("0.9", "0.20"),))],
        ("Accelerator.unwrap_model", "keep_torch_compile"): [("accelerate", (("1.3", ""),))],
        ("Trainer.__init__", "processing_class"): [("transformers", (("4.46", ""),))],
    }

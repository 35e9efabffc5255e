"""An import that fails is answered by the releases of its package: which have the name, and which do not."""

from __future__ import annotations

import dataclasses
import json

import pytest

from doctor.core.diagnosis import Certainty, Finding
from doctor.core.matrix import Matrix
from doctor.core.report import Cause
from doctor.engine.diagnose import diagnose
from doctor.engine.imports import failed_imports, failed_options
from doctor.matrix.load import load_matrix
from doctor.matrix.names import option_in
from doctor.matrix.releases import ShippedReleases
from tests.breakages.environment import environment
from tests.breakages.examples import matrix
from tests.facts import snapshot

TABLE = {
    "schema": 1,
    "package": "transformers",
    "releases": "4.36 4.47 4.48 4.51 5.0",
    "modules": {
        "transformers": {"4.47 4.48 5.0": "Back", "4.51": "Qwen3Config", "4.36 5.0": "AdamW", "4.47 5.0": "Passing"},
        "transformers.generation.logits_process": {"4.36 4.48": "LogitsWarper OtherWarper"},
        "transformers.masking_utils": {"": "4.51"},
        "transformers.onnx": {"": "4.36 5.0"},
    },
}
WARPER = (
    "ImportError: cannot import name 'LogitsWarper' from 'transformers.generation.logits_process' "
    "(/usr/lib/python3.12/site-packages/transformers/generation/logits_process.py)"
)


def known(table: object = TABLE) -> Matrix:
    content = json.dumps(table).encode()
    releases = ShippedReleases(lambda name: content if name == "names/transformers.json" else None, lambda: ())
    return dataclasses.replace(matrix(), releases=releases)


def told(text: str, version: str = "") -> list[Finding]:
    facts = snapshot(environment({"packages": {"transformers": version}})) if version else None
    return list(diagnose(text, facts, known()).findings)


class TestDropped:
    def test_the_release_that_dropped_it_is_named_with_what_to_install(self) -> None:
        [finding] = told(WARPER)
        assert (finding.cause, finding.certainty) == (Cause.TRANSFORMERS_TOO_NEW, Certainty.LIKELY)
        assert "4.48 and newer have no LogitsWarper in transformers.generation.logits_process" in finding.reason
        assert any("transformers<4.48" in word for command in finding.remedies[0].commands for word in command)

    def test_an_environment_confirms_it(self) -> None:
        [finding] = told(WARPER, "4.52.4")
        assert finding.certainty is Certainty.CONFIRMED and "transformers 4.52.4" in finding.seen

    def test_a_release_that_has_it_excludes_it(self) -> None:
        excluded = diagnose(WARPER, snapshot(environment({"packages": {"transformers": "4.47.1"}})), known()).excluded
        assert [item.name for item in excluded] == ["name-dropped-by-a-release"]

    def test_a_module_that_is_gone(self) -> None:
        [finding] = told("ModuleNotFoundError: No module named 'transformers.onnx'")
        assert finding.cause is Cause.TRANSFORMERS_TOO_NEW and "transformers<5.0" in str(finding.remedies)
        assert finding.reason.startswith("transformers 5.0 and newer have no transformers.onnx any more: ")


class TestNotYet:
    def test_a_name_of_a_newer_release(self) -> None:
        [finding] = told("ImportError: Cannot import name 'Qwen3Config' from 'transformers' (x/__init__.py)", "4.49.0")
        assert (finding.cause, finding.certainty) == (Cause.TRANSFORMERS_TOO_OLD, Certainty.CONFIRMED)
        assert "from 4.51 on" in finding.reason

    def test_a_module_of_a_newer_release(self) -> None:
        [finding] = told("No module named 'transformers.masking_utils'")
        assert finding.cause is Cause.TRANSFORMERS_TOO_OLD

    def test_of_a_name_that_came_and_went_the_environment_says_which(self) -> None:
        text = "cannot import name 'Passing' from 'transformers'"
        assert [item.cause for item in told(text)] == [Cause.TRANSFORMERS_TOO_NEW, Cause.TRANSFORMERS_TOO_OLD]
        assert [item.cause for item in told(text, "4.36.2")] == [Cause.TRANSFORMERS_TOO_OLD]


def test_a_name_that_came_back_is_missing_between() -> None:
    text = "cannot import name 'Back' from 'transformers'"
    [finding] = told(text, "4.50.1")
    assert finding.cause is Cause.TRANSFORMERS_TOO_NEW and "from 4.48 to before 5.0" in finding.reason
    assert "name-dropped-by-a-release" not in [item.name for item in told(text, "5.1.0")]


@pytest.mark.parametrize(
    "text",
    [
        "cannot import name 'Llama' from partially initialized module 'transformers' (most likely circular)",
        "cannot import name 'name' from 'nowhere'",
        "cannot import name 'GPT2Model' from 'transformers'",  # every release has it
        "No module named 'transformers'",
    ],
)
def test_of_anything_else_the_table_says_nothing(text: str) -> None:
    assert not [item for item in told(text) if item.name.startswith("name-") and "release" in item.name]


def test_of_a_version_that_a_build_writes_no_release_is_to_blame() -> None:
    """A checkout of vLLM that was put on the path has none: its newest release has it, and so has its oldest."""
    ships = dataclasses.replace(matrix(), releases=ShippedReleases())
    for text in ("No module named 'vllm._version'", "cannot import name '_version' from 'vllm' (/src/vllm/a.py)"):
        assert list(failed_imports(text, ships)) == []
    both = "No module named 'vllm._version'\nNo module named 'transformers.onnx'"
    assert [found.name for found, _, _ in failed_imports(both, known())] == ["name-dropped-by-a-release"]


def test_what_ships_knows_the_names_that_people_miss_most() -> None:
    releases = ShippedReleases()
    spans = {
        name: found.spans
        for module, name in [
            ("transformers.generation.logits_process", "LogitsWarper"),
            ("transformers", "Qwen3Config"),
            ("pydantic", "model_validator"),
            ("huggingface_hub", "cached_download"),
        ]
        if (found := releases.name_history(module, name)) is not None
    }
    assert spans == {
        "LogitsWarper": (("", "4.49"),),
        "Qwen3Config": (("4.51", ""),),
        "model_validator": (("2.0", ""),),
        "cached_download": (("", "0.26"),),
    }


def test_of_a_text_full_of_imports_some_are_looked_up() -> None:
    """One fails for the others, and a table is read for each package."""
    assert len(list(failed_imports(f"{WARPER} " * 30, known()))) == 20


class TestOptions:
    """Of vLLM's options what ships is asked: it is read from the sources of every release."""

    @staticmethod
    def told(text: str, version: str = "") -> list[tuple[str, str]]:
        facts = snapshot(environment({"packages": {"vllm": version}})) if version else None
        known = dataclasses.replace(matrix(), releases=ShippedReleases())
        return [(item.name, item.reason) for item in diagnose(text, facts, known).findings]

    def test_an_option_that_was_dropped(self) -> None:
        first = self.told("vllm serve: error: unrecognized arguments: --swap-space 4", "0.20.0")[0]
        assert first == (
            "name-dropped-by-a-release",
            "vllm 0.18.0 and newer have no --swap-space in vllm serve any more: what asks for it is older than that",
        )

    def test_the_line_of_the_option_is_named_and_not_that_of_the_words_before_it(self) -> None:
        text = f"{'vllm ' * 20}\nvllm serve: error: unrecognized arguments:\n--max-lora-rank 64\n--swap-space 4\nend"
        known = dataclasses.replace(matrix(), releases=ShippedReleases())
        finding = diagnose(text, snapshot(environment({"packages": {"vllm": "0.20.0"}})), known).findings[0]
        assert (finding.number, finding.line) == (4, "--swap-space 4")
        second = "vllm: error: unrecognized arguments: --max-lora-rank 64 --swap-space 4"
        assert [second[start:end] for _, start, end in failed_options(second, known)] == ["--swap-space"]

    def test_an_option_of_a_newer_release_in_either_spelling(self) -> None:
        text = "api_server.py: error: unrecognized arguments: --lora_modules=a=b --enable_lora_bias"
        name, reason = self.told(f"python -m vllm.entrypoints.openai.{text}", "0.5.5")[0]
        assert name == "name-of-a-newer-release" and "--enable-lora-bias in vllm serve from 0.6.4 on" in reason

    def test_a_field_of_the_engine(self) -> None:
        text = "from vllm import LLM\nTypeError: EngineArgs.__init__() got an unexpected keyword argument 'swap_space'"
        assert self.told(text, "0.20.0")[0][0] == "name-dropped-by-a-release"

    def test_a_field_of_the_engine_under_a_python_that_names_no_class(self) -> None:
        text = (
            "vllm/entrypoints/llm.py, line 78\n    engine_args = EngineArgs(\n"
            "TypeError: __init__() got an unexpected keyword argument 'swap_space'"
        )
        assert self.told(text, "0.20.0")[0][0] == "name-dropped-by-a-release"

    def test_an_argument_of_one_request(self) -> None:
        text = "SamplingParams(best_of=2) of vllm: TypeError: Unexpected keyword argument 'use_beam_search'"
        (name, reason), *_ = self.told(text, "0.6.3")
        assert name == "name-dropped-by-a-release" and "use_beam_search in SamplingParams" in reason

    def test_each_time_that_an_option_is_there_is_a_span_of_its_own(self) -> None:
        table = {"--back": ["0.4.0", "0.6.0", "0.8.0"], "gone": ["0.5.0", "0.7.0"]}
        back, gone = (
            option_in(table, "--back", "0.4.0", "vllm serve"),
            option_in(table, "gone", "0.4.0", "EngineArgs"),
        )
        assert back is not None and (back.module, back.spans) == ("vllm serve", (("", "0.6.0"), ("0.8.0", "")))
        assert gone is not None and (gone.module, gone.spans) == ("EngineArgs", (("0.5.0", "0.7.0"),))
        assert option_in(table, "--never", "0.4.0", "vllm serve") is None

    @pytest.mark.parametrize(
        "text",
        [
            "vllm serve: error: unrecognized arguments: --no-such-option",  # no release has it
            "vllm serve: error: unrecognized arguments: --max-lora-rank 64",  # every release has it
            "train.py: error: unrecognized arguments: --swap-space 4",  # another program
        ],
    )
    def test_of_anything_else_the_releases_say_nothing(self, text: str) -> None:
        assert not [name for name, _ in self.told(text) if "release" in name]


def test_what_torch_tells_leaves_the_guess_that_transformers_is_newer_than_it() -> None:
    text = "ImportError: cannot import name 'Replicate' from 'torch.distributed.tensor'"
    causes = [item.cause for item in diagnose(text, None, load_matrix()).findings]
    assert causes == [Cause.TORCH_PIN_VIOLATED, Cause.TRANSFORMERS_TOO_NEW]


def test_what_transformers_tells_takes_the_place_of_a_guess() -> None:
    text = "AttributeError: 'Qwen2MoeConfig' object has no attribute 'mlp_only_layers'"
    assert [item.cause for item in diagnose(text, None, load_matrix()).findings] == [Cause.TRANSFORMERS_TOO_OLD]

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from doctor.core.artifact.folder import Artifacts
from doctor.core.fact import Absent, Fact, Known, Unknown
from doctor.core.packages.registry import TRANSFORMERS_REGISTRY, VLLM_REGISTRY
from doctor.core.target import Target
from doctor.probes.model.registries import find, read_transformers, read_vllm
from tests.facts import interpreter

NEW_VLLM = {
    "model_executor/models/registry.py": """
_TEXT_GENERATION_MODELS = {
    "LlamaForCausalLM": ("llama", "LlamaForCausalLM"),
    "OldForCausalLM": ("old", "OldForCausalLM"),
}
_TRANSFORMERS_BACKEND_MODELS = {"TransformersForCausalLM": ("transformers", "TransformersForCausalLM")}
_VLLM_MODELS = {**_TEXT_GENERATION_MODELS, **_TRANSFORMERS_BACKEND_MODELS}
_PREVIOUSLY_SUPPORTED_MODELS = {"OldForCausalLM": "0.10.2"}
_OOT_SUPPORTED_MODELS = {"BartModel": "https://example.com"}
raise SystemExit("this must never run")
""",
    "model_executor/layers/quantization/__init__.py": """
from typing import Literal, get_args
QuantizationMethods = Literal["awq", "fp8"]
QUANTIZATION_METHODS: list[str] = list(get_args(QuantizationMethods))
""",
    "transformers_utils/config.py": '_CONFIG_REGISTRY: dict[str, type] = LazyConfigDict(chatglm="ChatGLMConfig")',
}
OLD_VLLM = {
    "model_executor/models/__init__.py": """
_GENERATION_MODELS = {"LlamaForCausalLM": ("llama", "LlamaForCausalLM")}
_EMBEDDING_MODELS = {"MistralModel": ("llama_embedding", "LlamaEmbeddingModel")}
_MODELS = {**_GENERATION_MODELS, **_EMBEDDING_MODELS}
_OOT_MODELS: Dict[str, Type[nn.Module]] = {}
""",
    "model_executor/layers/quantization/__init__.py": 'QUANTIZATION_METHODS = {"awq": AWQConfig, "gptq": GPTQConfig}',
}
NEW_TRANSFORMERS = {
    "__init__.py": '__version__ = "5.19.0"',
    "models/auto/auto_mappings.py": 'CONFIG_MAPPING_NAMES = OrderedDict([("llama", "LlamaConfig")])',
    "models/auto/configuration_auto.py": """
from .auto_mappings import CONFIG_MAPPING_NAMES
CONFIG_MAPPING_NAMES.update({"mlcd": "MLCDVisionConfig"})
CONFIG_MAPPING_NAMES = OrderedDict(**{"gpt-sw3": "GPT2Config"}, **CONFIG_MAPPING_NAMES)
""",
    "models/auto/modeling_auto.py": """
MODEL_FOR_CAUSAL_LM_MAPPING_NAMES = OrderedDict([("llama", "LlamaForCausalLM"), ("pair", ("A", "B"))])
""",
    "models/auto/tokenization_auto.py": """
TOKENIZER_MAPPING_NAMES = OrderedDict[str, str | None](
    [("llama", "LlamaTokenizer" if is_tokenizers_available() else None), ("qwen2", "TokenizersBackend")]
)
""",
}
OLD_TRANSFORMERS = {
    "__init__.py": '_import_structure = {"models.llama": ["LlamaConfig", "LlamaTokenizer", "LlamaTokenizerFast"]}',
    "models/auto/configuration_auto.py": 'CONFIG_MAPPING_NAMES = OrderedDict([("llama", "LlamaConfig")])',
    "models/auto/modeling_auto.py": 'MODEL_FOR_CAUSAL_LM_MAPPING_NAMES = OrderedDict([("llama", "LlamaForCausalLM")])',
    "models/auto/tokenization_auto.py": """
TOKENIZER_MAPPING_NAMES = OrderedDict(
    [("llama", ("LlamaTokenizer" if a() else None, "LlamaTokenizerFast" if b() else None))]
)
""",
}


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


def test_a_new_vllm(tmp_path: Path):
    registry = read_vllm(write(tmp_path, NEW_VLLM))
    assert registry.architectures == ("LlamaForCausalLM", "TransformersForCausalLM")
    assert registry.removed == {"OldForCausalLM": "0.10.2"}
    assert registry.model_types == ("chatglm",)
    assert registry.quantizations == ("awq", "fp8")
    assert registry.fallback


def test_an_old_vllm(tmp_path: Path):
    registry = read_vllm(write(tmp_path, OLD_VLLM))
    assert registry.architectures == ("LlamaForCausalLM", "MistralModel")
    assert registry.quantizations == ("awq", "gptq")
    assert not registry.fallback


def test_a_new_transformers(tmp_path: Path):
    registry = read_transformers(write(tmp_path, NEW_TRANSFORMERS))
    assert registry.model_types == ("gpt-sw3", "llama", "mlcd")
    assert registry.causal == {"llama": ("LlamaForCausalLM",), "pair": ("A", "B")}
    assert set(registry.tokenizers) >= {"LlamaTokenizer", "TokenizersBackend", "PreTrainedTokenizerFast"}


def test_an_old_transformers(tmp_path: Path):
    registry = read_transformers(write(tmp_path, OLD_TRANSFORMERS))
    assert registry.model_types == ("llama",)
    assert "LlamaTokenizerFast" in registry.tokenizers
    assert "TokenizersBackend" not in registry.tokenizers


@pytest.mark.parametrize("content", ["", "_MODELS = {}", "x = (", "def f(): pass"])
def test_a_form_that_is_not_known_is_said(tmp_path: Path, content: str):
    files = dict.fromkeys((*NEW_VLLM, *NEW_TRANSFORMERS), content)
    for read in (read_vllm, read_transformers):
        with pytest.raises(ValueError, match=str(tmp_path)):
            read(write(tmp_path, files))


def found(site: Path, artifacts: Artifacts) -> dict[str, Fact[Any]]:
    python = dataclasses.replace(interpreter(), search_path=(str(site),), site_packages=(str(site),))
    return {key.name: fact for key, fact in find(Target(interpreter=python, artifacts=artifacts))}


def test_the_probe(tmp_path: Path):
    asked = Artifacts(model="/models/x")
    assert all(isinstance(fact, Absent) for fact in found(tmp_path, asked).values())
    write(tmp_path / "vllm", NEW_VLLM)
    write(tmp_path / "transformers", {"__init__.py": ""})
    facts = found(tmp_path, asked)
    assert isinstance(facts[VLLM_REGISTRY.name], Known)
    assert isinstance(facts[TRANSFORMERS_REGISTRY.name], Unknown)
    assert all(isinstance(fact, Absent) for fact in found(tmp_path, Artifacts()).values())

"""The tables of models and tokenizers, in the forms that wheels of transformers 4 and 5 have them."""

from __future__ import annotations

import zipfile
from io import BytesIO

import pytest

from scripts.derivation.index import Index
from scripts.derivation.sources import Sources
from scripts.derivation.transformers_releases import (
    read_architectures,
    read_model_types,
    read_tokenizers,
    read_transformers,
    write_transformers,
)
from tests.scripts.local_index import LocalIndex, serve, wheel

FOUR = {
    "transformers/__init__.py": '_import_structure = {"tokenization_utils": ["PreTrainedTokenizer", "Trainer"]}\n',
    "transformers/models/auto/configuration_auto.py": """
CONFIG_MAPPING_NAMES = OrderedDict([("llama", "LlamaConfig"), ("gpt-sw3", "GPT2Config")])
MODEL_NAMES_MAPPING = OrderedDict([("llama", "LLaMA")])
""",
    "transformers/models/auto/modeling_auto.py": """
MODEL_FOR_CAUSAL_LM_MAPPING_NAMES = OrderedDict([("llama", "LlamaForCausalLM"), ("funnel", ("FunnelModel", "Base"))])
""",
    "transformers/models/auto/tokenization_auto.py": """
TOKENIZER_MAPPING_NAMES = OrderedDict(
    [("llama", ("LlamaTokenizer" if is_sentencepiece_available() else None, "LlamaTokenizerFast"))]
)
""",
}
FIVE = {
    "transformers/__init__.py": '_import_structure = {"tokenization_utils_tokenizers": ["TokenizersBackend"]}\n',
    "transformers/models/auto/auto_mappings.py": 'CONFIG_MAPPING_NAMES = OrderedDict([("llama", "LlamaConfig")])\n',
    "transformers/models/auto/configuration_auto.py": """
from .auto_mappings import CONFIG_MAPPING_NAMES
CONFIG_MAPPING_NAMES = OrderedDict(**{"gpt-sw3": "GPT2Config"}, **CONFIG_MAPPING_NAMES)
""",
    "transformers/models/auto/modeling_auto.py": FOUR["transformers/models/auto/modeling_auto.py"],
    "transformers/models/auto/tokenization_auto.py": """
TOKENIZER_MAPPING_NAMES = OrderedDict[str, str | None]([("llama", "LlamaTokenizer")])
""",
}


def sources(files) -> Sources:
    return Sources("5.0.0", zipfile.ZipFile(BytesIO(wheel(files))))


@pytest.mark.parametrize("files", [FOUR, FIVE])
def test_models(files):
    assert read_model_types(sources(files)) == ["gpt-sw3", "llama"]
    assert read_architectures(sources(files)) == ["Base", "FunnelModel", "LlamaForCausalLM"]


def test_tokenizers():
    assert read_tokenizers(sources(FOUR)) == ["LlamaTokenizer", "LlamaTokenizerFast", "PreTrainedTokenizer"]
    assert read_tokenizers(sources(FIVE)) == ["LlamaTokenizer", "TokenizersBackend"]


class TestWheels:
    @pytest.fixture
    def index(self, tmp_path, monkeypatch):
        with serve(LocalIndex()) as served:
            monkeypatch.setenv("PIP_INDEX_URL", f"{served.address}/simple")
            for version, files in (("4.57.6", FOUR), ("5.0.0", FIVE)):
                served.add(f"transformers-{version}-py3-none-any.whl", wheel(files))
            yield Index(tmp_path)

    def test_two_releases(self, index):
        text = write_transformers(read_transformers(index, index.files("transformers")))
        assert '"LlamaForCausalLM":["4.57.6"]' in text
        assert '"LlamaTokenizerFast":["4.57.6","5.0.0"]' in text
        assert '"TokenizersBackend":["5.0.0"]' in text

    def test_a_release_whose_tables_are_elsewhere_is_an_error_and_no_guess(self, tmp_path, monkeypatch):
        with serve(LocalIndex()) as served:
            monkeypatch.setenv("PIP_INDEX_URL", f"{served.address}/simple")
            served.add("transformers-6.0.0-py3-none-any.whl", wheel({"transformers/__init__.py": ""}))
            index = Index(tmp_path)
            with pytest.raises(LookupError, match=r"6\.0\.0"):
                read_transformers(index, index.files("transformers"))

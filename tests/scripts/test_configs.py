"""The attributes of configuration classes, read in the forms that releases of transformers make them in."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO

import pytest

from scripts.derivation.configs import Attributes, configs_in, write_configs

FILES = {
    "transformers/configuration_utils.py": """
class PretrainedConfig:
    model_type: str = ""
    def __init__(self, **kwargs): self.use_cache = kwargs.pop("use_cache", True)
    def _hidden(self): ...
PreTrainedConfig = PretrainedConfig
""",
    "transformers/models/tiny/configuration_tiny.py": """
class TinyTextConfig(PretrainedConfig):
    attribute_map = {"hidden_size": "n_embd"}
    def __init__(self, n_embd=1, **kwargs): self.n_embd = n_embd
class TinyConfig(PretrainedConfig):
    sub_configs = {"text_config": TinyTextConfig}
    vision_config: dict | None = None
class Helper: ...
""",
    "transformers/models/deprecated/old/configuration_old.py": "class OldConfig: ...",
    "transformers/models/tiny/modeling_tiny.py": "class ModelConfig: ...",
}


@pytest.fixture(scope="module")
def found() -> Attributes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path, text in FILES.items():
            archive.writestr(path, text)
    return configs_in(zipfile.ZipFile(packed))


def test_what_a_class_sets_answers_by_another_name_and_inherits(found: Attributes) -> None:
    assert {"hidden_size", "n_embd", "use_cache", "model_type"} <= {*found["TinyTextConfig"]}
    assert {"text_config", "vision_config"} <= {*found["TinyConfig"]}


def test_the_base_has_one_name_in_all_releases(found: Attributes) -> None:
    assert set(found) == {"PreTrainedConfig", "TinyConfig", "TinyTextConfig"}
    assert found["PreTrainedConfig"] == ["model_type", "use_cache"]


def test_what_comes_and_goes_with_all_stands_with_their_base_alone() -> None:
    read = [
        ("1.0", {"PreTrainedConfig": ["a", "b"], "KeptConfig": ["a", "b", "own"], "GoneConfig": ["a", "b"]}),
        ("1.1", {"PreTrainedConfig": ["b", "c"], "KeptConfig": ["a", "b", "c", "own", "text_config"]}),
    ]
    assert json.loads(write_configs(read)) == {
        "schema": 1,
        "package": "transformers",
        "releases": "1.0 1.1",
        "configs": {
            "GoneConfig": {"releases": "1.0 1.1"},
            "KeptConfig": {"releases": "1.0", "parts": "text_config", "changes": {"1.0": "a", "1.1": "text_config"}},
            "PreTrainedConfig": {"releases": "1.0", "changes": {"1.0 1.1": "a", "1.1": "c"}},
        },
    }

"""Whatever stands in an adapter's files, each rule comes to a verdict of its own: none fails, none takes for ever."""

from __future__ import annotations

import dataclasses
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doctor.core.artifact.adapter import ADAPTERS, WEIGHTS, AdapterFolder
from doctor.core.artifact.folder import Document
from doctor.core.artifact.model import BASE, MODEL
from doctor.core.artifact.tensors import SafetensorsFile, TensorValues, group_tensors
from doctor.core.interpreter import INTERPRETER
from doctor.core.machine.gpu import GPUS
from doctor.core.packages.distribution import DISTRIBUTIONS
from doctor.engine.catalogue import select
from doctor.engine.judge import judge
from tests.adapters import adapter_config
from tests.facts import absent, distribution, gpu, interpreter, known, snapshot
from tests.models import folder_of, llama
from tests.rules.lora.judging import MATRIX

RULES, _ = select(("LORA",))
MODEL_FOLDER = folder_of(llama(), "/models/served")

leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
)
configs = st.dictionaries(st.sampled_from([*adapter_config(), "loftq_config", "eva_config"]), values, max_size=8)
modules = st.sampled_from(
    ["model.layers.0.self_attn.q_proj", "lm_head", "model.embed_tokens", "", ".", "a..b", "layers.9", "*", "é"]
)
endings = st.sampled_from(
    [
        *(".lora_A.weight", ".lora_B.weight", ".lora_embedding_A", ".lora_embedding_B", ".lora_A.default.weight"),
        *(".lora_magnitude_vector", ".lora_B.bias", ".base_layer.weight", ".weight", "", ".lora_A"),
        ".token_adapter.trainable_tokens_delta",
    ]
)
names = st.builds("".join, st.tuples(st.sampled_from(["base_model.model.", ""]), modules, endings))
kinds = st.tuples(st.sampled_from(["BF16", "F32", "I8", "?"]), st.lists(st.integers(0, 99), max_size=3).map(tuple))


def folder(config: dict[str, Any], tensors: dict[str, Any]) -> AdapterFolder:
    return AdapterFolder(
        path="/adapters/x",
        files=(),
        config=known(Document(name="adapter_config.json", value=config)),
        weights=known(SafetensorsFile(name=WEIGHTS, size=1, groups=group_tensors(tensors))),
        values=known(TensorValues(not_finite=tuple(tensors)[:1], zero=tuple(tensors))),
        tokenizer=absent(),
    )


@given(
    config=configs,
    whole=st.booleans(),
    tensors=st.dictionaries(names, kinds, max_size=6),
    model=st.dictionaries(
        st.sampled_from(["vocab_size", "architectures", "text_config", "quantization_config", "_name_or_path"]), values
    ),
    vllm=st.sampled_from(["0.4.0", "0.5.5", "0.11.2", "0.32.0", "x"]),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_rule_fails(
    config: dict[str, Any], whole: bool, tensors: dict[str, Any], model: dict[str, Any], vllm: str
) -> None:
    stated = {**(adapter_config() if whole else {}), **config}
    document = Document(name="config.json", value={**llama().config, **model})
    facts = {
        ADAPTERS: (folder(stated, tensors), folder(config, {})),
        MODEL: dataclasses.replace(MODEL_FOLDER, config=known(document)),
        BASE: absent(),
        DISTRIBUTIONS: (distribution("vllm", vllm), distribution("peft", "0.12.0")),
        INTERPRETER: interpreter(),
        GPUS: (gpu(),),
    }
    report = judge(snapshot(facts), MATRIX, RULES)
    failed = [reason for outcome in report.outcomes for reason in outcome.reasons if "the rule failed" in reason]
    assert failed == []

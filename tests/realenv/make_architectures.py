"""What transformers builds of its classes' own configs, and PEFT adapts in it; a child of `test_architectures.py`.

``python make_architectures.py FOLDER configs`` writes ``FOLDER/TYPE/config.json`` for every type;
``python make_architectures.py FOLDER TYPE ...`` the config, the names and shapes of the tensors and an adapter of each,
on the meta device, so that models of any size take no memory.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
from transformers import AutoModelForCausalLM, AutoModelForImageTextToText
from transformers.models.auto.configuration_auto import CONFIG_MAPPING
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

OF_PARTS = ("musicgen", "musicgen_melody")
"""Types whose classes have no config of their own: they ask for those of their parts."""

WORDS = {torch.float32: "F32", torch.bfloat16: "BF16", torch.int64: "I64", torch.bool: "BOOL"}


def shortened(model_type):
    """The config of a class with two layers and few experts."""
    config = CONFIG_MAPPING[model_type]()
    text = config.get_text_config()
    for name in ("num_hidden_layers", "n_layer", "num_layers"):
        if hasattr(text, name):
            setattr(text, name, 2)
    if getattr(text, "layer_types", None):
        text.layer_types = [text.layer_types[0], text.layer_types[-1]]
    for name in ("num_local_experts", "num_experts", "n_routed_experts"):
        if getattr(text, name, None):
            setattr(text, name, 8)
    config.dtype = "bfloat16"
    return config


def table(state):
    """Map each name to dtype and shape."""
    return {name: (WORDS[tensor.dtype], list(tensor.shape)) for name, tensor in state.items()}


def write(folder, model_type):
    """Write the description of one model and its adapter."""
    config = shortened(model_type)
    with torch.device("meta"):
        try:
            model = AutoModelForCausalLM.from_config(config)
        except ValueError:
            model = AutoModelForImageTextToText.from_config(config)
    model = model.to(torch.bfloat16)
    is_tied = any(getattr(part, "tie_word_embeddings", False) for part in (config, config.get_text_config()))
    tied = set(model._tied_weights_keys or ()) if is_tied else set()
    config.architectures = [type(model).__name__]
    config.save_pretrained(folder)
    state = {name: tensor for name, tensor in model.state_dict().items() if name not in tied}
    (folder / "tensors.json").write_text(json.dumps(table(state)))
    adapted = get_peft_model(model, LoraConfig(r=8, target_modules="all-linear", task_type="CAUSAL_LM"))
    adapted.peft_config["default"].base_model_name_or_path = str(folder)
    adapted.peft_config["default"].save_pretrained(folder / "adapter")
    matrices = get_peft_model_state_dict(adapted, state_dict=adapted.state_dict(), save_embedding_layers=False)
    (folder / "adapter" / "tensors.json").write_text(json.dumps(table(matrices)))


if __name__ == "__main__":
    root, *types = sys.argv[1:]
    if types == ["configs"]:
        for name in set(MODEL_FOR_CAUSAL_LM_MAPPING_NAMES).difference(OF_PARTS):
            CONFIG_MAPPING[name]().save_pretrained(Path(root) / name)
    else:
        for name in types:
            write(Path(root) / name, name)

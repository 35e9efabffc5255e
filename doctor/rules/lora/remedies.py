"""The ways out that several rules of this topic name."""

from __future__ import annotations

import json

from doctor.core.adapter import AdapterFolder
from doctor.core.report import Remedy, Safety

_MERGE = (
    "from peft import AutoPeftModelForCausalLM as Model; from transformers import AutoTokenizer as Tokenizer; "
    'model = Model.from_pretrained({source}, torch_dtype="auto"); base = model.peft_config["default"]; '
    "model.merge_and_unload().save_pretrained({target}); "
    "Tokenizer.from_pretrained(base.base_model_name_or_path).save_pretrained({target})"
)
_RENAME = (
    "import shutil; from safetensors.torch import load_file, save_file; "
    'shutil.copytree({source}, {target}); file = {target} + "/adapter_model.safetensors"; '
    "save_file({{name.replace({old}, {new}, 1): tensor for name, tensor in load_file(file).items()}}, file, "
    '{{"format": "pt"}})'
)


def merge(folder: AdapterFolder) -> Remedy:
    """The remedy that always works: merge the adapter into its base and serve the result as a model."""
    target = f"{folder.path}-merged"
    return Remedy(
        text=(
            f"Merge it into its 16-bit base where it was trained and serve {target} as a model; with Unsloth "
            'that is model.save_pretrained_merged(folder, tokenizer, save_method="merged_16bit")'
        ),
        commands=(_python(_MERGE, source=folder.path, target=target),),
    )


def rename(folder: AdapterFolder, old: str, new: str, text: str) -> Remedy:
    """The remedy that writes a copy of the folder in whose tensors' names `new` stands for `old`, once."""
    target = f"{folder.path}-renamed"
    command = _python(_RENAME, source=folder.path, target=target, old=old, new=new)
    return Remedy(text=f"{text}; this writes a copy, {target}", commands=(command,))


def _python(code: str, **texts: str) -> tuple[str, ...]:
    # In JSON's quotes, which Python reads too and a shell's own need no escape for.
    return ("python", "-c", code.format(**{name: json.dumps(text) for name, text in texts.items()}))


def save_again(text: str = "") -> Remedy:
    """The remedy for a folder that is not what PEFT saves."""
    call = "model.save_pretrained(folder) of the PEFT model writes adapter_config.json and adapter_model.safetensors"
    return Remedy(text=f"{text or 'Save the adapter again where it was trained'}: {call}", safety=Safety.MANUAL)


def manual(text: str) -> Remedy:
    """A remedy that only a person can carry out."""
    return Remedy(text=text, safety=Safety.MANUAL)

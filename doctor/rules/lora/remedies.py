"""The ways out that several rules of this topic name."""

from __future__ import annotations

from doctor.core.adapter import AdapterFolder
from doctor.core.report import Remedy, Safety

_MERGE = (
    "from peft import AutoPeftModelForCausalLM as Model; from transformers import AutoTokenizer as Tokenizer; "
    "model = Model.from_pretrained({source!r}, torch_dtype='auto'); base = model.peft_config['default']; "
    "model.merge_and_unload().save_pretrained({target!r}); "
    "Tokenizer.from_pretrained(base.base_model_name_or_path).save_pretrained({target!r})"
)


def merge(folder: AdapterFolder) -> Remedy:
    """The remedy that always works: merge the adapter into its base and serve the result as a model."""
    target = f"{folder.path}-merged"
    return Remedy(
        text=(
            f"Merge it into its 16-bit base where it was trained and serve {target} as a model; with Unsloth "
            'that is model.save_pretrained_merged(folder, tokenizer, save_method="merged_16bit")'
        ),
        commands=(("python", "-c", _MERGE.format(source=folder.path, target=target)),),
    )


def save_again(text: str = "") -> Remedy:
    """The remedy for a folder that is not what PEFT saves."""
    call = "model.save_pretrained(folder) of the PEFT model writes adapter_config.json and adapter_model.safetensors"
    return Remedy(text=f"{text or 'Save the adapter again where it was trained'}: {call}", safety=Safety.MANUAL)


def manual(text: str) -> Remedy:
    """A remedy that only a person can carry out."""
    return Remedy(text=text, safety=Safety.MANUAL)

"""The ways out that several rules of this topic name."""

from __future__ import annotations

import json

from doctor.core.artifact.adapter import AdapterFolder
from doctor.core.report import Remedy, Safety

_MERGE = (
    "from peft import AutoPeftModelForCausalLM as Model; from transformers import AutoTokenizer as Tokenizer; "
    'model = Model.from_pretrained({source}, torch_dtype="auto"); base = model.peft_config["default"]; '
    "model.merge_and_unload().save_pretrained({target}); "
    "Tokenizer.from_pretrained(base.base_model_name_or_path).save_pretrained({target})"
)
_MERGE_INTO = (
    "from peft import PeftModel; from transformers import AutoModelForCausalLM as Model, AutoTokenizer as Tokenizer; "
    'model = PeftModel.from_pretrained(Model.from_pretrained({base}, torch_dtype="auto"), {source}); '
    "model.merge_and_unload().save_pretrained({target}); Tokenizer.from_pretrained({base}).save_pretrained({target})"
)


def merge(folder: AdapterFolder) -> Remedy:
    """The remedy that always works: merge the adapter into its base and serve the result as a model.

    The base is the folder that the user names, or else the one that the adapter's config names.
    """
    target = f"{folder.path}-merged"
    code = _MERGE_INTO if folder.given_base else _MERGE
    return Remedy(
        text=(
            f"Merge it into its 16-bit base where it was trained and serve {target} as a model; with Unsloth "
            'that is model.save_pretrained_merged(folder, tokenizer, save_method="merged_16bit")'
        ),
        commands=(_python(code, source=folder.path, target=target, base=folder.given_base),),
    )


def mend(folder: AdapterFolder, text: str, *, base: str = "") -> Remedy:
    """The remedy that doctor carries out itself; `base` is the folder of the model that it needs to see."""
    command = ("doctor", "fix", "--adapter", folder.path, *(("--base", base) if base else ()), "--apply")
    return Remedy(text=f"{text}; what was there is kept beside it", commands=(command,))


def _python(code: str, **texts: str) -> tuple[str, ...]:
    # In JSON's quotes, which Python reads too and a shell's own need no escape for; two halves of a letter beyond
    # the first 65,536 it would not read as one.
    return ("python", "-c", code.format(**{name: json.dumps(text, ensure_ascii=False) for name, text in texts.items()}))


def save_again(text: str = "") -> Remedy:
    """The remedy for a folder that is not what PEFT saves."""
    call = "model.save_pretrained(folder) of the PEFT model writes adapter_config.json and adapter_model.safetensors"
    return Remedy(text=f"{text or 'Save the adapter again where it was trained'}: {call}", safety=Safety.MANUAL)


def manual(text: str) -> Remedy:
    """A remedy that only a person can carry out."""
    return Remedy(text=text, safety=Safety.MANUAL)

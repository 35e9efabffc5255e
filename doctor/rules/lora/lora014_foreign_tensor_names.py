"""LORA014."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from doctor.core.artifact.adapter import ADAPTERS, AdapterFolder
from doctor.core.artifact.tensors import Tensor
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.folders import in_weights, some, tables
from doctor.rules.lora.names import WRAPPERS, Part, parsed
from doctor.rules.lora.remedies import mend


@rule(severity=Severity.ERROR, cause=Cause.LORA_ADAPTER_FORMAT, since="0.1.0", reads=(ADAPTERS,))
def foreign_tensor_names(env: Env) -> Iterator[Problem]:
    """The tensors of each adapter have the names that PEFT gives them.

    ## What it checks
    No name still holds that of the adapter (`lora_A.default.weight`), and none the part that torch.compile, FSDP
    or DeepSpeed put into a module's name (`_orig_mod`, `_fsdp_wrapped_module`).

    ## Why it matters
    vLLM refuses the first: "... is unsupported LoRA weight". With the second no module matches, and
    what is served is the base model, or it is refused.

    ## How to fix it
    Save with `model.save_pretrained` and not the state dict itself; take the wrapper off before
    (`model._orig_mod`). `doctor fix --adapter DIR --apply` renames the tensors of what was saved.

    ## Sources
    - https://huggingface.co/docs/peft/developer_guides/checkpoint
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/lora/utils.py
    - Loaded with vLLM 0.32.0 (CPU) and PEFT 0.21.2 in November 2026.
    """
    for folder, tensors in tables(env):
        yield from _problems(folder, tensors)


def _problems(folder: AdapterFolder, tensors: Mapping[str, Tensor]) -> Iterator[Problem]:
    names = parsed(tuple(tensors))
    named = [name for name in names if name.adapter and name.part not in (Part.TOKENS, Part.MAGNITUDE)]
    if named:
        yield Problem(
            subject=folder.path,
            message=f"its tensors still hold the name of the adapter, {named[0].adapter!r}, as in {named[0].text}: "
            "vLLM refuses them as unsupported LoRA weight",
            location=in_weights(folder),
            remedies=(mend(folder, "Take the adapter's name out of those of its tensors"),),
        )
    together = "\n".join(tensors)
    for wrapper in (item for item in WRAPPERS if item in together):
        wrapped = [name.text for name in names if wrapper in name.text.split(".")]
        if wrapped:
            yield Problem(
                subject=folder.path,
                message=f"{some(wrapped, 1)}: the part {wrapper} is no part of the model's names, so that no module "
                "matches",
                location=in_weights(folder),
                remedies=(mend(folder, f"Take {wrapper} out of the names of its tensors"),),
            )

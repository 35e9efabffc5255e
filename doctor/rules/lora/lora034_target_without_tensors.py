"""LORA034."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.adapter import ADAPTERS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.folders import in_config, some, whole
from doctor.rules.lora.names import pairs_of, suffixes
from doctor.rules.lora.remedies import manual


@rule(severity=Severity.INFO, cause=Cause.LORA_TARGET_MODULES, since="0.1.0", reads=(ADAPTERS,))
def target_without_tensors(env: Env) -> Iterator[Problem]:
    """Each target module of the config has tensors.

    ## What it checks
    The names in `target_modules` of the config are the last words of modules that have a LoRA. A text is a pattern
    and is not compared.

    ## Why it matters
    PEFT says nothing when a name matches no module: the part was never trained. It is harmless for serving,
    because vLLM goes by the tensors; only vLLM up to 0.5.0.post1, and for pickles up to 0.6.4.post1, goes
    by the list and may refuse it.

    ## How to fix it
    Nothing, if the module was not meant to be trained. Else correct the name and train again.

    ## Sources
    - https://huggingface.co/docs/peft/package_reference/lora
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/lora/lora_model.py
    """
    for folder, config, tensors in whole(env):
        stated = config.get("target_modules")
        modules = pairs_of(tensors)
        if not isinstance(stated, list) or not modules:
            continue
        missing = [
            name
            for name in sorted(item for item in stated if isinstance(item, str))
            if not any(module == name or module.endswith(f".{name}") for module in modules)
        ]
        if missing:
            yield Problem(
                subject=folder.path,
                message=f"its config names the target {some(missing)}, and its tensors {some(suffixes(modules), 8)}",
                location=in_config(folder),
                remedies=(manual("If it was meant to be trained, correct the name and train again"),),
            )

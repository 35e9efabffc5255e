"""Loading and generating with Hugging Face."""

from __future__ import annotations

from tinyproof.model import NEW_TOKENS, PROMPT
from tinyproof.readings import Reading


def load_base(folder, dtype):
    """Load a saved model from disk; returns it and what the loader had to say of its keys."""
    from transformers import AutoModelForCausalLM

    # `torch_dtype` is the name that old and new versions take; `dtype` came with transformers 4.56
    model, notes = AutoModelForCausalLM.from_pretrained(folder, torch_dtype=dtype, output_loading_info=True)
    return model.eval(), notes


def load_adapter(folder, adapter_folder, dtype):
    """Load a saved model and put a saved adapter on it."""
    from peft import PeftModel

    return PeftModel.from_pretrained(load_base(folder, dtype)[0], adapter_folder).eval()


def read(model, name):
    """Let a model score the prompt and continue it greedily."""
    import torch

    ids = torch.tensor([PROMPT], device=model.device)
    with torch.no_grad():
        scores = torch.log_softmax(model(input_ids=ids).logits[0].float(), dim=-1)
        generated = model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            do_sample=False,
            max_new_tokens=NEW_TOKENS,
            output_scores=True,
            return_dict_in_generate=True,
        )
    logprobs = [float(scores[index, PROMPT[index + 1]]) for index in range(len(PROMPT) - 1)]
    gaps = []
    for step in generated.scores:
        best = torch.log_softmax(step[0].float(), dim=-1).topk(2).values
        gaps.append(float(best[0] - best[1]))
    return Reading(name, logprobs, generated.sequences[0, len(PROMPT) :].tolist(), gaps)

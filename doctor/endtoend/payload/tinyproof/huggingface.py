"""Loading and generating with Hugging Face."""

from __future__ import annotations

from tinyproof.readings import NEW_TOKENS, Reading


def load_base(folder, dtype, attention=""):
    """Load a saved model from disk; returns it and what the loader had to say of its keys.

    `attention` is the implementation to use, "" for that which transformers chooses.
    """
    from transformers import AutoModelForCausalLM

    # `torch_dtype` is the name that old and new versions take; `dtype` came with transformers 4.56
    options = {"torch_dtype": dtype, "output_loading_info": True, "trust_remote_code": False}
    if attention:
        options["attn_implementation"] = attention
    model, notes = AutoModelForCausalLM.from_pretrained(folder, **options)
    return model.eval(), notes


def load_adapter(folder, adapter_folder, dtype, attention=""):
    """Load a saved model and put a saved adapter on it."""
    from peft import PeftModel

    return PeftModel.from_pretrained(load_base(folder, dtype, attention)[0], adapter_folder).eval()


def read(model, prompt, name):
    """Let a model score a prompt, a list of token ids, and continue it greedily.

    Not by `generate`, which obeys the folder's generation_config.json (a repetition penalty, an
    end of the text), as vLLM does not when it is told how to sample.
    """
    import torch

    ids, tokens, chosen, gaps, logprobs = list(prompt), [], [], [], []
    with torch.no_grad():
        for step in range(NEW_TOKENS):
            logits = model(input_ids=torch.tensor([ids + tokens], device=model.device)).logits[0]
            scores = torch.log_softmax(logits.float(), dim=-1)
            if step == 0:
                logprobs = [float(scores[index, ids[index + 1]]) for index in range(len(ids) - 1)]
            best = scores[-1].topk(2)
            tokens.append(int(best.indices[0]))
            chosen.append(float(best.values[0]))
            gaps.append(float(best.values[0] - best.values[1]))
    return Reading(name, logprobs, tokens, chosen, gaps)


def generate(model, prompt):
    """Return what the model's own `generate` makes of a prompt; it may end early."""
    import torch

    ids = torch.tensor([list(prompt)], device=model.device)
    mask = torch.ones_like(ids)
    with torch.no_grad():
        made = model.generate(input_ids=ids, attention_mask=mask, do_sample=False, max_new_tokens=NEW_TOKENS)
    return made[0, len(prompt) :].tolist()

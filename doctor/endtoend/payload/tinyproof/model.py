"""The tiny model, its tokenizer and its adapters, made in code: nothing is downloaded.

Weights come from `numpy.random.RandomState`, whose stream NumPy has frozen
(https://numpy.org/doc/stable/reference/random/legacy.html), so that every version of the stack
is given the same numbers. They are several times as large as a fresh model's, and the seeds are
chosen so that each greedy token wins clearly: with nearly equal scores two right
implementations choose different tokens.
"""

from __future__ import annotations

import math

from tinyproof.architectures import SIZES

PROMPT = (1, 73, 292, 18, 205, 131, 44, 267, 90, 159, 8, 301, 222, 61, 117, 250)
"""Token ids of the prompt that is compared."""

RANK = 8
LEARNING_RATE = 3e-4
ADAPTERS = ("first", "second")
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
SPECIAL = ["<unk>", "<s>", "</s>", "<|user|>", "<|assistant|>"]
TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + eos_token }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)


def make_model(architecture, seed):
    """Return a random model of an architecture in bfloat16."""
    import torch

    config_class, model_class = architecture.classes()
    config = config_class(**{**SIZES, **architecture.options})
    model = convert_parameters(model_class(config).eval(), torch.bfloat16)
    _fill(model.named_parameters(), seed, architecture.norm)
    return model


def convert_parameters(model, dtype):
    """Change the type of a model's parameters; `model.to(dtype)` would round the rotary frequencies too."""
    for parameter in model.parameters():
        parameter.data = parameter.data.to(dtype)
    return model


def add_adapter(model, seed, zero=False):
    """Return the model with a random LoRA adapter on it; `zero` leaves PEFT's zero lora_B."""
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(r=RANK, lora_alpha=2 * RANK, lora_dropout=0.0, target_modules=TARGETS, task_type="CAUSAL_LM")
    adapted = get_peft_model(model, config)
    named = [(name, value) for name, value in adapted.named_parameters() if "lora_" in name]
    _fill([pair for pair in named if not (zero and "lora_B" in pair[0])], seed)
    return adapted


def train(adapted):
    """Train an adapter for one step on the prompt; return the loss before and after.

    The step is small: what is compared later depends on the weights above, not on the optimizer.
    """
    import torch

    ids = torch.tensor([list(PROMPT)])
    weights = [value for value in adapted.parameters() if value.requires_grad]
    optimizer = torch.optim.SGD(weights, lr=LEARNING_RATE)
    before = adapted(input_ids=ids, labels=ids).loss
    before.backward()
    optimizer.step()
    with torch.no_grad():
        after = adapted(input_ids=ids, labels=ids).loss
    return float(before), float(after)


def _fill(named, seed, norm=1.0):
    """Fill parameters in the order of their names; `norm` is what those of a norm are near to."""
    import numpy
    import torch

    stream = numpy.random.RandomState(seed)
    with torch.no_grad():
        for name, parameter in sorted(named, key=lambda pair: pair[0]):
            if "norm" in name:
                values = norm + 0.1 * stream.standard_normal(tuple(parameter.shape))
            elif "lora_B" in name:
                values = 0.5 / math.sqrt(RANK) * stream.standard_normal(tuple(parameter.shape))
            else:
                values = 1.5 / math.sqrt(parameter.shape[-1]) * stream.standard_normal(tuple(parameter.shape))
            parameter.copy_(torch.from_numpy(values).to(parameter.dtype))


def make_tokenizer():
    """Return a byte-level BPE tokenizer with a few merges and a chat template."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = [("h", "e"), ("l", "l"), ("he", "ll"), ("hell", "o"), ("Ġ", "w"), ("o", "r"), ("or", "l"), ("orl", "d")]
    words = SPECIAL + alphabet + ["".join(pair) for pair in merges]
    vocabulary = {word: index for index, word in enumerate(words)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(word, special=True, normalized=False) for word in SPECIAL])
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        **{"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>", "pad_token": "<unk>"},
        additional_special_tokens=["<|user|>", "<|assistant|>"],
        model_max_length=128,
    )
    fast.chat_template = TEMPLATE
    return fast

"""The architectures that the proof can be made with: what makes each a tiny one, and what is special to it.

All have the same sizes. head_dim 64 and widths that are multiples of 128 are taken by every
attention and LoRA kernel of vLLM; a vocabulary that is a multiple of 64 needs no padding.
"""

from __future__ import annotations

import dataclasses

from tinyproof.reporting import CouldNotRun

VOCABULARY = 320
SIZES = {
    "vocab_size": VOCABULARY,
    "hidden_size": 256,
    "intermediate_size": 512,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 64,
    "max_position_embeddings": 128,
    "rms_norm_eps": 1e-5,
    "tie_word_embeddings": False,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
SOFT_CAPPED = {"tie_word_embeddings": True, "query_pre_attn_scalar": 64, "sliding_window": 64}


@dataclasses.dataclass(frozen=True)
class Architecture:
    """One architecture.

    `prefix` is that of its classes in transformers. `seed` is one with which the greedy tokens of
    base and adapters win clearly; the proof says of each run how many do. `norm` is the value of a norm's
    weight that leaves its input as it is; `half` the 16-bit type that vLLM takes for it. `exact`
    is the largest difference of a log-probability between two right float32 implementations.
    `attention` is the implementation that Hugging Face must use, where it matters.
    """

    name: str
    prefix: str
    seed: int
    options: dict = dataclasses.field(default_factory=dict)
    norm: float = 1.0
    half: str = "float16"
    exact: float = 2e-3
    attention: str = ""

    def classes(self):
        """Return the classes of its configuration and of its model.

        Raises:
            CouldNotRun: the installed transformers does not know it yet.
        """
        import transformers

        names = self.prefix + "Config", self.prefix + "ForCausalLM"
        missing = [name for name in names if not hasattr(transformers, name)]
        if missing:
            raise CouldNotRun("unsupported", f"transformers {transformers.__version__} has no {missing[0]}")
        return tuple(getattr(transformers, name) for name in names)


ARCHITECTURES = {
    item.name: item
    for item in (
        Architecture("llama", "Llama", 5),
        Architecture("qwen2", "Qwen2", 28),
        Architecture("qwen3", "Qwen3", 13),
        Architecture("mistral", "Mistral", 5, {"sliding_window": None}),
        # vLLM refuses float16 for Gemma 2, and soft-capping is only right in Hugging Face's eager attention:
        # https://huggingface.co/docs/transformers/model_doc/gemma2
        Architecture("gemma", "Gemma2", 58, SOFT_CAPPED, norm=0.0, half="bfloat16", exact=2e-2, attention="eager"),
    )
}

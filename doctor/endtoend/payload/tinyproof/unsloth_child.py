"""Unsloth's own 16-bit save, in a process of its own: ``python unsloth_child.py ADAPTER TARGET ANSWER``.

Importing unsloth changes classes of transformers and peft in the process that does it
(`unsloth_zoo.temporary_patches`): in the proof's own, its references would no longer be those of
Hugging Face alone. What became of it is written to ANSWER, one JSON object.
"""

import json
import os
import sys
from pathlib import Path

WRITER = "Unsloth's save_pretrained_merged"
SHARD_WRITER = "the writer that Unsloth uses on a GPU (unsloth_zoo.saving_utils.merge_and_overwrite_lora)"
LENGTH = 128
"""Positions that the tiny model has."""


def main(adapter, target, answer):
    """Load base and adapter with Unsloth, save them merged, and say what happened."""
    sys.path.pop(0)  # the folder of this file, whose modules must not stand before others of their names
    try:
        told = {"saved": save(adapter, target)}
    except Exception as error:  # noqa: BLE001 - whatever Unsloth raises is what is asked for
        told = {"error": describe(error), "refused": is_refusal(error)}
    Path(answer).write_text(json.dumps(told), encoding="utf-8")


def save(adapter, target):
    """Save as a notebook does, and return what was written: pairs of a folder and of who wrote it."""
    import unsloth
    from unsloth import FastLanguageModel

    device = str(getattr(unsloth, "DEVICE_TYPE", "") or "cuda")
    model, tokenizer = FastLanguageModel.from_pretrained(model_name=adapter, max_seq_length=LENGTH, load_in_4bit=False)
    model.save_pretrained_merged(target, tokenizer, save_method="merged_16bit")
    saved = [(target, f"{WRITER} on {device}")]
    if device == "cpu":
        # Without a GPU the method above merges with PEFT. With one it is this function that reads the
        # base's files again and writes them over.
        from unsloth_zoo.saving_utils import merge_and_overwrite_lora

        merge_and_overwrite_lora(
            lambda name, **_: name, model, tokenizer, save_directory=target + " by shards", save_method="merged_16bit"
        )
        saved.append((target + " by shards", SHARD_WRITER))
    return saved


def describe(error):
    """The type and the text of an exception, on one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:400]


def is_refusal(error):
    """Whether Unsloth does not want to be imported because there is no accelerator.

    Before 2026.10.9 it had no backend for processors, and said so in words that changed.
    """
    import torch

    words = ("libcuda",) if isinstance(error, ImportError) else ("GPU", "accelerator", "NVIDIA", "CUDA")
    return not torch.cuda.is_available() and any(word in str(error) for word in words)


if __name__ == "__main__":
    main(*sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    # Some extensions crash while the interpreter is taken down; what was asked for is written by then.
    os._exit(0)

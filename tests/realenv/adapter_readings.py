"""What PEFT or vLLM says with each adapter of a folder; a child of `test_adapters.py`, in a real environment.

``python adapter_readings.py peft|vllm FOLDER OUT``: FOLDER holds ``base`` and ``adapters/NAME``. OUT becomes a JSON
object: by name the log-probabilities of a fixed prompt, or the text of the exception; the base itself is "".
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

PROMPT = [1, 7, 42, 100, 3, 250, 99, 180, 12, 64, 5, 201]


def main(library: str, folder: Path, out: Path) -> None:
    names = sorted(path.name for path in (folder / "adapters").iterdir())
    read = {"peft": read_with_peft, "vllm": read_with_vllm}[library]
    out.write_text(json.dumps(read(folder, names)))


def guarded(call):
    """What a call returns, or the exception that it raises as a text."""
    try:
        return call()
    except Exception as error:  # noqa: BLE001 - whatever is raised is the answer
        return f"{type(error).__name__}: {error}"[:400]


def read_with_peft(folder: Path, names: list[str]) -> dict[str, object]:
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    def answer(model) -> list[float]:
        with torch.no_grad():
            logits = model(torch.tensor([PROMPT])).logits[0].log_softmax(-1)
        return [float(logits[at, token]) for at, token in enumerate(PROMPT[1:])]

    def base():
        return AutoModelForCausalLM.from_pretrained(folder / "base", dtype=torch.float32).eval()

    def adapted(name: str) -> list[float]:
        return answer(PeftModel.from_pretrained(base(), str(folder / "adapters" / name)).eval())

    return {"": answer(base())} | {name: guarded(lambda name=name: adapted(name)) for name in names}


def read_with_vllm(folder: Path, names: list[str]) -> dict[str, object]:
    os.environ.update(VLLM_ENABLE_V1_MULTIPROCESSING="0", VLLM_LOGGING_LEVEL="ERROR", VLLM_NO_USAGE_STATS="1")
    from vllm import LLM, SamplingParams
    from vllm.lora.request import LoRARequest

    engine = LLM(
        model=str(folder / "base"),
        dtype="float32",
        enforce_eager=True,
        max_model_len=64,
        max_num_batched_tokens=64,
        max_num_seqs=2,
        kv_cache_memory_bytes=4 << 20,
        enable_prefix_caching=False,
        disable_log_stats=True,
        skip_tokenizer_init=True,
        enable_lora=True,
        max_lora_rank=16,
        max_loras=2,
    )
    settings = SamplingParams(max_tokens=1, temperature=0.0, prompt_logprobs=1, detokenize=False)

    def answer(request) -> list[float]:
        prompt = {"prompt_token_ids": PROMPT}
        (output,) = engine.generate([prompt], settings, lora_request=request, use_tqdm=False)
        return [row[token].logprob for row, token in zip(output.prompt_logprobs[1:], PROMPT[1:], strict=True)]

    def adapted(number: int, name: str) -> list[float]:
        request = LoRARequest(name, number, str(folder / "adapters" / name))
        # Added first: an adapter that is refused within a request ends the engine.
        engine.llm_engine.add_lora(request)
        found = answer(request)
        engine.llm_engine.remove_lora(number)
        return found

    found: dict[str, object] = {"": answer(None)}
    for number, name in enumerate(names, 1):
        found[name] = guarded(lambda number=number, name=name: adapted(number, name))
        print(name, str(found[name])[:150], flush=True)
    return found


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
